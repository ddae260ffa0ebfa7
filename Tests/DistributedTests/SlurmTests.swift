import Foundation
import ParableFormats
import ParablePlatform
import TestSupport
import Testing

/// Trainings that a real Slurm starts, on one node.
@Suite(
  .serialized,
  .enabled(if: OneNodeSlurm.obstacle == nil, OneNodeSlurm.obstacle ?? ""), .oneNodeSlurm)
struct SlurmTests {
  private let folder: TemporaryFolder
  private let worker: String

  init() throws {
    folder = try TemporaryFolder.withStories()
    worker = try BuiltProduct.path("worker")
  }

  private static let pretrain =
    "pretrain --corpus c.txt --layers 1 --width 16 --heads 2 --hidden 24 --context 16 --batch 4 "
    + "--grain 1 --vocabulary-size 300 --warmup-steps 1 --steps 4"

  /// Runs a line of the shell under this Slurm; `$W` and `$L` are the worker and the launcher,
  /// and `srun --mpi=$MPI` starts ranks that join.
  private func run(_ line: String, environment: [String: String] = [:]) throws -> ProcessResult {
    let variables = [
      "SLURM_CONF": OneNodeSlurm.configuration, "W": worker,
      "L": try BuiltProduct.path("launcher"), "P": Self.pretrain,
      "MPI": isOpenMPI ? "pmix" : "pmi2", "MPIRUN": mpirunWords(ranks: 2)[0],
    ].merging(mpirunPermissions) { $1 }
    return try runProcess(
      "bash", ["-c", line], environment: variables.merging(environment) { $1 }, in: folder.path,
      timeout: 100)
  }

  private func weights(_ run: String) throws -> String {
    try SHA256.hexDigest(ofFile: folder.file("\(run)/checkpoints/step-00000004/model.safetensors"))
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.file(name))
  }

  /// The lines that are not srun's own about exit codes.
  private func lines(_ result: ProcessResult) -> [String] {
    result.errors.split(separator: "\n").map(String.init)
      .filter { !$0.hasPrefix("srun: ") && !$0.hasPrefix("slurmstepd") }
  }

  @Test func tasksThatCanJoinAreTheRanksOfOneTraining() throws {
    try #require(try run("$W $P --run alone").exitCode == 0)
    let result = try run("srun --mpi=$MPI -n 2 $W $P --run run")
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.output == "run: run\n")
    #expect(result.errors.contains("on 2 ranks, steps 1 to 4"), "\(result.errors)")
    #expect(try weights("run") == weights("alone"))
    // The start, four steps and the end: one rank alone writes them.
    let metrics = String(decoding: try folder.read("run/metrics.jsonl"), as: UTF8.self)
    #expect(metrics.split(separator: "\n").count == 6)
  }

  @Test(arguments: ["", isOpenMPI ? "--mpi=pmi2" : "--mpi=pmix"])
  func aStepThatCannotBeJoinedIsRefused(_ option: String) throws {
    let result = try run("srun \(option) -n 2 $W $P --run run")
    #expect(
      lines(result) == [
        "worker: srun: this step of 2 tasks was started without \(isOpenMPI ? "PMIx" : "PMI"), so "
          + "they cannot join; use srun --mpi=\(isOpenMPI ? "pmix" : "pmi2"), or mpirun in "
          + "the batch script, or set PARABLE_ALONE=1 for one rank each"
      ])
    #expect(result.exitCode == 1)
    #expect(!exists("run"))
  }

  /// A script's own worker is alone, and what it starts by mpirun, launcher or srun has two ranks.
  @Test func aBatchScriptStartsOneTrainingEachTime() throws {
    try folder.write(
      """
      #!/bin/bash
      OMPI_MCA_pml=none-such $W $P --run alone || exit 11
      $MPIRUN -n 2 $W $P --run mpirun || exit 12
      $L -n 2 $P --run launcher || exit 13
      srun --mpi=$MPI -n 2 $W $P --run step || exit 14
      """, to: "batch.sh")
    let result = try run("sbatch -W -n 2 -o out -e errors batch.sh")
    let errors = String(decoding: try folder.read("errors"), as: UTF8.self)
    #expect(result.exitCode == 0, "\(result.errors) \(errors)")
    for name in ["mpirun", "launcher", "step"] {
      #expect(try weights(name) == weights("alone"), "\(name)")
    }
    #expect(errors.components(separatedBy: "on 1 rank, ").count == 2, "\(errors)")
    #expect(errors.components(separatedBy: "on 2 ranks, ").count == 4, "\(errors)")
  }

  @Test func mpirunAndLauncherUseAnAllocation() throws {
    let result = try run(
      "salloc -Q -n 2 bash -c '$MPIRUN -n 2 $W $P --run mpirun && $L -n 2 $P --run launcher'")
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(try weights("mpirun") == weights("launcher"))
    #expect(result.errors.components(separatedBy: "on 2 ranks, ").count == 3, "\(result.errors)")
  }

  @Test(.enabled(if: isOpenMPI, "MPICH's mpirun starts more ranks than an allocation has cores"))
  func anAllocationThatIsTooSmallIsSaid() throws {
    let ranks = max(2, ProcessInfo.processInfo.activeProcessorCount)
    let result = try run("salloc -Q -n 1 $MPIRUN -n \(ranks) $W $P --run run")
    try #require(result.exitCode != 0)
    let launched = try run("salloc -Q -n 1 $L -n \(ranks) $P --run run")
    #expect(lines(launched).count == 1, "\(launched.errors)")
    #expect(
      lines(launched).first?.hasPrefix("launcher: -n: \(ranks) ranks for 1 slot on Slurm job ")
        == true,
      "\(launched.errors)")
    #expect(launched.exitCode == 2)
    #expect(!exists("run"))
  }

  /// Without -n there are as many ranks as tasks, whatever cores there are.
  @Test(arguments: [1, 3]) func theLauncherTakesTheSlotsOfTheAllocation(tasks: Int) throws {
    let result = try run("salloc -Q -n \(tasks) $L $P --run run")
    #expect(result.exitCode == 0, "\(result.errors)")
    let ranks = tasks == 1 ? "1 rank" : "\(tasks) ranks"
    #expect(result.errors.contains("on \(ranks), steps 1 to 4"), "\(result.errors)")
    let dry = try run("salloc -Q -n \(tasks) $L --dry-run $P --run other")
    #expect(dry.output.hasPrefix("\(ranks) on 1 host, of \(tasks) slot"), "\(dry.output)")
  }

  /// The recipe that people copy: a batch job that trains, and goes on when it is sent again.
  @Test func theBatchScriptTrainsAndGoesOn() throws {
    let script = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Runs/slurm.sh").path
    let arguments = Self.pretrain.replacing("pretrain ", with: "").replacing(" --steps 4", with: "")
    let bin = URL(fileURLWithPath: worker).deletingLastPathComponent().path
    func submit(_ more: String) throws -> String {
      let result = try run(
        "PARABLE_BIN=\(bin) sbatch -W -n 2 -o out \(script) run \(arguments) \(more)"
      )
      let said = String(decoding: try folder.read("out"), as: UTF8.self)
      #expect(result.exitCode == 0, "\(result.errors) \(said)")
      return said
    }
    let first = try submit("--steps 4 --save-every 2 --stop-after 2")
    #expect(first.contains("on 2 ranks, steps 1 to 2"), "\(first)")
    let second = try submit("--steps 4")
    #expect(second.contains("on 2 ranks, steps 3 to 4"), "\(second)")
    #expect(exists("run/checkpoints/step-00000004"))
  }

  @Test func tasksThatAreAloneOnPurposeDoNotShareARun() throws {
    let result = try run(
      "srun -n 2 $W $P --steps 200 --run run",
      environment: [
        "PARABLE_ALONE": "1", "P": Self.pretrain.replacing(" --steps 4", with: ""),
      ])
    let complaints = lines(result).filter { $0.hasPrefix("worker: ") }
    #expect(complaints.count == 1, "\(result.errors)")
    #expect(complaints.first?.hasPrefix("worker: run: in use by process ") == true)
    #expect(exists("run/checkpoints/step-00000200"))
  }

  @Test func anErrorOnOneTaskEndsAll() throws {
    let result = try run(
      """
      srun --mpi=$MPI -n 2 bash -c 'if [ $SLURM_PROCID = 1 ]; then cd /; fi
      exec $W evaluate --model \(folder.path)/none --corpus c.txt'
      """)
    #expect(result.exitCode != 0)
    #expect(lines(result).filter { $0.hasPrefix("worker: ") }.count == 1, "\(result.errors)")
  }

  @Test func launcherWithinAStepIsRefusedOnce() throws {
    let result = try run("srun --mpi=$MPI -n 2 $L $P --run run")
    #expect(
      lines(result) == [
        "launcher: \(isOpenMPI ? "SLURM_STEP_NUM_TASKS" : "PMI_SIZE"): this is one of 2 ranks "
          + "already; start worker there, or launcher outside"
      ])
    #expect(result.exitCode == 2)
  }
}
