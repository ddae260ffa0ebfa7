import ParableLaunchEnvironment
import Testing

/// The variables as Open MPI 4.1, MPICH's Hydra and Slurm 22.05 were seen to set them.
@Suite struct AnnouncedRanksTests {
  static let batch = [
    "SLURM_JOB_ID": "6", "SLURM_NTASKS": "2", "SLURM_NPROCS": "2", "SLURM_PROCID": "0",
    "SLURM_TASKS_PER_NODE": "2",
  ]
  static let step = batch.merging(
    ["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1"]) { $1 }
  static let pmix = ["PMIX_NAMESPACE": "slurm.pmix.10.0", "PMIX_RANK": "1"]
  static let openMPI = ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3"]

  static let cases:
    [(
      name: String, environment: [String: String], count: AnnouncedRanks.Count, rank: Int,
      cannotJoin: Bool
    )] = [
      ("nothing", [:], .one, 0, false),
      ("mpirun", openMPI, .several(4, variable: "OMPI_COMM_WORLD_SIZE"), 3, false),
      ("mpirun -n 1", ["OMPI_COMM_WORLD_SIZE": "1", "PMIX_NAMESPACE": "5"], .one, 0, false),
      ("Hydra", ["PMI_SIZE": "3", "PMI_RANK": "2"], .several(3, variable: "PMI_SIZE"), 2, false),
      ("a batch script", batch, .one, 0, false),
      (
        "mpirun in a batch script", batch.merging(openMPI) { $1 },
        .several(4, variable: "OMPI_COMM_WORLD_SIZE"), 3, false
      ),
      (
        "a remote daemon of mpirun", step.merging(openMPI) { $1 },
        .several(4, variable: "OMPI_COMM_WORLD_SIZE"), 3, false
      ),
      (
        "srun --mpi=pmix", step.merging(pmix) { $1 },
        .several(2, variable: "SLURM_STEP_NUM_TASKS"), 1, false
      ),
      ("srun", step, .several(2, variable: "SLURM_STEP_NUM_TASKS"), 1, true),
      (
        "srun --mpi=pmi2", step.merging(["PMI_SIZE": "2", "PMI_RANK": "1"]) { $1 },
        .several(2, variable: "PMI_SIZE"), 1, true
      ),
      ("srun -n 1", step.merging(["SLURM_STEP_NUM_TASKS": "1"]) { $1 }, .one, 0, false),
      (
        "srun --mpi=pmix -n 1",
        step.merging(pmix) { $1 }.merging(["SLURM_STEP_NUM_TASKS": "1"]) { $1 },
        .unknown, 1, false
      ),
      ("PMIx of another kind", pmix, .unknown, 1, false),
      ("no number", ["OMPI_COMM_WORLD_SIZE": "two"], .one, 0, false),
      ("alone on purpose", step.merging(["PARABLE_ALONE": "1"]) { $1 }, .one, 0, false),
      (
        "alone under mpirun", openMPI.merging(["PARABLE_ALONE": "1"]) { $1 }, .one, 0, false
      ),
      (
        "not alone", openMPI.merging(["PARABLE_ALONE": "0"]) { $1 },
        .several(4, variable: "OMPI_COMM_WORLD_SIZE"), 3, false
      ),
    ]

  @Test(arguments: cases.indices) func theFirstVariableThatIsSetAnnounces(_ index: Int) {
    let (name, environment, count, rank, cannotJoin) = Self.cases[index]
    let announced = AnnouncedRanks(environment, library: .openMPI)
    #expect(announced.count == count, "\(name)")
    #expect(announced.rank == rank, "\(name)")
    #expect(announced.cannotJoin == cannotJoin, "\(name)")
  }

  /// A step joins by PMI, which `srun --mpi=pmi2` brings, and PMIx is of no use.
  @Test func mpichJoinsStepsOfSlurmByPMI() {
    let pmi = Self.step.merging(["PMI_SIZE": "2", "PMI_RANK": "1"]) { $1 }
    #expect(!AnnouncedRanks(pmi, library: .mpich).cannotJoin)
    #expect(AnnouncedRanks(Self.step, library: .mpich).cannotJoin)
    #expect(AnnouncedRanks(Self.step.merging(Self.pmix) { $1 }, library: .mpich).cannotJoin)
    #expect(!AnnouncedRanks(["PMI_SIZE": "2", "PMI_RANK": "1"], library: .mpich).cannotJoin)
  }
}
