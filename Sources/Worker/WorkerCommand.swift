import Foundation
import ParableCollective
import ParableCommandLineInterface
import ParablePlatform

/// The program: finds the command, runs it, and says what went wrong.
@main
enum WorkerCommand {
  static let program = "worker"
  private static let place = CommandPlace(program: program)

  /// The commands in the order of help; only what works stands here.
  static let commands: [any Command.Type] = [
    PretrainCommand.self, FinetuneCommand.self, PromptCommand.self, PredictCommand.self,
    EvaluateCommand.self, GenerateCommand.self, EstimateCommand.self,
    VerifyCommand.self, ReproduceCommand.self, DoctorCommand.self,
    TrainTokenizerCommand.self, EncodeCommand.self, DecodeCommand.self,
    ConvertTokenizerCommand.self, StoriesCommand.self, ClozeCommand.self, ComponentCommand.self,
    GradeCommand.self, ConfigCommand.self,
  ]

  static func main() {
    // A reader that went away shows as an error of write, not as a silent death.
    signal(SIGPIPE, SIG_IGN)
    // So does a file that the limit on sizes (ulimit -f) does not let grow.
    signal(SIGXFSZ, SIG_IGN)
    var continuing = sigset_t.continuing
    sigprocmask(SIG_BLOCK, &continuing, nil)
    MPICommunicator.returnSignals()

    let ranks = RankGroup()
    prepareForCrashes(program: program, rank: ranks.rankInJob)
    let progress = ProgressLine.onStandardError(isActive: ranks.rank == 0)
    do {
      try run(programArguments(of: program), ranks: ranks, progress: progress)
      progress.close()
      ranks.tellEnd(0)
    } catch is StoppedTraining {
      progress.close()
      ranks.tellEnd(ExitCode.toBeContinued)
      ranks.leave(exitCode: ExitCode.toBeContinued)
      exit(ExitCode.toBeContinued)
    } catch {
      ranks.end(after: error, progress: progress)
    }
  }

  private static func run(
    _ arguments: [String], ranks: RankGroup, progress: ProgressLine
  ) throws {
    let output = Output(isActive: ranks.rank == 0, isJSON: false)
    let rest = Array(arguments.dropFirst())
    switch arguments.first {
    case nil:
      try output.text(helpText)
    case "--version":
      try expectNothing(in: rest)
      try output.text("\(program) \(programVersion)\n")
    case "help", "--help", "-h":
      try expectNothing(in: Array(rest.dropFirst()))
      guard let name = rest.first, name != "help" else { return try output.text(helpText) }
      try output.text(command(named: name).helpText)
    case .some(let name):
      try run(command(named: name), rest, ranks: ranks, progress: progress)
    }
  }

  private static func run<Called: Command>(
    _ command: Called.Type, _ arguments: [String], ranks: RankGroup, progress: ProgressLine
  ) throws {
    let parsed = try command.syntax.parse(arguments)
    let invocation = Invocation(parsed, ranks: ranks, progress: progress)
    if parsed.wantsHelp { return try invocation.output.text(command.helpText) }
    let rankCount = try command.joinsAtOnce ? ranks.rankCount() : 1
    guard rankCount == 1 || command.runsOnSeveralRanks else {
      throw CommandLineError.oneRankOnly(ranks: rankCount, command.syntax.place)
    }
    // First of all: srun lets the others wait for a rank that ended before it joined them.
    if rankCount > 1 { _ = try ranks.communicator() }
    endOutOfMemory(command.name, ranks: ranks, progress: progress)
    try command.run(invocation)
  }

  /// Has a lack of memory in the middle of a computation reported as an error of the command.
  private static func endOutOfMemory(_ name: String, ranks: RankGroup, progress: ProgressLine) {
    // The thread that computes is the only one that uses either.
    nonisolated(unsafe) let job = (ranks: ranks, progress: progress)
    OutOfMemory.handle { byteCount in
      let error = CommandFailure(
        description:
          "\(name): no memory for \(byteCount) bytes; choose smaller sizes, or raise the "
          + "limit (ulimit -v, control group) or the machine's memory")
      job.ranks.end(after: error, progress: job.progress)
    }
  }

  private static func command(named name: String) throws -> any Command.Type {
    if let command = commands.first(where: { ([$0.name] + $0.oldNames).contains(name) }) {
      return command
    }
    guard !name.hasPrefix("-") else {
      let nearest = nearestName(to: name, among: ["--help", "--version"])
      throw CommandLineError.unknownOption(name, nearest: nearest, place)
    }
    let names = commands.map { $0.name } + ["help", "--version"]
    throw CommandLineError.unknownCommand(name, nearest: nearestName(to: name, among: names), place)
  }

  private static func expectNothing(in rest: [String]) throws {
    if let argument = rest.first { throw CommandLineError.unexpectedArgument(argument, place) }
  }

  private static var helpText: String {
    let rows = commands.map { (term: $0.name, text: $0.summary) }
    let others = [
      (term: "help [COMMAND]", text: "show this text, or all about a command"),
      (term: "--version", text: "show the program's version"),
    ]
    let width = helpWidth()
    let summary =
      "Trains, evaluates and samples language models, alone or on many ranks under mpirun."
    return """
      \(wrapped(summary, width: width).joined(separator: "\n"))

      Usage: \(program) COMMAND [options]

      \(rendered([("Commands", rows + others)], width: width).joined())

      Examples:
        worker pretrain --run runs/first
        worker generate --model runs/first --prompt "Once upon a time"
        worker help pretrain

      """
  }
}
