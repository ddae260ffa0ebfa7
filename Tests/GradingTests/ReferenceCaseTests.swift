import Foundation
import Grading
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

  @Test("Each passes", arguments: SharedFixtures.isAvailable ? names : [])
  func passes(name: String) {
    let grade = CaseGrading.grade(path: "\(Self.folder)/\(name)")
    #expect(grade.passed, "\(grade.name): \(grade.message ?? "")")
  }
}
