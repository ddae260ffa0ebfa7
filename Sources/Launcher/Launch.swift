import Foundation
import ParableCommandLineInterface
import ParableLaunchEnvironment
import ParablePlatform

/// A job as it was asked for, and what is found out about machine, hosts and work to plan it.
struct Launch {
  var command: [String]
  let options: LauncherCommand.Options
  let environment: [String: String]

  /// Whether it follows one that has crashed: then hosts that do not answer are left out, and there may
  /// be fewer ranks than were asked for.
  var isRestart = false

  /// The plan, with what it was made from.
  struct Prepared {
    var plan: LaunchPlan
    var place: LaunchPlace
    var work: TrainingWork?

    /// The facts of hosts by name, as far as they are known.
    var facts: [String: HostFacts]

    /// Lines that a person should see before the job starts.
    var notes: [String]
  }

  /// Finds out what is to be known, and plans.
  ///
  /// - Parameter ranks: How many ranks were asked for, or are all that the command takes.
  /// - Returns: The plan and what a person may want to know of it.
  /// - Throws: ``LaunchError`` where that cannot be started.
  func prepare(ranks: Int?) throws(LaunchError) -> Prepared {
    let programs = try Programs()
    var (place, facts, lost) = (LaunchPlace.here, [String: HostFacts](), [String]())
    if !CommandRanks.oneRankOnly.contains(command[0]) {
      do {
        (place, facts, lost) = try surveyed(try requestedPlace(), programs)
      } catch {
        throw .hosts(error)
      }
    }
    let slots = place.slots(coreCount: AvailableCores().count)
    let ranks = isRestart && place != .here ? ranks.map { min($0, slots) } : ranks
    var work: TrainingWork?
    if options.dryRun || ranks == nil && slots > 1 { work = self.work(programs, ranks ?? slots) }
    let plan = try LaunchPlan(
      command: command, rankCount: ranks, place: place, work: work?.share,
      isVerbose: options.verbose,
      machine: machine(programs, startsOne: ranks == 1 && place == .here))
    if options.dryRun, plan.rankCount != ranks ?? slots || plan.shares.count > 1 {
      work = self.work(programs, plan.rankCount, hosts: plan.shares.count)
    }
    return Prepared(
      plan: plan, place: place, work: work, facts: facts,
      notes: lost + notes(on: plan, slots: slots, work: ranks == nil ? work?.share : nil)
        + (ranks == nil ? slurmNotes(slots: slots) : []))
  }

  /// Where the programs of this build and mpirun are.
  struct Programs {
    let launcher: String
    let worker: String

    init() throws(LaunchError) {
      let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      launcher = own ?? CommandLine.arguments[0]
      worker =
        URL(fileURLWithPath: launcher).deletingLastPathComponent()
        .appendingPathComponent("worker").path
      guard FileManager.default.isExecutableFile(atPath: worker) else {
        throw .noWorker(path: worker)
      }
    }
  }

  private func work(_ programs: Programs, _ ranks: Int, hosts: Int = 1) -> TrainingWork? {
    TrainingWork(
      command: command, worker: programs.worker, ranks: ranks, hosts: hosts,
      environment: environment)
  }

  private func machine(_ programs: Programs, startsOne: Bool) -> LaunchPlan.Machine {
    let cores = AvailableCores()
    let mpirun = MPILibrary.linked.mpirun(on: environment["PATH"])
    return LaunchPlan.Machine(
      coreCount: cores.count, ownsAllCores: cores.isWholeMachine, isRoot: geteuid() == 0,
      terminalColumns: terminalColumns(of: STDERR_FILENO),
      mpirun: mpirun.map { path in
        MPIRun(path: path, flavour: startsOne ? .openMPI(major: 4) : flavour(of: path))
      }, worker: programs.worker, variables: Array(environment.keys))
  }

  private func flavour(of mpirun: String) -> MPIRun.Flavour {
    let answer = Question.answers(
      to: [[mpirun, "--version"]], environment: environment, within: 10)[0]
    return MPIRun.Flavour(version: answer.output)
  }
}

// Where it runs.
extension Launch {
  /// The hosts that options and environment name, before they are asked for anything.
  func requestedPlace() throws(HostFault) -> LaunchPlace {
    let agent = options.remoteAgent.isEmpty ? nil : options.remoteAgent
    let named = try namedHosts()
    guard let allocation = try SlurmAllocation(environment), agent == nil else {
      if named.isEmpty, agent != nil { throw .agentWithoutHosts }
      return named.isEmpty ? .here : .hosts(named, agent: agent)
    }
    let hosts = allocation.hosts.map { host in
      LaunchHost(
        host.name, slots: host.slots,
        isHere: host.name == environment["SLURMD_NODENAME"] || isThisMachine(host.name))
    }
    let place = hosts.firstIndex(where: \.isHere)
    let own = place.flatMap { place in allocation.processors.map { $0[place] } } ?? 0
    let isWhole = own >= Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    var chosen = hosts
    if !named.isEmpty {
      chosen = []
      for host in named {
        guard let there = hosts.first(where: { $0.name == host.name }) else {
          throw .notOfJob(host: host.name, job: allocation.job)
        }
        let slots = min(host.slots ?? .max, there.slots ?? 1)
        chosen.append(LaunchHost(host.name, slots: slots, isHere: there.isHere))
      }
    }
    return .slurm(
      job: allocation.job, chosen, isNarrowed: !named.isEmpty, isWhole: isWhole)
  }

  private func namedHosts() throws(HostFault) -> [LaunchHost] {
    var hosts: [LaunchHost] = []
    if !options.hosts.isEmpty { hosts = try HostList.hosts(ofOption: options.hosts) }
    if !options.hostfile.isEmpty {
      guard hosts.isEmpty else { throw .hostsTwice }
      let path = options.hostfile
      do {
        let text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
        hosts = try HostList.hosts(ofFile: text, path: path)
      } catch let fault as HostFault {
        throw fault
      } catch {
        throw .unreadableFile(path: path, reason: SystemFailure(.reading, error).reason)
      }
    }
    return hosts.map { LaunchHost($0.name, slots: $0.slots, isHere: isThisMachine($0.name)) }
  }

  /// The place with the slots of all hosts, which are asked, and what a person should know: one that
  /// cannot be reached, or has another build, is said here in one line, before mpirun would say it in
  /// thirty.
  ///
  /// In a Slurm job they are not asked: Slurm starts mpirun's daemons.
  private func surveyed(
    _ place: LaunchPlace, _ programs: Programs
  ) throws(HostFault) -> (LaunchPlace, [String: HostFacts], notes: [String]) {
    var facts: [String: HostFacts] = [:]
    var notes: [String] = []
    let own = HostFacts(worker: programs.worker)
    switch place {
    case .here: facts["localhost"] = own
    case .slurm(_, let hosts, _, _):
      for host in hosts where host.isHere { facts[host.name] = own }
    case .hosts(let hosts, let agent):
      let others = hosts.filter { !$0.isHere }
      let survey = HostSurvey(
        agent: agent, launcher: programs.launcher, environment: environment)
      var present = hosts
      for (host, answer) in zip(others, survey.facts(of: others, environment: environment)) {
        do throws(HostFault) {
          let theirs = try answer.get()
          guard theirs.worker == own.worker else {
            throw HostFault.otherWorker(host: host.name, path: programs.worker)
          }
          facts[host.name] = theirs
        } catch {
          guard isRestart, present.count > 1 else { throw error }
          present.removeAll { $0.name == host.name }
          notes.append("left out: \(error)")
        }
      }
      for host in hosts where host.isHere { facts[host.name] = own }
      let withSlots = present.map { host in
        LaunchHost(host.name, slots: host.slots ?? facts[host.name]?.cores, isHere: host.isHere)
      }
      return (.hosts(withSlots, agent: agent), facts, notes)
    }
    return (place, facts, notes)
  }
}

// What a person should know before it starts.
extension Launch {
  private func notes(on plan: LaunchPlan, slots: Int, work: WorkShare?) -> [String] {
    guard let work, plan.rankCount < slots else { return [] }
    return [work.fewerNote(slots: slots)]
  }

  /// That Slurm was asked for fewer tasks than the job has processors for.
  private func slurmNotes(slots: Int) -> [String] {
    guard let allocation = try? SlurmAllocation(environment), let processors = allocation.processors
    else { return [] }
    let count = processors.reduce(0, +)
    let taskSize = max(1, environment["SLURM_CPUS_PER_TASK"].flatMap { Int($0) } ?? 1)
    // Two hyper-threads a task are usual.
    guard options.hosts.isEmpty, options.hostfile.isEmpty, slots * taskSize * 2 < count else {
      return []
    }
    return [
      "Slurm job \(allocation.job): \(slots) \(slots == 1 ? "task" : "tasks") on \(count) processors; "
        + "ask Slurm for --ntasks-per-node=CORES to use them"
    ]
  }
}
