import CommandLineInterface
import Files
import Grading

/// `worker grade`: every case of a folder, compared with what it expects.
enum GradeCommand: Command {
  static let name = "grade"
  static let summary = "compute every case of a folder and compare with what it expects"
  static let discussion = [
    "A line a case and a score; a number is close enough within the case's atol + rtol · |expected|. "
      + "A case that is broken counts as failed and the others go on."
  ]
  static let positionals = [PositionalArgument("DIR", "folder of cases, safetensors files")]
  static let groups = [OptionGroup("Options", [.json])]

  /// Not every case passed.
  struct Failure: Error, CustomStringConvertible {
    let failed: Int
    let total: Int
    let folder: String

    var description: String {
      "\(quoted(folder)): \(failed) of \(total) cases failed; see what each line of the report says"
    }
  }

  static func run(_ invocation: Invocation) throws {
    let folder = invocation.arguments.positionals[0]
    let output = invocation.output
    let grade = try CaseGrading.grade(folder: folder) { try output.line(line($0)) }
    try output.line("\(grade.passed) of \(grade.total) cases passed")
    if invocation.arguments.flag("json") { try output.object(grade) }
    guard grade.passed == grade.total else {
      throw Failure(failed: grade.total - grade.passed, total: grade.total, folder: folder)
    }
  }

  private static func line(_ grade: CaseGrade) -> String {
    let verdict = grade.passed ? "pass" : "FAIL"
    let error = grade.largestError.map { "largest error \(percent($0)) of the tolerance" }
    return "\(verdict)  \(grade.name): \(grade.message ?? error ?? "")"
  }

  private static func percent(_ share: Double) -> String {
    share == 0 ? "0 %" : share < 0.001 ? "below 0.1 %" : "\((share * 1000).rounded() / 10) %"
  }
}
