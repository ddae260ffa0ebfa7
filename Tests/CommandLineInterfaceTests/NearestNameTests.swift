import ParableCommandLineInterface
import Testing

@Suite struct NearestNameTests {
  @Test(arguments: [
    ("", "", 0), ("a", "", 1), ("", "ab", 2), ("steps", "steps", 0), ("stesp", "steps", 1),
    ("kitten", "sitting", 3), ("ca", "abc", 3), ("lernin-rate", "learning-rate", 2),
  ])
  func editDistanceCountsEdits(_ a: String, _ b: String, _ distance: Int) {
    #expect(editDistance(a, b) == distance)
    #expect(editDistance(b, a) == distance)
  }

  @Test(arguments: [
    ("stesp", "steps"), ("learningrate", "learning-rate"), ("vocab", "vocabulary-size"),
    ("leraning-rate", "learning-rate"), ("bacth", "batch"), ("vocabulary", "vocabulary-size"),
  ])
  func theNearestNameIsTheOneMeant(_ wrong: String, _ meant: String) {
    let names = ["batch", "steps", "stop-after", "learning-rate", "beta1", "vocabulary-size"]
    #expect(nearestName(to: wrong, among: names) == meant)
  }

  @Test func theFirstOfEquallyNearNamesWins() {
    #expect(nearestName(to: "beta", among: ["beta1", "beta2"]) == "beta1")
    #expect(nearestName(to: "any", among: []) == nil)
  }

  @Test(arguments: ["lr", "samples", "chat", "x", "s", "hostfile", "", "nosuch"])
  func whatIsNotNearIsNotGuessedAt(_ wrong: String) {
    let names = ["batch", "steps", "grain", "help", "hidden", "learning-rate", "model", "finetune"]
    #expect(nearestName(to: wrong, among: names) == nil)
  }
}
