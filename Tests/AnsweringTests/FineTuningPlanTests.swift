import Testing

@testable import ParableAnswering

@Suite struct FineTuningPlanTests {
  @Test func aPlanFitsTheQuestions() throws {
    func plan(_ questions: Int, _ change: (inout FineTuningSettings) -> Void = { _ in }) throws
      -> FineTuningPlan
    {
      var settings = FineTuningSettings()
      change(&settings)
      try settings.validate()
      return try FineTuningPlan(settings, questions: questions)
    }
    for (questions, batch, microBatch) in [
      (1, 1, 1), (3, 3, 3), (13, 13, 1), (14, 14, 2), (32, 32, 4), (5000, 32, 4),
    ] {
      let plan = try plan(questions)
      #expect(plan.batch == batch && plan.microBatch == microBatch, "\(questions)")
    }
    #expect(try plan(14) { $0.microBatch = 4 }.batch == 12)
    #expect(try plan(50) { $0.batch = 6 }.microBatch == 3)
    #expect(try plan(50) { $0.epochQuestions = 9 }.batch == 9)
    #expect(throws: AnsweringError.tooFewQuestions(count: 14, batch: 16)) {
      try plan(14) { $0.batch = 16 }
    }
    // Ten epochs: a tenth of all steps, 50 at most, or what was asked for.
    #expect(try plan(64).schedule.warmupSteps == 2 && plan(32 * 400).schedule.warmupSteps == 50)
    #expect(try plan(64) { $0.warmupSteps = 300 }.schedule.warmupSteps == 300)
    for (change, name) in [
      ({ $0.epochs = 1 << 62 }, "epochs"), ({ $0.context = 99_999_999 }, "context"),
      ({ $0.context = 1 << 62 }, "context"),
    ] as [((inout FineTuningSettings) -> Void, String)] {
      #expect {
        try plan(9, change)
      } throws: { error in
        "\(error)".contains("--\(name)") && "\(error)".contains("at most")
      }
    }
  }
}
