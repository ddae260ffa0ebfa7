import Launcher
import ParableLaunchEnvironment
import Testing

@Suite struct LaunchPlanTests {
  private static let machine = LaunchPlan.Machine(
    coreCount: 4, ownsAllCores: true, isRoot: false, terminalColumns: nil, mpirun: "/bin/mpirun",
    worker: "/opt/worker", library: .openMPI)

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
        $0.library = .mpich
        $0.isRoot = true
      },
      "HYDRA_TOPO_DEBUG=1 OMP_NUM_THREADS=1 /bin/mpirun -n 2 -map-by core -bind-to core "
        + "/opt/worker pretrain --steps 5"
    ),
    (
      5, false, machine { $0.library = .mpich },
      "OMP_NUM_THREADS=1 /bin/mpirun -n 5 -bind-to none /opt/worker pretrain --steps 5"
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
}
