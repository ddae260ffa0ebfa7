import Foundation
import TestSupport
import Testing

@Suite("The commands component and grade")
struct GradeCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func worker(_ arguments: String...) throws -> ProcessResult {
    try runProcess(BuiltProduct.path("worker"), arguments)
  }

  private func write(_ expected: [Float], as name: String) throws {
    _ = try CaseFile("linear").floats("x", [2], [3, 4]).floats("weight", [1, 2], [1, 2])
      .floats("expected.output", [1], expected).write(to: folder, as: name)
  }

  @Test("A folder that passes ends with 0 and its score")
  func passes() throws {
    try write([11], as: "a")
    let result = try worker("grade", folder.path)
    #expect(result.exitCode == 0 && result.errors.isEmpty)
    #expect(result.output == "pass  a  largest error 0 % of the tolerance\n1 of 1 cases passed\n")
  }

  @Test("One that fails ends with 1, after all cases")
  func fails() throws {
    try write([12], as: "a")
    try write([11], as: "b")
    let result = try worker("grade", folder.path)
    #expect(result.exitCode == 1)
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 3 && lines[0].hasPrefix("FAIL  a  output[0] is 11.0 where 12.0 is"))
    #expect(lines.last == "1 of 2 cases passed")
    #expect(result.errors.hasPrefix("worker: \(folder.path): 1 of 2 cases failed; "))
  }

  @Test("Names are aligned, and every component has a sum where there are several")
  func sums() throws {
    try write([11], as: "a")
    try write([12], as: "longer")
    _ = try CaseFile("silu").floats("input", [1], [0]).floats("expected.output", [1], [0])
      .write(to: folder, as: "s")
    try folder.write("garbage", to: "t.safetensors")
    let lines = try worker("grade", folder.path).output
      .split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "pass  a       largest error 0 % of the tolerance")
    #expect(lines[1].hasPrefix("FAIL  longer  output[0] is 11.0 where 12.0 is expected"))
    #expect(lines[2] == "pass  s       largest error 0 % of the tolerance")
    #expect(
      lines[4...] == [
        "", "1 of 2  linear", "1 of 1  silu", "0 of 1  of no component", "", "2 of 4 cases passed",
        "",
      ])
  }

  @Test("One file alone is graded too")
  func oneFile() throws {
    try write([11], as: "a")
    try write([12], as: "b")
    let result = try worker("grade", folder.file("a.safetensors"))
    #expect(result.exitCode == 0)
    #expect(result.output == "pass  a  largest error 0 % of the tolerance\n1 of 1 cases passed\n")
  }

  @Test("The cases of this package pass, and the help names every component with what it takes")
  func ownCases() throws {
    let cases = SharedFixtures.packageRoot.appendingPathComponent("Grading/Cases").path
    let result = try worker("grade", cases)
    #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
    #expect(result.output.hasSuffix("\n3 of 3 cases passed\n"))
    let help = try worker("help", "component").output
    #expect(help.contains("rmsnorm: x, weight, grad_output? with eps"))
    #expect(help.contains("perplexity: logits, targets with ignore_index?"))
    #expect(help.contains("transformer_block: the state dictionary, x, token_positions?"))
  }

  @Test("A component with an unknown input is not computed")
  func unknownInput() throws {
    let path = try CaseFile("silu").floats("input", [1], [0]).floats("inputt", [1], [0])
      .write(to: folder)
    let result = try worker("component", path, "--output", folder.file("o"))
    #expect(result.exitCode == 1 && result.errors.contains("tensor \"inputt\" is unknown to silu"))
    #expect(try folder.names() == ["case.safetensors"])
  }

  @Test("With --json there is one object and nothing else")
  func json() throws {
    try write([12], as: "a")
    try write([.nan], as: "b")
    let result = try worker("grade", folder.path, "--json")
    #expect(result.exitCode == 1)
    let object = try JSONSerialization.jsonObject(with: Data(result.outputBytes))
    let grade = try #require(object as? [String: Any])
    #expect(grade["passed"] as? Int == 0 && grade["total"] as? Int == 2)
    let cases = try #require(grade["cases"] as? [[String: Any]])
    #expect(cases.map { $0["case"] as? String } == ["a", "b"])
    #expect(cases.allSatisfy { $0["component"] as? String == "linear" })
    #expect(cases.allSatisfy { $0["passed"] as? Bool == false && $0["message"] is String })
  }

  @Test("A component's outputs are a case's file again")
  func component() throws {
    try write([0], as: "a")
    let output = folder.file("out.safetensors")
    let result = try worker("component", folder.file("a.safetensors"), "--output", output)
    #expect(result.exitCode == 0 && result.output.isEmpty && result.errors.isEmpty)
    #expect(try folder.names() == ["a.safetensors", "out.safetensors"])
  }

  @Test("What is missing gets one line")
  func missing() throws {
    let absent = folder.file("absent")
    for arguments in [["grade", absent], ["component", absent, "--output", folder.file("o")]] {
      let result = try runProcess(BuiltProduct.path("worker"), arguments)
      #expect(result.exitCode == 1 && result.output.isEmpty)
      #expect(result.errors.hasPrefix("worker: ") && result.errors.contains(absent))
      #expect(result.errors.split(separator: "\n").count == 1)
    }
    #expect(try worker("component", absent).exitCode == 2)
  }
}
