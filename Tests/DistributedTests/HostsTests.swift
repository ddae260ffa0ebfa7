import Foundation
import ParablePlatform
import TestSupport
import Testing

/// Trainings on two hosts that the launcher is told, reached by an agent in place of ssh.
@Suite(
  .serialized, .enabled(if: TwoHosts.obstacle == nil, TwoHosts.obstacle ?? ""), .twoHosts)
struct HostsTests {
  let folder: TemporaryFolder
  private let worker: String

  init() throws {
    folder = try TemporaryFolder.withStories()
    worker = try BuiltProduct.path("worker")
  }

  private static let pretrain =
    "pretrain --corpus c.txt --layers 1 --width 16 --heads 2 --hidden 24 --context 16 --batch 4 "
    + "--micro-batch 1 --vocabulary-size 300 --warmup-steps 1 --save-every 4"

  /// Runs a line of the shell; `$W` and `$L` are worker and launcher, `$H` the script of the hosts,
  /// `$AGENT` what reaches them, `$A` and `$B` their names, `$P` a training, `$E` what runs something on the first.
  func run(_ line: String, environment: [String: String] = [:]) throws -> ProcessResult {
    let variables = [
      "AGENT": try TwoHosts.agent(in: folder), "W": worker, "L": try BuiltProduct.path("launcher"),
      "H": TwoHosts.script,
      "A": TwoHosts.hosts[0].name, "B": TwoHosts.hosts[1].name, "P": Self.pretrain,
      "E": "\(TwoHosts.script) exec \(TwoHosts.hosts[0].name)", "OMPI_MCA_mpi_yield_when_idle": "1",
      "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    ]
    return try runProcess(
      "bash", ["-c", line], environment: variables.merging(environment) { $1 }, in: folder.path,
      timeout: 100)
  }

  func digests(_ run: String, step: Int = 4) throws -> [String] {
    let checkpoint = "checkpoints/step-" + "0000000\(step)".suffix(8)
    return try [
      "\(checkpoint)/model.safetensors", "\(checkpoint)/optimizer.safetensors",
      "tokenizer/tokenizer.json",
    ].map { try SHA256.hexDigest(ofFile: folder.file("\(run)/\($0)")) }
  }

  /// The result is that of one rank, by names from one of the hosts and by addresses from outside.
  @Test func ranksOfTwoHostsGiveTheBitsOfOne() throws {
    try #require(try run("$W $P --steps 4 --run alone").exitCode == 0)
    let named = try run(
      #"$E $L --hosts $A:2,$B:1 --remote-agent "$AGENT" $P --steps 4 --run named"#)
    #expect(named.exitCode == 0, "\(named.errors)")
    #expect(named.output == "run: named\n")
    #expect(named.errors.contains("on 3 ranks, steps 1 to 4"), "\(named.errors)")
    #expect(try digests("named") == digests("alone"))

    let addresses = TwoHosts.hosts.map(\.address)
    try folder.write("\(addresses[0]) slots=2\n\(addresses[1]):1 # one\n", to: "hosts")
    let network = addresses[0].split(separator: ".").dropLast().joined(separator: ".") + ".0/24"
    let outside = try run(
      #"$L --hostfile hosts --remote-agent "$AGENT" $P --steps 4 --run outside"#,
      environment: [
        "OMPI_MCA_btl_tcp_if_include": network, "OMPI_MCA_oob_tcp_if_include": network,
        // No host knows the name of this one: MPICH's mpirun is to give them the address of this card.
        "HYDRA_IFACE": "\(TwoHosts.hosts[0].name.dropLast())br",
      ])
    #expect(outside.exitCode == 0, "\(outside.errors)")
    #expect(outside.errors.contains("on 3 ranks, steps 1 to 4"), "\(outside.errors)")
    #expect(try digests("outside") == digests("alone"))
  }

  /// Ranks refuse to work together where one has another instruction set.
  @Test func variablesReachTheRanksOfBoth() throws {
    let result = try run(
      #"$E $L --hosts $A:1,$B:1 --remote-agent "$AGENT" $P --steps 1 --run run"#,
      environment: ["PARABLE_INSTRUCTIONS": "baseline"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.errors.contains("on 2 ranks"), "\(result.errors)")
  }

  @Test func aDryRunSaysWhatGoesWhere() throws {
    let cores = try run("$E $L --describe | grep -o '\"cores\":[0-9]*' | cut -d : -f 2").output
    let count = try #require(Int(cores.trimmingCharacters(in: .whitespacesAndNewlines)))
    let result = try run(
      #"$E $L --dry-run --hosts $A,$B --remote-agent "$AGENT" $P --batch 128 --run run"#)
    let (a, b) = (TwoHosts.hosts[0].name, TwoHosts.hosts[1].name)
    #expect(result.exitCode == 0, "\(result.errors)")
    let option = isOpenMPI ? "--host" : "-hosts"
    #expect(
      result.output.hasPrefix("\(2 * count) ranks on 2 hosts, of \(2 * count) slots\n\(a): "),
      "\(result.output)")
    #expect(result.output.contains("\n\(b): "))
    #expect(result.output.contains(" \(option) \(a):\(count),\(b):\(count) "), "\(result.output)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("run")))
  }

  @Test(
    arguments: [
      (
        #"--hosts $A:1,nowhere:1 --remote-agent "$AGENT""#,
        "nowhere: it cannot be reached (hosts: nowhere: no such host; see SCRIPT up); try: SCRIPT agent "
          + "nowhere true", 1
      ),
      (
        #"-n 4 --hosts $A:2,$B:1 --remote-agent "$AGENT""#,
        "-n: 4 ranks for 3 slots on A:2,B:1; give at most -n 3, or 1 slot more", 2
      ),
    ] as [(String, String, Int32)])
  func hostsThatCannotBeUsedAreSaid(_ options: String, _ message: String, _ code: Int32) throws {
    let result = try run("$E $L \(options) $P --steps 4 --run run")
    let said = try result.errors.replacing(TwoHosts.agent(in: folder), with: "SCRIPT agent")
      .replacing(TwoHosts.script, with: "SCRIPT")
      .replacing(TwoHosts.hosts[0].name, with: "A").replacing(TwoHosts.hosts[1].name, with: "B")
    #expect(said == "launcher: \(message)\n")
    #expect(result.exitCode == code)
    #expect(!FileManager.default.fileExists(atPath: folder.file("run")))
  }

  /// Each host has a /dev/shm of its own.
  @Test func aFolderThatOneHostDoesNotSeeIsSaid() throws {
    let result = try run(
      #"$E $L --hosts $A:2,$B:1 --remote-agent "$AGENT" $P --steps 4 --run /dev/shm/run --quiet"#)
    let name = TwoHosts.hosts[1].name
    #expect(
      result.errors.split(separator: "\n").filter { $0.hasPrefix("worker: ") } == [
        "worker: /dev/shm/run: host \(name) does not see this folder; name one that all hosts share"
      ], "\(result.errors)")
    #expect(result.exitCode == 1)
  }

  /// Whether a rank dies or the launcher does, nobody stays behind on either host.
  @Test(arguments: [
    ("kill -KILL $PLACE", 137 as Int32),
    ("kill -TERM $LAUNCHER", 75), ("kill -KILL $LAUNCHER", 137),
  ])
  func theJobEndsOnBothHosts(_ blow: String, _ code: Int32) throws {
    let result = try run(
      """
      $E $L --hosts $A:1,$B:1 --remote-agent "$AGENT" $P --steps 10000000 --run run > said 2>&1 &
      LAUNCHER=$!
      until [ "$(wc -l 2> /dev/null < run/metrics.jsonl)" -ge 3 ] 2> /dev/null; do
        kill -0 $LAUNCHER || exit 99
        sleep 0.05
      done
      # A process of the second host that is one of its ranks.
      PLACE=$(for process in $(ip netns pids $B); do
        [ "$(cat /proc/$process/comm)" != worker ] || echo $process
      done | head -n 1)
      \(blow)
      wait $LAUNCHER
      code=$?
      for attempt in {1..200}; do
        [ -n "$(ip netns pids $A)$(ip netns pids $B)" ] || break
        sleep 0.1
      done
      ip netns pids $A
      ip netns pids $B
      exit $code
      """)
    let said = String(decoding: try folder.read("said"), as: UTF8.self)
    // MPICH's mpirun fails where it ends the ranks of one host for those of another.
    let codes = isOpenMPI || code != 137 ? [code] : [code, 255]
    #expect(codes.contains(result.exitCode), "\(said)")
    #expect(result.output == "")
  }

  /// What is said of rank 3, on the second host, where a line of the shell is run during a training.
  private func stall(by line: String) throws -> ProcessResult {
    try StallTests.end(
      #"$E $L --hosts $A:2,$B:2 --remote-agent "$AGENT""#, rank: 3, by: line, in: folder,
      environment: [
        "AGENT": try TwoHosts.agent(in: folder), "H": TwoHosts.script, "A": TwoHosts.hosts[0].name,
        "B": TwoHosts.hosts[1].name,
        "E": "\(TwoHosts.script) exec \(TwoHosts.hosts[0].name)",
      ])
  }

  @Test func aStoppedRankOfTheOtherHostIsNamed() throws {
    let result = try stall(by: "kill -STOP $p")
    #expect(result.exitCode == 69)
    let name = TwoHosts.hosts[1].name
    #expect(
      result.errors.contains("rank 3 on host \(name): it has stood still"), "\(result.errors)")
  }

  @Test func aCutLinkEndsTheJobOnBothHosts() throws {
    let result = try stall(
      by: "$H exec $B ip link set eth0 down; trap '$H exec $B ip link set eth0 up' EXIT")
    #expect(result.exitCode != 0 && result.exitCode != 99)
    let name = TwoHosts.hosts[1].name
    #expect(
      result.errors.contains("host \(name): its ranks (2, 3) have not been heard of for 3 s"),
      "\(result.errors)")
    #expect(!result.output.contains("left"), "\(result.output)")
  }
}
