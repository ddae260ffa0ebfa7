import Foundation
import Launcher
import Testing

@Suite struct HostListTests {
  @Test(
    arguments: [
      ("a:64,b:32", ["a 64", "b 32"]), ("a", ["a"]),
      ("10.77.0.1:2,10.77.0.2", ["10.77.0.1 2", "10.77.0.2"]),
      ("n[08-10,3]:4,login", ["n08 4", "n09 4", "n10 4", "n3 4", "login"]),
      ("r[1-2]n[1-2].x", ["r1n1.x", "r1n2.x", "r2n1.x", "r2n2.x"]),
    ] as [(String, [String])])
  func hostsAreReadFromAnOption(_ text: String, _ expected: [String]) throws {
    #expect(try HostList.hosts(ofOption: text).map(words) == expected)
  }

  @Test(
    arguments: [
      ("a:0", "'a:0' is no host; write NAME:SLOTS,NAME:SLOTS"),
      ("a:2,,b", "'' is no host; write NAME:SLOTS,NAME:SLOTS"),
      ("a:2:3", "'a:2:3' is no host; write NAME:SLOTS,NAME:SLOTS"),
      ("a b", "'a b' is no host; write NAME:SLOTS,NAME:SLOTS"),
      ("-x", "'-x' is no host; write NAME:SLOTS,NAME:SLOTS"),
      ("n[1-", "'n[1-' is no host; write NAME:SLOTS,NAME:SLOTS"),
      ("n[3-1]", "'n[3-1]' is no host; write NAME:SLOTS,NAME:SLOTS"),
      ("n[1-99999999999]", "'n[1-99999999999]' is no host; write NAME:SLOTS,NAME:SLOTS"),
      // Numbers whose difference or product no Int holds, and more names than there is memory for.
      (
        "n[0-9223372036854775807]",
        "'n[0-9223372036854775807]' is no host; write NAME:SLOTS,NAME:SLOTS"
      ),
      (
        "n[0-999999999999999999][0-99]",
        "'n[0-999999999999999999][0-99]' is no host; write NAME:SLOTS,NAME:SLOTS"
      ),
      ("a[1-99999],b[1-99999]", "'b[1-99999]' is no host; write NAME:SLOTS,NAME:SLOTS"),
      ("n]", "'n]' is no host; write NAME:SLOTS,NAME:SLOTS"),
      ("a:2,b,a:2", "a is named twice; name it once, with all its slots"),
    ] as [(String, String)])
  func whatIsNoListOfHostsIsRefused(_ text: String, _ message: String) {
    let fault = #expect(throws: HostFault.self) { try HostList.hosts(ofOption: text) }
    #expect(fault.map { "\($0)" } == "--hosts: \(message)")
  }

  @Test func hostfilesOfBothKindsAreRead() throws {
    let text = """
      # our cluster

      a slots=64 # the first
      b slots = 32 max_slots=64
        c
      d:16
      e[1-2]:4
      10.0.0.7 cpus=8\r
      """
    #expect(
      try HostList.hosts(ofFile: text, path: "hosts").map(words) == [
        "a 64", "b 32", "c", "d 16", "e1 4", "e2 4", "10.0.0.7 8",
      ])
  }

  @Test(
    arguments: [
      ("a slots=2\nb slots=x\n", "hosts:2: 'slots=x' is no number of slots; write NAME slots=N"),
      ("a slots=2\n\nb slots=0\n", "hosts:3: 'slots=0' is no number of slots; write NAME slots=N"),
      ("a slots\n", "hosts:1: 'slots' is no number of slots; write NAME slots=N"),
      ("a:2 slots=2\n", "hosts:1: a has two numbers of slots; give one"),
      ("a:2\nb c d e\n", "hosts:2: 'b c d e' is no host; write NAME slots=N, or NAME:N"),
      ("a@b\n", "hosts:1: 'a@b' is no host; write NAME slots=N, or NAME:N"),
      ("a\nb\na slots=2\n", "hosts:3: a is named twice; name it once, with all its slots"),
      ("# none\n\n", "hosts: it names no host; write a line NAME slots=N for each"),
    ] as [(String, String)])
  func aFaultOfAHostfileHasItsLine(_ text: String, _ message: String) {
    let fault = #expect(throws: HostFault.self) { try HostList.hosts(ofFile: text, path: "hosts") }
    #expect(fault.map { "\($0)" } == message)
  }

  @Test func theExampleIsAHostfile() throws {
    let path = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Runs/hostfile.example").path
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let expected = ["node01 64", "node02 64", "node03 48"]
    #expect(try HostList.hosts(ofFile: text, path: path).map(words) == expected)
    let more = text.replacing("# node", with: "node")
    #expect(try HostList.hosts(ofFile: more, path: path).count == 16)
  }

  private func words(_ host: LaunchHost) -> String {
    host.slots.map { "\(host.name) \($0)" } ?? host.name
  }
}
