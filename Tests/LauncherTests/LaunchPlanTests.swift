import Launcher
import ParableLaunchEnvironment
import Testing

@Suite struct LaunchPlanTests {
  private static let machine = LaunchPlan.Machine(
    coreCount: 4, ownsAllCores: true, isRoot: false, terminalColumns: nil,
    mpirun: MPIRun(path: "/bin/mpirun"), worker: "/opt/worker")

  private static func machine(_ change: (inout LaunchPlan.Machine) -> Void) -> LaunchPlan.Machine {
    var machine = machine
    change(&machine)
    return machine
  }

  /// Options, a machine, and the command line that follows from them.
  static let plans: [(ranks: Int?, isVerbose: Bool, machine: LaunchPlan.Machine, line: String)] = [
    (1, false, machine, "OMP_NUM_THREADS=1 /opt/worker pretrain --steps 5"),
    (1, false, machine { $0.mpirun = nil }, "OMP_NUM_THREADS=1 /opt/worker pretrain --steps 5"),
    (nil, false, machine { $0.coreCount = 1 }, "OMP_NUM_THREADS=1 /opt/worker pretrain --steps 5"),
    (
      nil, false, machine,
      "OMP_NUM_THREADS=1 /bin/mpirun -n 4 --map-by core --bind-to core /opt/worker "
        + "pretrain --steps 5"
    ),
    (
      2, false, machine { $0.isRoot = true },
      "OMP_NUM_THREADS=1 /bin/mpirun -n 2 --allow-run-as-root --map-by core "
        + "--bind-to core /opt/worker pretrain --steps 5"
    ),
    (
      5, false, machine,
      "OMPI_MCA_mpi_yield_when_idle=1 OMP_NUM_THREADS=1 /bin/mpirun -n 5 "
        + "--oversubscribe --bind-to none /opt/worker pretrain --steps 5"
    ),
    (
      3, false, machine { $0.ownsAllCores = false },
      "OMP_NUM_THREADS=1 /bin/mpirun -n 3 --oversubscribe --bind-to none /opt/worker "
        + "pretrain --steps 5"
    ),
    (
      2, true, machine { $0.terminalColumns = 120 },
      "OMP_NUM_THREADS=1 PARABLE_TERMINAL_COLUMNS=120 /bin/mpirun -n 2 --report-bindings "
        + "--map-by core --bind-to core /opt/worker pretrain --steps 5"
    ),
    (
      2, true,
      machine {
        $0.mpirun = .ofMPICH
        $0.isRoot = true
      },
      "HYDRA_TOPO_DEBUG=1 OMP_NUM_THREADS=1 PARABLE_TELL_END=1 /bin/mpirun -n 2 -bind-to core "
        + "/opt/worker pretrain --steps 5"
    ),
    (
      5, false, machine { $0.mpirun = .ofMPICH },
      "OMPI_MCA_mpi_yield_when_idle=1 OMP_NUM_THREADS=1 PARABLE_TELL_END=1 /bin/mpirun -n 5 "
        + "-bind-to none /opt/worker pretrain --steps 5"
    ),
  ]

  @Test(arguments: plans.indices)
  func thePlanFollowsFromOptionsAndMachine(_ index: Int) throws {
    let expected = Self.plans[index]
    let plan = try LaunchPlan(
      command: ["pretrain", "--steps", "5"], rankCount: expected.ranks,
      isVerbose: expected.isVerbose, machine: expected.machine)
    #expect(plan.commandLine == expected.line)
  }

  @Test func withoutMPIRunOnlyOneRankCanBeStarted() {
    #expect(throws: LaunchError.noMPIRun(rankCount: 2)) {
      try LaunchPlan(
        command: ["pretrain"], rankCount: 2, isVerbose: false,
        machine: Self.machine { $0.mpirun = nil })
    }
  }

  @Test func theCommandLineIsQuotedForAShell() throws {
    let plan = try LaunchPlan(
      command: ["generate", "--prompt", "it's a \"cat\"", ""], rankCount: 1, isVerbose: false,
      machine: Self.machine)
    #expect(
      plan.commandLine
        == #"OMP_NUM_THREADS=1 /opt/worker generate --prompt 'it'\''s a "cat"' ''"#)
  }

  /// Places of several hosts, and what mpirun is told of each.
  static let places: [(place: LaunchPlace, machine: LaunchPlan.Machine, line: String)] = [
    (
      .hosts([LaunchHost("b", slots: 2), LaunchHost("a", slots: 2, isHere: true)], agent: nil),
      machine,
      "OMPI_MCA_btl_tcp_eager_limit=300000 OMPI_MCA_btl_tcp_rndv_eager_limit=300000 "
        + "OMP_NUM_THREADS=1 /bin/mpirun -n 3 --host a:2,b:2 --map-by slot --bind-to "
        + "core:overload-allowed -x OMP_NUM_THREADS /opt/worker x"
    ),
    (
      .hosts([LaunchHost("a", slots: 3)], agent: "agent -q"),
      machine {
        $0.variables = ["PARABLE_B", "HOME", "OMP_PLACES", "DNNL_C", "ONEDNN_D", "OMPI_A"]
      },
      "OMP_NUM_THREADS=1 /bin/mpirun -n 3 --host a:3 --mca plm rsh --mca plm_rsh_agent 'agent -q' "
        + "--map-by slot --bind-to core:overload-allowed -x DNNL_C -x OMP_NUM_THREADS -x OMP_PLACES "
        + "-x ONEDNN_D -x PARABLE_B /opt/worker x"
    ),
    (
      .hosts([LaunchHost("a", slots: 3)], agent: "agent"), machine { $0.mpirun = .ofVersion5 },
      "OMP_NUM_THREADS=1 /bin/mpirun -n 3 --host a:3 --prtemca plm ssh --prtemca plm_ssh_agent agent "
        + "--map-by slot --bind-to core:overload-allowed -x OMP_NUM_THREADS /opt/worker x"
    ),
    (
      .hosts([LaunchHost("a", slots: 3)], agent: "agent"), machine { $0.mpirun = .ofMPICH },
      "OMP_NUM_THREADS=1 PARABLE_TELL_END=1 /bin/mpirun -n 3 -hosts a:3 -launcher ssh "
        + "-launcher-exec agent -bind-to core /opt/worker x"
    ),
    (
      .here, machine { ($0.mpirun, $0.isRoot) = (.ofMPICH, true) },
      "OMP_NUM_THREADS=1 PARABLE_TELL_END=1 /bin/mpirun -n 3 -bind-to core /opt/worker x"
    ),
    // More than this host has cores; and where some of its cores are others'.
    (
      .hosts([LaunchHost("a", slots: 3, isHere: true)], agent: nil), machine { $0.coreCount = 2 },
      "OMPI_MCA_mpi_yield_when_idle=1 OMP_NUM_THREADS=1 /bin/mpirun -n 3 --host a:3 "
        + "--oversubscribe --bind-to none -x OMP_NUM_THREADS /opt/worker x"
    ),
    (
      .slurm(
        job: "7", [LaunchHost("a", slots: 4, isHere: true)], isNarrowed: false, isWhole: false),
      machine,
      "OMP_NUM_THREADS=1 /bin/mpirun -n 3 --oversubscribe --bind-to none -x OMP_NUM_THREADS "
        + "/opt/worker x"
    ),
    (
      .slurm(job: "7", [LaunchHost("a", slots: 4, isHere: true)], isNarrowed: true, isWhole: true),
      machine,
      "OMP_NUM_THREADS=1 /bin/mpirun -n 3 --host a:4 --map-by slot --bind-to core:overload-allowed "
        + "-x OMP_NUM_THREADS /opt/worker x"
    ),
  ]

  @Test(arguments: places.indices)
  func theHostsAreNamedInTheWordsOfMPIRun(_ index: Int) throws {
    let expected = Self.places[index]
    let plan = try LaunchPlan(
      command: ["x"], rankCount: 3, place: expected.place, isVerbose: false,
      machine: expected.machine)
    #expect(plan.commandLine == expected.line)
  }

  @Test(
    arguments: [
      (nil, nil, 6), (nil, 8, 6), (nil, 4, 4), (nil, 1, 1), (6, 4, 6), (2, nil, 2),
    ] as [(Int?, Int?, Int)])
  func thereAreAsManyRanksAsSlotsThatHaveWork(
    asked: Int?, microBatches: Int?, expected: Int
  ) throws {
    let plan = try LaunchPlan(
      command: ["x"], rankCount: asked,
      place: .hosts([LaunchHost("a", slots: 4), LaunchHost("b", slots: 2)], agent: nil),
      work: microBatches.map { WorkShare(batch: $0 * 4, microBatch: 4) }, isVerbose: false,
      machine: Self.machine)
    #expect(plan.rankCount == expected)
    #expect(plan.shares.reduce(0) { $0 + $1.ranks.count } == expected)
  }

  @Test func hostsAreFilledInTheirOrder() throws {
    let hosts = [LaunchHost("a", slots: 2), LaunchHost("b", slots: 3), LaunchHost("c", slots: 9)]
    let plan = try LaunchPlan(
      command: ["x"], rankCount: 4, place: .hosts(hosts, agent: nil), isVerbose: false,
      machine: Self.machine)
    #expect(plan.shares.map(\.host) == ["a", "b"])
    #expect(plan.shares.map(\.ranks) == [0..<2, 2..<4])
  }

  /// One rank of another host needs mpirun, one of this host does not.
  @Test func oneRankIsStartedWhereItBelongs() throws {
    for (isHere, target) in [
      (true, LaunchPlan.Target.worker("/opt/worker")), (false, .mpirun("/bin/mpirun")),
    ] {
      let plan = try LaunchPlan(
        command: ["x"], rankCount: 1,
        place: .hosts([LaunchHost("a", slots: 2, isHere: isHere)], agent: nil),
        isVerbose: false, machine: Self.machine)
      #expect(plan.target == target)
    }
  }

  @Test func moreRanksThanSlotsAreRefused() {
    let place = LaunchPlace.hosts(
      [LaunchHost("a", slots: 2), LaunchHost("b", slots: 1)], agent: nil)
    let error = LaunchError.hosts(.tooManyRanks(rankCount: 5, slots: 3, place: place))
    #expect(throws: error) {
      try LaunchPlan(
        command: ["x"], rankCount: 5, place: place, isVerbose: false, machine: Self.machine)
    }
    #expect(
      "\(error)"
        == "-n: 5 ranks for 3 slots on a:2,b:1; give at most -n 3, or 2 slots more")
  }

  @Test func hydraTakesAnAgentOfOneWord() {
    #expect(throws: LaunchError.hosts(.agentOfSeveralWords("a b"))) {
      try LaunchPlan(
        command: ["x"], rankCount: 2, place: .hosts([LaunchHost("a", slots: 2)], agent: "a b"),
        isVerbose: false, machine: Self.machine { $0.mpirun = .ofMPICH })
    }
  }

  @Test(arguments: [
    ("mpirun (Open MPI) 4.1.4\n\nReport bugs to", MPIRun.Flavour.openMPI(major: 4)),
    ("mpirun (Open MPI) 5.0.11\n", .openMPI(major: 5)),
    ("HYDRA build details:\n    Version:   4.0.2\n", .hydra),
    ("Intel(R) MPI Library for Linux* OS, Version 2021.9", .hydra),
    ("", .openMPI(major: 4)),
  ])
  func theFlavourIsReadFromTheVersion(_ version: String, _ flavour: MPIRun.Flavour) {
    #expect(MPIRun.Flavour(version: version) == flavour)
  }
}

extension MPIRun {
  fileprivate static let ofVersion5 = MPIRun(path: "/bin/mpirun", flavour: .openMPI(major: 5))
  fileprivate static let ofMPICH = MPIRun(path: "/bin/mpirun", flavour: .hydra)
}
