import Foundation
import TestSupport
import Testing

@Suite("The set-up of virtual environments")
struct PythonSetupTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What pip is asked for where the index of CPU wheels answers or does not, over a `python` that
  /// has no PyTorch and notes what it is called with.
  private func asked(indexAnswers: Bool) throws -> [String] {
    let script = """
      echo "$@" >> \(folder.file("calls"))
      case "$1" in
        -c) exit 1 ;;
        -) cat > \(folder.file("probe")); exit \(indexAnswers ? 0 : 1) ;;
      esac
      """
    let python = try folder.writeScript(script, to: "python")
    let functions = SharedFixtures.packageRoot.appendingPathComponent("Scripts/python-packages.sh")
    let result = try runProcess(
      "bash", ["-euc", #". "$0"; install_torch "$1""#, functions.path, python])
    #expect(result.exitCode == 0, "\(result.errors)")
    let calls = String(decoding: try folder.read("calls"), as: UTF8.self)
    return calls.split(separator: "\n").map(String.init).filter { $0.hasPrefix("-m pip") }
  }

  @Test("An index that does not answer is given up after seconds and not asked by pip")
  func indexIsSilent() throws {
    let calls = try asked(indexAnswers: false)
    #expect(calls.count == 1)
    #expect(calls.allSatisfy { !$0.contains("--index-url") && $0.hasSuffix(" torch") })
    #expect(String(decoding: try folder.read("probe"), as: UTF8.self).contains("timeout=5"))
  }

  @Test("The wheels for CPUs are taken where their index answers")
  func indexAnswers() throws {
    let calls = try asked(indexAnswers: true)
    #expect(calls.count == 1 && calls.allSatisfy { $0.contains("--index-url https://") })
  }
}
