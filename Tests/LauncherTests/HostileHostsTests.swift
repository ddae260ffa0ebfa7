import Foundation
import Fuzzing
import Launcher
import Testing

/// Lists of hosts that nobody has checked: each is read or refused.
@Suite struct HostileHostsTests {
  private static let corpus = [
    "a:64,b:32", "n[08-10,3]:4,login", "r[1-2]n[1-2].x", "n[0-9223372036854775807]",
    "a slots=64 # first\nb slots = 32 max_slots=64\nc:8\n", "4(x2),2(x2)\nn[01-03,7]\n64(x2)\n16",
    "1(x100000),1(x100000)", "n[00001-99999]",
  ].map { Array($0.utf8) }

  @Test func noListEndsTheProcess() {
    let seed = UInt64.random(in: 0..<1 << 32)
    print("HostileHostsTests draws lists with seed \(seed)")
    var mutator = FuzzMutator(seed: seed, corpus: Self.corpus)
    let end = ContinuousClock.now + .seconds(3)
    while .now < end {
      let text = String(decoding: mutator.next(), as: UTF8.self)
      if let hosts = try? HostList.hosts(ofOption: text) { #expect(hosts.count <= 100_000) }
      _ = try? HostList.hosts(ofFile: text, path: "hosts")
      if let names = HostList.names(inRanges: text) { #expect(names.count <= 100_000) }
      let values = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      let names = [
        "SLURM_TASKS_PER_NODE", "SLURM_JOB_NODELIST", "SLURM_JOB_CPUS_PER_NODE",
        "SLURM_CPUS_PER_TASK",
      ]
      var environment = Dictionary(uniqueKeysWithValues: zip(names, values))
      environment["SLURM_JOB_ID"] = "7"
      _ = try? SlurmAllocation(environment)
    }
  }

  /// Repeated counts are refused before they are written out.
  @Test func moreCountsThanHostsAreRefused() {
    let counts = Array(repeating: "1(x100000)", count: 400).joined(separator: ",")
    #expect(throws: HostFault.self) {
      try SlurmAllocation([
        "SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": "n[1-100000]", "SLURM_TASKS_PER_NODE": counts,
      ])
    }
  }
}
