import CommandLineInterface
import Foundation

/// The program: runs the worker beside itself on as many ranks as wanted.
@main
enum LauncherCommand {
  static let program = "launcher"

  static let syntax = CommandSyntax(
    CommandPlace(program: program),
    summary: "Runs the worker that lies beside it, on one rank or on many under mpirun.",
    discussion: [
      "One rank a core, each bound to its own; more ranks than cores share them. One rank alone"
        + "\nruns without MPI. The commands are the worker's: see worker help."
    ],
    remainder: PositionalArgument("COMMAND …", "the worker's command line"),
    groups: [
      OptionGroup(
        "Options",
        [
          .integer(
            "ranks", letter: "n", "N", "how many ranks to start", minimum: 1,
            unlessGiven: "one a core"),
          .flag("verbose", "show the command that is run, and all that mpirun has to say"),
        ])
    ])

  static func main() {
    do {
      exit(try run(Array(CommandLine.arguments.dropFirst())))
    } catch {
      writeError("\(program): \(singleLine("\(error)"))\n")
      let exitCode = (error as? CommandLineError)?.exitCode ?? (error as? LaunchError)?.exitCode
      exit(exitCode ?? 1)
    }
  }

  private static func run(_ arguments: [String]) throws -> Int32 {
    let parsed = try syntax.parse(arguments)
    if parsed.wantsHelp {
      try FileHandle.standardOutput.write(contentsOf: Data(syntax.helpText.utf8))
      return 0
    }
    guard !parsed.remainder.isEmpty else { throw CommandLineError.noCommand(syntax.place) }
    let environment = ProcessInfo.processInfo.environment
    let ranks = environment["OMPI_COMM_WORLD_SIZE"] ?? environment["PMI_SIZE"]
    if let ranks = ranks.flatMap({ Int($0) }), ranks > 1 {
      throw LaunchError.insideJob(ranks: ranks)
    }

    let isVerbose = parsed.flag("verbose")
    let plan = try LaunchPlan(
      command: parsed.remainder, rankCount: parsed.integer("ranks"), isVerbose: isVerbose,
      machine: try thisMachine())
    if isVerbose { writeError(plan.commandLine + "\n") }
    let exitCode = try Job.run(plan)
    // The worker says itself why it ends with 1 or 2.
    switch exitCode {
    case 0...2: return exitCode
    case 129..<160: throw LaunchError.endedBySignal(exitCode - 128)
    default: throw LaunchError.mpirunFailed(exitCode: exitCode)
    }
  }

  private static func thisMachine() throws -> LaunchPlan.Machine {
    let cores = AvailableCores()
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let worker = URL(fileURLWithPath: own).deletingLastPathComponent()
      .appendingPathComponent("worker").path
    guard FileManager.default.isExecutableFile(atPath: worker) else {
      throw LaunchError.noWorker(path: worker)
    }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let mpirun = folders.lazy.map { "\($0)/mpirun" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    return LaunchPlan.Machine(
      coreCount: cores.count, ownsAllCores: cores.isWholeMachine, isRoot: geteuid() == 0,
      terminalColumns: terminalColumns(of: STDERR_FILENO), mpirun: mpirun, worker: worker)
  }
}
