import CParableInstructions
import Foundation
import ParableGrading
import TestSupport
import Testing

@Suite(
  "The reference cases",
  .enabled(if: SharedFixtures.isAvailable, SharedFixtures.comment))
struct ReferenceCaseTests {
  private static let folder = SharedFixtures.path("fixtures/components")

  private static var names: [String] {
    let all = try? FileManager.default.contentsOfDirectory(atPath: folder)
    return (all ?? []).filter { $0.hasSuffix(".safetensors") }.sorted()
  }

  @Test("All are there") func complete() { #expect(Self.names.count == 46) }

  @Test("Each passes with the loops of each instruction set", arguments: names)
  func passes(name: String) {
    let usual = parable_active_instruction_set()
    defer { parable_select_instruction_set(usual) }
    for set in 0...parable_supported_instruction_set().rawValue {
      parable_select_instruction_set(parable_instruction_set(set))
      let grade = CaseGrading.grade(path: "\(Self.folder)/\(name)")
      #expect(grade.passed, "\(grade.name), set \(set): \(grade.message ?? "")")
    }
  }
}
