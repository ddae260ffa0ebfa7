import Foundation
import Launcher
import ParableCommandLineInterface
import ParableLaunchEnvironment
import ParablePlatform
import TestSupport
import Testing

/// The variables of a Slurm job of two tasks on this machine.
private let allocation = [
  "SLURM_JOBID": "7", "SLURM_JOB_ID": "7", "SLURM_NODELIST": "localhost",
  "SLURM_JOB_NODELIST": "localhost", "SLURM_TASKS_PER_NODE": "2", "SLURM_NNODES": "1",
  "SLURM_JOB_CPUS_PER_NODE": "2",
]

@Suite struct LauncherCommandTests {
  @Test func oneRankRunsWithoutMPI() throws {
    let launcher = try Launcher(
      worker: #"echo "$# $1 $2 $OMP_NUM_THREADS ${OMPI_COMM_WORLD_SIZE-alone}"; exit 7"#)
    let result = try launcher.run(["-n", "1", "a b", "-n"])
    #expect(result.output == "2 a b -n 1 alone\n", "\(result.errors)")
    #expect(result.exitCode == 7)
  }

  @Test(arguments: [
    (["--verbose"], 2, "the command line: no command given; see launcher --help"),
    (["-n", "0", "x"], 2, "the command line: --ranks is '0'; give a whole number of at least 1"),
    (["-n"], 2, "the command line: --ranks has no value; write --ranks N"),
    (
      ["--rank", "2", "x"], 2,
      "the command line: unknown option --rank; the nearest is --ranks, see launcher --help"
    ),
  ])
  func mistakesGetOneLine(_ arguments: [String], _ exitCode: Int32, _ message: String) throws {
    let result = try Launcher(worker: "echo never").run(arguments)
    #expect(result.errors == "launcher: \(message)\n")
    #expect(result.exitCode == exitCode)
    #expect(result.output == "")
  }

  @Test func withoutAnythingItShowsItsHelp() throws {
    let launcher = try Launcher(worker: "echo never")
    let result = try launcher.run([])
    #expect(result.output.contains("\nUsage: launcher [options] COMMAND …\n"))
    #expect(result.exitCode == 0 && result.errors == "")
    #expect(result.output == (try launcher.run(["--help"])).output)
  }

  @Test func whatIsMissingIsNamed() throws {
    let alone = try Launcher()
    let noWorker = try alone.run(["-n", "2", "x"])
    #expect(
      noWorker.errors.replacing(alone.folder.path, with: "F")
        == "launcher: F/worker: no worker; build both programs into one folder\n")
    #expect(noWorker.exitCode == 1)

    let noMPIRun = try Launcher(worker: "echo never")
      .run(["-n", "2", "x"], environment: ["PATH": "/nowhere"])
    #expect(
      noMPIRun.errors
        == "launcher: PATH: no mpirun to start 2 ranks; install \(MPILibrary.linked.mpirunPackage) or use "
        + "-n 1\n")
    #expect(noMPIRun.exitCode == 1)
  }

  @Test(
    arguments: [
      (
        ["-n", "2", "x"], ["OMPI_COMM_WORLD_SIZE": "3"],
        "OMPI_COMM_WORLD_SIZE: this is one of 3 ranks already; start worker there, or launcher outside"
      ),
      (
        ["x"], ["SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "0"],
        "SLURM_STEP_NUM_TASKS: this is one of 2 ranks already; start worker there, or launcher outside"
      ),
      (["x"], ["SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1"], nil),
      (
        ["-n", "2", "generate"], [:], "generate: it runs on one rank only; leave -n out"
      ),
      (
        ["pretrain", "-n", "2"], [:],
        "-n: it stands behind pretrain; write it before: launcher -n 2 pretrain"
      ),
      (
        ["-n", "2", "x"], ["PARABLE_ALONE": "1"],
        "PARABLE_ALONE: it asks for one rank, and -n for 2; leave one of them out"
      ),
      (
        ["--hosts", "a:2", "--hostfile", "f", "x"], [:],
        "--hosts: it does not go with --hostfile; leave one of them out"
      ),
      (
        ["--hostfile", "/no/such/file", "x"], [:],
        "/no/such/file: it cannot be read (no such file); name another file"
      ),
      (
        ["--remote-agent", "a", "x"], [:],
        "--remote-agent: there are no hosts to reach; name them with --hosts"
      ),
      (
        ["-n", "3", "x"], allocation,
        "-n: 3 ranks for 2 slots on Slurm job 7 (localhost:2); give at most -n 2, or 1 slot more"
      ),
      (
        ["--hosts", "b", "x"], allocation,
        "b: it is none of the hosts of Slurm job 7; leave it out, or start outside of the job"
      ),
    ] as [([String], [String: String], String?)])
  func whatWouldStartTheWrongRanksIsRefused(
    _ arguments: [String], _ environment: [String: String], _ message: String?
  ) throws {
    let result = try Launcher(worker: "echo never").run(arguments, environment: environment)
    // Of several ranks one speaks.
    #expect(result.errors == (message.map { "launcher: \($0)\n" } ?? ""))
    #expect(result.output == "")
    #expect(result.exitCode == 2)
  }

  /// Neither needs mpirun.
  @Test(
    arguments: [
      (["generate", "--tokens", "5"], [:]), (["help"], [:]), (["-n", "1", "pretrain"], [:]),
      (["estimate", "--ranks", "8"], [:]), (["pretrain"], ["PARABLE_ALONE": "1"]),
      (["-np", "1", "pretrain"], [:]),
    ] as [([String], [String: String])])
  func commandsForOneRankRunOnOne(_ arguments: [String], _ more: [String: String]) throws {
    let launcher = try Launcher(worker: #"echo "alone: $*""#)
    let result = try launcher.run(arguments, environment: ["PATH": "/nowhere"].merging(more) { $1 })
    let command = arguments.drop { ["-n", "-np", "1"].contains($0) }
    #expect(result.output == "alone: \(command.joined(separator: " "))\n", "\(result.errors)")
    #expect(result.exitCode == 0)
  }

  @Test func anArgumentThatIsNoUTF8IsRefused() throws {
    let launcher = try Launcher(worker: "echo never")
    let result = try runProcess(
      "/bin/sh", ["-c", "exec ./launcher -n 1 decode $(printf 'a\\377')"], in: launcher.folder.path)
    #expect(result.exitCode == 2 && result.output.isEmpty)
    #expect(result.errors.contains("launcher: the command line: argument 4 (a\u{FFFD}) is not"))
  }

  @Test func anOutputThatIsFullIsSaid() throws {
    let launcher = try Launcher()
    let result = try runProcess(
      "/bin/sh", ["-c", "exec ./launcher --help > /dev/full"], in: launcher.folder.path)
    #expect(result.exitCode == 1)
    #expect(
      result.errors == "launcher: standard output: cannot be written (no space left on device); "
        + "send it to a place that takes it\n")
  }

  /// Before mpirun is started, the hosts are asked by the agent; this one asks a launcher beside it.
  @Test(arguments: [
    (#"exec sh -c "$2""#, nil),
    (
      #"sh -c "$2" | sed 's/"worker":"[0-9a-f]*"/"worker":"00"/'"#,
      "far: F/worker is another build than here; put the same build into the same folder of every host"
    ),
    (
      #"exec sh -c "${2%launcher*}none' --describe""#,
      "far: F/launcher is not there, or does not start; put the same build into the same folder of "
        + "every host"
    ),
    (
      "echo 'connection refused' >&2; exit 255",
      "far: it cannot be reached (connection refused); try: F/agent far true"
    ),
  ])
  func otherHostsAreAskedFirst(_ agent: String, _ message: String?) throws {
    let launcher = try Launcher(worker: "echo never")
    let path = try launcher.folder.writeScript(agent, to: "agent")
    let result = try launcher.run(
      ["--hosts", "localhost:1,far", "--remote-agent", path, "--dry-run", "x"])
    let said = result.errors.replacing(launcher.folder.path, with: "F")
    #expect(said == (message.map { "launcher: \($0)\n" } ?? ""))
    #expect(result.exitCode == (message == nil ? 0 : 1))
    let cores = AvailableCores().count
    #expect(
      result.output.hasPrefix(
        "\(cores + 1) ranks on 2 hosts, of \(cores + 1) slots\nlocalhost: rank 0")
        == (message == nil && hasMPIRun), "\(result.output)")
  }

  @Test func aHostDescribesItself() throws {
    let launcher = try Launcher(worker: "echo never")
    let result = try launcher.run(["--describe"])
    let facts = try JSONDecoder().decode(HostFacts.self, from: Data(result.output.utf8))
    #expect(facts.cores == AvailableCores().count)
    let digest = try runProcess("sha256sum", [launcher.folder.file("worker")]).output.prefix(64)
    #expect(facts.worker == String(digest))
  }

  /// A worker that says how its training would be shared out.
  @Test func noMoreRanksThanMicroBatchesAreStarted() throws {
    let launcher = try Launcher(
      worker: """
        [ "$1" = estimate ] || exec echo started
        echo '{"batch": 8, "micro_batch": 8, "training_bytes": 1000000000}'
        """)
    let agent = try launcher.folder.writeScript(#"exec sh -c "$2""#, to: "agent")
    let hosts = ["--hosts", "localhost:3,far:1", "--remote-agent", agent]
    let result = try launcher.run(hosts + ["pretrain"])
    #expect(
      result.errors
        == "launcher: 4 slots, 1 micro-batch: 1 rank is started; use --batch 32, or --micro-batch 2 "
        + "for 4\n")
    #expect(result.output == "started\n")
    let dry = try launcher.run(hosts + ["--dry-run", "-n", "1", "pretrain"])
    #expect(
      dry.output.hasPrefix(
        "1 rank on 1 host, of 4 slots\nlocalhost: rank 0 of 3 slots, memory 1.00 GB of "),
      "\(dry.output)")
    #expect(dry.output.contains("\nmicro-batches: 1, 0 ranks would idle\n"))
    // Who asks for more gets it.
    let more = try launcher.run(hosts + ["--dry-run", "-n", "4", "pretrain"])
    #expect(
      (more.output.contains(
        "\n4 ranks, 1 micro-batch: 3 would idle; use --batch 32, or --micro-batch 2\n"))
        == hasMPIRun, "\(more.output)\(more.errors)")
  }

  @Test func theVersionIsShown() throws {
    let result = try Launcher().run(["--version"])
    #expect(result.output == "launcher \(programVersion)\n")
    #expect(result.exitCode == 0)
  }
}
