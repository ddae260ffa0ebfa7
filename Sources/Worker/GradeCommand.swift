import Foundation
import ParableCommandLineInterface
import ParableGrading
import ParablePlatform
import ParableSettings

enum GradeCommand: Command {
  static let name = "grade"
  static let summary = "compute every case of a folder and compare with what it expects"
  static let discussion = [
    "A line per case and a score; a number is close enough within the case's atol + rtol · |expected|. "
      + "A case that is broken counts as failed and the others go on."
  ]
  static let positionals = [
    PositionalArgument("CASES", "folder of safetensors files, or one of them")
  ]

  struct Options: JSONOptions {
    var json = false

    static var settings: [Setting<Options>] {
      Setting.json(\.json).heading("Options")
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let folder = invocation.arguments.positionals[0]
    let output = invocation.output
    let cases = try CaseGrading.cases(at: folder)
    let width = cases.map { CaseGrading.name(ofCase: $0).count }.max() ?? 0
    let grade = try CaseGrading.grade(cases) { try output.line(line($0, width: width)) }
    if grade.components.count > 1 {
      try output.line("")
      for sum in grade.components {
        try output.line("\(sum.passed) of \(sum.total)  \(sum.name ?? "of no component")")
      }
      try output.line("")
    }
    try output.line("\(grade.passed) of \(grade.total) cases passed")
    if invocation.options.json { try output.object(grade) }
    guard grade.passed == grade.total else {
      throw CommandFailure(
        description: "\(quoted(folder)): \(grade.total - grade.passed) of \(grade.total) cases "
          + "failed; see what each line of the report says")
    }
  }

  private static func line(_ grade: CaseGrade, width: Int) -> String {
    let verdict = grade.passed ? "pass" : "FAIL"
    let name = grade.name.padding(
      toLength: max(width, grade.name.count), withPad: " ", startingAt: 0)
    let error = grade.largestError.map { "largest error \(percent($0)) of the tolerance" }
    return "\(verdict)  \(name)  \(grade.message ?? error ?? "")"
  }

  private static func percent(_ share: Double) -> String {
    share == 0 ? "0 %" : share < 0.001 ? "below 0.1 %" : "\((share * 1000).rounded() / 10) %"
  }
}
