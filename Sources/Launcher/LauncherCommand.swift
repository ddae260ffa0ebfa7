import Foundation
import ParableCommandLineInterface
import ParableLaunchEnvironment
import ParablePlatform
import ParableSettings

/// The program: runs the worker beside itself on as many ranks as wanted.
@main
enum LauncherCommand {
  static let program = "launcher"

  static func main() {
    prepareForCrashes(program: program)
    do {
      exit(try run(programArguments(of: program)))
    } catch {
      // Where this is one of several ranks, all of them find the same.
      let announced = AnnouncedRanks(ProcessInfo.processInfo.environment)
      if announced.rank == 0 { writeError("\(program): \(singleLine("\(error)"))\n") }
      let exitCode = (error as? CommandLineError)?.exitCode ?? (error as? LaunchError)?.exitCode
      exit(exitCode ?? 1)
    }
  }

  private static func run(_ arguments: [String]) throws -> Int32 {
    let parsed = try syntax.parse(respelled(arguments))
    if parsed.wantsHelp || arguments.isEmpty {
      return try show(syntax.helpText(width: helpWidth()))
    }
    let options = parsed.options
    if options.version { return try show("\(program) \(programVersion)\n") }
    if options.describe { return try show(try description() + "\n") }
    let command = parsed.remainder
    guard let name = command.first else { throw CommandLineError.noCommand(syntax.place) }
    try refuseRanks(in: command)
    let environment = ProcessInfo.processInfo.environment
    let announced = AnnouncedRanks(environment)
    if case .several(let ranks, let variable) = announced.count {
      throw LaunchError.insideJob(ranks: ranks, variable: variable)
    }

    var launch = Launch(command: command, options: options, environment: environment)
    let ranks = try rankCount(options.ranks, of: name)
    var restarts = try Restarts(limit: options.restarts, command: command)
    var prepared = try launch.prepare(ranks: ranks)
    if options.dryRun { return try show(prepared.report) }
    while true {
      let end = try run(prepared, of: launch)
      guard let start = restarts.next(after: end) else { return try exitCode(after: end, of: name) }
      writeError("\(program): \(singleLine(start.note))\n")
      launch.command = start.command
      launch.isRestart = true
      prepared = try launch.prepare(ranks: ranks)
    }
  }

  /// Runs a job to its end.
  private static func run(_ prepared: Launch.Prepared, of launch: Launch) throws -> Job.End {
    let isTraining = CommandRanks.trainings.contains(launch.command[0])
    let options = launch.options
    for note in prepared.notes { writeError("\(program): \(singleLine(note))\n") }
    let plan = prepared.plan
    if options.verbose { writeError(plan.commandLine + "\n") }
    if case .mpirun = plan.target, MPILibrary.linked == .openMPI {
      LeftSegments().sweep()
      let own = prepared.place.ownRanks(of: plan.shares) ?? 0
      try SessionFolder(environment: launch.environment)?.requireSpace(ranks: own)
    }
    return try Job.run(
      plan,
      Job.Care(
        isVerbose: options.verbose, endsUnread: !isTraining,
        grace: isTraining ? .seconds(options.grace.seconds) : nil,
        staysBesideOne: options.restarts > 0))
  }

  /// The arguments with `-np`, as mpirun calls it, in the spelling of here.
  private static func respelled(_ arguments: [String]) -> [String] {
    var arguments = arguments
    var place = 0
    while place < arguments.count, arguments[place].hasPrefix("-") {
      if ["-np", "--np"].contains(arguments[place]) { arguments[place] = "-n" }
      place += ["-n", "--ranks"].contains(arguments[place]) ? 2 : 1
    }
    return arguments
  }

  /// No command has such an option, so it was meant for the launcher.
  private static func refuseRanks(in command: [String]) throws(LaunchError) {
    for (option, ranks) in zip(command, command.dropFirst())
    where ["-n", "-np", "--np", "--ranks"].contains(option) && Int(ranks) != nil {
      // `estimate` computes for so many ranks.
      guard option != "--ranks" || command[0] != "estimate" else { continue }
      throw .ranksBehindCommand(option: option, ranks: ranks, command: command[0])
    }
  }

  /// How many ranks to start; nil: one per core.
  private static func rankCount(_ asked: Int?, of command: String) throws(LaunchError) -> Int? {
    let isAlone = ProcessInfo.processInfo.environment["PARABLE_ALONE"] == "1"
    let isForOne = CommandRanks.oneRankOnly.contains(command)
    guard let asked else { return isAlone || isForOne ? 1 : nil }
    if asked > 1, isForOne { throw .oneRankOnly(command: command) }
    if asked > 1, isAlone { throw .alone(rankCount: asked) }
    return asked
  }

  /// What to end with after a job under mpirun; throws what nobody else has said.
  private static func exitCode(after end: Job.End, of command: String) throws(LaunchError) -> Int32
  {
    if end.exitCode == ExitCode.toBeContinued, CommandRanks.trainings.contains(command) {
      return end.exitCode
    }
    if end.exitCode != 0 {
      if let signal = end.signal {
        if end.hasWorkerSpoken { return 128 + signal }
        throw .stopped(signal: signal)
      }
      // Where nobody reads on, the job was ended for that reason, whatever mpirun makes of it.
      if end.outputFailure == EPIPE { return 1 }
      // The worker says itself why it ends.
      if end.hasWorkerSpoken { return end.exitCode }
      if (129..<160).contains(end.exitCode) { throw .rankEnded(signal: end.exitCode - 128) }
      throw .mpirunFailed(exitCode: end.exitCode, explanation: end.explanation)
    }
    // A pre-training leaves all it did in its folder; of others the result is lost.
    guard let failure = end.outputFailure, command != "pretrain" else { return 0 }
    if failure == EPIPE { return 1 }
    throw .outputFailed(reason: SystemFailure(.writing, code: failure).reason)
  }

  private static func show(_ text: String) throws(LaunchError) -> Int32 {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      throw .outputFailed(reason: SystemFailure(.writing, error).reason)
    }
    return 0
  }

  /// This host for launchers of others.
  private static func description() throws -> String {
    let facts = HostFacts(worker: try Launch.Programs().worker)
    return String(decoding: try JSONEncoder().encode(facts), as: UTF8.self)
  }
}
