import Foundation
import ParableCommandLineInterface
import ParableLaunchEnvironment
import ParablePlatform

/// What is to be started, where, and how: a function of the options and of the machine alone.
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

    /// What starts ranks, if it is installed.
    package var mpirun: MPIRun?

    /// Where the worker is.
    package var worker: String

    /// The names of all variables of this environment.
    package var variables: [String] = []

    package init(
      coreCount: Int, ownsAllCores: Bool, isRoot: Bool, terminalColumns: Int?, mpirun: MPIRun?,
      worker: String, variables: [String] = []
    ) {
      self.coreCount = coreCount
      self.ownsAllCores = ownsAllCores
      self.isRoot = isRoot
      self.terminalColumns = terminalColumns
      self.mpirun = mpirun
      self.worker = worker
      self.variables = variables
    }
  }

  /// The program to start.
  package enum Target: Equatable {
    case worker(String)
    case mpirun(String)
  }

  /// What a host gets.
  package struct Share: Equatable {
    package let host: String

    /// The numbers of its ranks.
    package let ranks: Range<Int>

    package let slots: Int
  }

  package let target: Target

  /// How many ranks there will be.
  package let rankCount: Int

  /// The hosts with what each gets, those with nothing left out.
  package let shares: [Share]

  /// What follows the program's name.
  package let arguments: [String]

  /// Variables on top of those of this process.
  package let environment: [String: String]

  /// Variables whose names begin like this reach the ranks of all hosts.
  package static let handedOn = ["PARABLE_", "OMP_", "DNNL_", "ONEDNN_"]

  /// Plans `worker COMMAND …`.
  ///
  /// - Parameters:
  ///   - command: The worker's command line.
  ///   - asked: How many ranks are wanted; nil: one for each slot that has work.
  ///   - place: The hosts.
  ///   - work: What there is to share out, where that is known.
  ///   - isVerbose: Whether mpirun tells how it binds.
  ///   - machine: The machine.
  /// - Throws: ``LaunchError`` where that cannot be started.
  package init(
    command: [String], rankCount asked: Int?, place: LaunchPlace = .here, work: WorkShare? = nil,
    isVerbose: Bool, machine: Machine
  ) throws(LaunchError) {
    let slots = place.slots(coreCount: machine.coreCount)
    let rankCount = asked ?? min(slots, work?.microBatchCount ?? slots)
    if place != .here, rankCount > slots {
      throw .hosts(.tooManyRanks(rankCount: rankCount, slots: slots, place: place))
    }
    self.rankCount = rankCount
    shares = place.shares(rankCount: rankCount, coreCount: machine.coreCount)

    // A rank has one thread; without this, OpenMP inside the matrix library starts one per core.
    var environment = ["OMP_NUM_THREADS": "1"]
    guard rankCount > 1 || !place.beginsHere else {
      target = .worker(machine.worker)
      arguments = command
      self.environment = environment
      return
    }
    guard let mpirun = machine.mpirun else { throw .noMPIRun(rankCount: rankCount) }
    // Standard error of a rank is a pipe to mpirun: it cannot see the terminal behind it.
    if let columns = machine.terminalColumns {
      environment["PARABLE_TERMINAL_COLUMNS"] = "\(columns)"
    }
    let own = place.ownRanks(of: shares) ?? 0
    let handedOn = (machine.variables + environment.keys).filter { name in
      Self.handedOn.contains { name.hasPrefix($0) }
    }
    let flavour = mpirun.flavour
    var options = ["-n", "\(rankCount)"]
    if isVerbose {
      options += flavour.ifOpenMPI(["--report-bindings"])
      if flavour == .hydra { environment["HYDRA_TOPO_DEBUG"] = "1" }
    }
    if flavour == .hydra { environment[ToldEnd.variable] = "1" }
    if machine.isRoot { options += flavour.ifOpenMPI(["--allow-run-as-root"]) }
    do {
      try options += place.options(of: flavour)
    } catch {
      throw .hosts(error)
    }
    if own > machine.coreCount {
      options += flavour.noBinding
      // Ranks that wait must not keep others of the same core from working.
      environment["OMPI_MCA_mpi_yield_when_idle"] = "1"
    } else if machine.ownsAllCores && place.ownsProcessors {
      options += flavour.binding(isStrict: place == .here)
    } else {
      // Open MPI would bind to the machine's first cores, which may belong to others.
      options += flavour.noBinding
    }
    if shares.count > 1 {
      let known = Set(machine.variables)
      environment.merge(flavour.tuning.filter { !known.contains($0.key) }) { own, _ in own }
    }
    if place != .here { options += flavour.variables(Set(handedOn).sorted()) }
    target = .mpirun(mpirun.path)
    arguments = options + [machine.worker] + command
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
