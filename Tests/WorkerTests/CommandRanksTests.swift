import ParableCommandLineInterface
import Testing

@testable import Worker

@Suite struct CommandRanksTests {
  /// The launcher knows the commands by name alone.
  @Test func theLauncherKnowsWhichCommandsRunOnOneRank() {
    let names = WorkerCommand.commands.filter { !$0.runsOnSeveralRanks }
      .flatMap { [$0.name] + $0.oldNames }
    let others: Set = ["help", "--help", "-h", "--version"]
    #expect(CommandRanks.oneRankOnly == others.union(names))
    let trainings = WorkerCommand.commands.filter { CommandRanks.trainings.contains($0.name) }
    #expect(trainings.count == CommandRanks.trainings.count)
    #expect(trainings.allSatisfy { $0.runsOnSeveralRanks })
  }
}
