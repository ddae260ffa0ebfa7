import Foundation
import ParableLaunchEnvironment
import ParablePlatform

/// What is to be started, and how: a function of the options and of the machine alone.
package struct LaunchPlan: Equatable {
  /// What the plan must know of the machine and of the files on it.
  package struct Machine: Equatable {
    /// Processor cores that this process may use.
    package var coreCount: Int

    /// Whether those are all cores of the machine, so that mpirun's own choice of them is right.
    package var ownsAllCores: Bool

    /// Whether root is running this, which mpirun wants to have permitted.
    package var isRoot: Bool

    /// The width of the terminal that standard error is, if it is one.
    package var terminalColumns: Int?

    /// Where mpirun is, if it is installed.
    package var mpirun: String?

    /// Where the worker is.
    package var worker: String

    /// The MPI library of this build.
    package var library: MPILibrary

    package init(
      coreCount: Int, ownsAllCores: Bool, isRoot: Bool, terminalColumns: Int?, mpirun: String?,
      worker: String, library: MPILibrary = .linked
    ) {
      self.coreCount = coreCount
      self.ownsAllCores = ownsAllCores
      self.isRoot = isRoot
      self.terminalColumns = terminalColumns
      self.mpirun = mpirun
      self.worker = worker
      self.library = library
    }
  }

  /// The program to start.
  package enum Target: Equatable {
    case worker(String)
    case mpirun(String)
  }

  package let target: Target

  /// How many ranks there will be.
  package let rankCount: Int

  /// What follows the program's name.
  package let arguments: [String]

  /// Variables on top of those of this process.
  package let environment: [String: String]

  /// Plans `worker COMMAND …` on so many ranks, on one per core where nothing is said.
  package init(
    command: [String], rankCount: Int?, isVerbose: Bool, machine: Machine
  ) throws(LaunchError) {
    let rankCount = rankCount ?? machine.coreCount
    self.rankCount = rankCount
    // A rank has one thread; without this, OpenMP inside the matrix library starts one per core.
    var environment = ["OMP_NUM_THREADS": "1"]
    guard rankCount > 1 else {
      target = .worker(machine.worker)
      arguments = command
      self.environment = environment
      return
    }
    guard let mpirun = machine.mpirun else { throw .noMPIRun(rankCount: rankCount) }

    let words = MPIRunOptions(rankCount: rankCount, isVerbose: isVerbose, machine: machine)
    environment.merge(words.environment) { $1 }
    // Standard error of a rank is a pipe to mpirun: it cannot see the terminal behind it.
    if let columns = machine.terminalColumns {
      environment["PARABLE_TERMINAL_COLUMNS"] = "\(columns)"
    }
    target = .mpirun(mpirun)
    arguments = words.options + [machine.worker] + command
    self.environment = environment
  }
}

extension LaunchPlan {
  /// The plan as one would type it.
  package var commandLine: String {
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return (variables + [target.path] + arguments).map(shellWord).joined(separator: " ")
  }

  /// A word as a shell reads it back.
  private func shellWord(_ word: String) -> String {
    let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_=./:,+@%".contains($0) }
    return isPlain && !word.isEmpty ? word : "'\(word.replacing("'", with: #"'\''"#))'"
  }
}

extension LaunchPlan.Target {
  /// Where the program is.
  package var path: String {
    switch self {
    case .worker(let path), .mpirun(let path): path
    }
  }
}
