import ParableSettings
import ParableTraining
import TestSupport
import Testing

@Suite struct LearningRateScheduleTests {
  private let schedule = LearningRateSchedule(
    maximum: 3e-3, minimum: 3e-4, warmupSteps: 20, totalSteps: 120)

  @Test func warmUpIsLinearFromZero() {
    #expect(schedule.rate(at: 0) == 0)
    #expect(abs(schedule.rate(at: 7) - 1.05e-3) < 1e-12)
    #expect(schedule.rate(at: 20) == 3e-3)
  }

  @Test func theCosineEndsAtTheMinimumAndStaysThere() {
    #expect(abs(schedule.rate(at: 70) - 1.65e-3) < 1e-12)
    #expect(abs(schedule.rate(at: 21) - 2.9993338564937378e-3) < 1e-12)
    #expect(schedule.rate(at: 120) == 3e-4)
    #expect(schedule.rate(at: 1000) == 3e-4)
  }

  /// The numbers are what the two lines give by hand.
  @Test func otherShapesAreLines() {
    func rates(_ shape: LearningRateSchedule.Shape) -> [Double] {
      let schedule = LearningRateSchedule(
        shape, maximum: 1, minimum: 0, warmupSteps: 20, totalSteps: 120)
      return [10, 20, 45, 70, 100, 110, 115, 120, 121].map { schedule.rate(at: $0) }
    }
    expectClose(
      rates(.linear), [0.5, 1, 0.75, 0.5, 0.2, 0.1, 0.05, 0, 0], absolute: 1e-12, relative: 0)
    expectClose(rates(.wsd), [0.5, 1, 1, 1, 1, 0.5, 0.25, 0, 0], absolute: 1e-12, relative: 0)
  }

  @Test func theRateAtTheEndIsTheShapesOwnUnlessGiven() throws {
    var settings = TrainingSettings()
    settings.learningRate = 0.5
    func ends() -> [Double] {
      LearningRateSchedule.Shape.allCases.map {
        settings.schedule = $0
        return settings.learningRates(steps: 9, defaultWarmup: 1).rate(at: 9)
      }
    }
    #expect(ends() == [0.05, 0, 0])
    settings.minimumLearningRate = 0.2
    #expect(ends() == [0.2, 0.2, 0.2])
  }

  @Test func aWarmupMayBeAShare() throws {
    var settings = TrainingSettings()
    settings.warmupShare = 0.25
    let schedule = settings.learningRates(steps: 30, defaultWarmup: 100)
    #expect(schedule.warmupSteps == 8)
    settings.settle(schedule)
    #expect(settings.warmupSteps == 8 && settings.warmupShare == nil)
    settings.warmupShare = 0.25
    #expect(throws: SettingError.self) { try settings.validateTogether() }
  }

  @Test func noWarmUpAndNoCosineWork() {
    let constant = LearningRateSchedule(maximum: 1, minimum: 1, warmupSteps: 0, totalSteps: 5)
    #expect((1...9).allSatisfy { constant.rate(at: $0) == 1 })
    let onlyWarmUp = LearningRateSchedule(maximum: 1, minimum: 0.1, warmupSteps: 10, totalSteps: 5)
    #expect(onlyWarmUp.rate(at: 5) == 0.5)
  }
}

/// The warm-up that nobody asked for, and what is said of one that never ends.
@Suite struct WarmupTests {
  @Test func aPresetsWarmupIsAtMostATenthOfTheSteps() {
    #expect(LearningRateSchedule.warmupSteps(preset: 100, steps: 60) == 6)
    #expect(LearningRateSchedule.warmupSteps(preset: 100, steps: 1000) == 100)
    #expect(LearningRateSchedule.warmupSteps(preset: 100, steps: 5000) == 100)
    #expect(LearningRateSchedule.warmupSteps(preset: 50, steps: 3) == 0)
  }

  @Test func aWarmupAsLongAsTheRunIsSaid() {
    func note(_ warmup: Int, _ steps: Int) -> String? {
      LearningRateSchedule(maximum: 1, minimum: 0, warmupSteps: warmup, totalSteps: steps).note
    }
    #expect(note(100, 60)?.contains("--warmup-steps than 100") == true)
    #expect(note(60, 60) != nil)
    #expect(note(59, 60) == nil)
  }
}
