import Foundation
import ParablePlatform
import TestSupport
import Testing

@Suite struct CoreBindingTests {
  /// The files of a host with two nodes of two cores, each of two threads.
  private func host(allowed: String, olderKernel: Bool = false) throws -> TemporaryFolder {
    let root = try TemporaryFolder()
    var files = [
      "sys/devices/system/cpu/online": "0-7", "sys/devices/system/node/online": "0-1",
      "sys/devices/system/node/node0/cpulist": "0-1,4-5",
      "sys/devices/system/node/node1/cpulist": "2-3,6-7",
      "proc/self/status": "Name:\tx\nCpus_allowed_list:\t\(allowed)\nMems_allowed_list:\t0",
    ]
    let name = olderKernel ? "thread_siblings_list" : "core_cpus_list"
    for processor in 0..<8 {
      files["sys/devices/system/cpu/cpu\(processor)/topology/\(name)"] =
        "\(processor % 4),\(processor % 4 + 4)"
    }
    for (path, text) in files {
      let folder = URL(fileURLWithPath: root.file(path)).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try root.write(text + "\n", to: path)
    }
    return root
  }

  @Test(
    arguments: [
      ("0-7", [0, 1, 2, 3], [0, 1], true), ("0-63", [0, 1, 2, 3], [0, 1], true),
      ("0,4", [0], [0], false), ("6", [2], [1], false), ("1-2", [1, 2], [0, 1], false),
    ] as [(String, [Int], [Int], Bool)], [false, true])
  func coresAndNodesAreThoseOfTheAffinity(
    _ expected: (allowed: String, cores: [Int], nodes: [Int], isWhole: Bool), olderKernel: Bool
  ) throws {
    let root = try host(allowed: expected.allowed, olderKernel: olderKernel)
    let binding = CoreBinding(root: root.path, host: "a", instructionSet: "AVX2")
    #expect(binding.cores == expected.cores)
    #expect(binding.nodes == expected.nodes)
    #expect(binding.isWholeHost == expected.isWhole)
    #expect(binding.hostCoreCount == 4)
    #expect(binding.isBound == (expected.cores.count == 1))
  }

  @Test func aSystemThatTellsNothingHasOneCore() throws {
    let binding = CoreBinding(root: try TemporaryFolder().path)
    #expect(binding.cores == [0])
    #expect(binding.nodes == [])
  }

  /// What another program finds by the system call: the processors of this process.
  @Test func theRealOneIsThatOfNproc() throws {
    let binding = CoreBinding()
    let count = try runProcess("nproc", environment: ["OMP_NUM_THREADS": ""]).output
    let name = try runProcess("hostname").output
    let processors = Int(count.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    #expect(!binding.cores.isEmpty && binding.cores.count <= processors)
    #expect(binding.host == name.trimmingCharacters(in: .whitespacesAndNewlines))
    #expect(binding.instructionSet == Processor.instructionSet)
    let list = try runProcess("lscpu", ["--online", "--parse=CORE"]).output
    let cores = Set(list.split(separator: "\n").filter { !$0.hasPrefix("#") })
    #expect(binding.hostCoreCount == cores.count)
  }

  @Test func aBindingTravelsAsJSON() throws {
    let binding = Self.rank("a", [3])
    let data = try JSONEncoder().encode(binding)
    #expect(try JSONDecoder().decode(CoreBinding.self, from: data) == binding)
  }

  private static func rank(
    _ host: String, _ cores: [Int], _ instructionSet: String = "AVX2"
  ) -> CoreBinding {
    CoreBinding(
      host: host, cores: cores, nodes: [0], hostCoreCount: 4, isWholeHost: cores.count == 4,
      instructionSet: instructionSet)
  }

  private static let all = [0, 1, 2, 3]

  static let jobs: [(ranks: [CoreBinding], notes: [String])] = [
    ([], []), ([rank("a", all)], []), ([rank("a", [0]), rank("a", [1]), rank("b", [0])], []),
    (
      [rank("a", [0]), rank("a", [1]), rank("a", [1]), rank("b", [0])],
      ["a: 3 ranks share 2 cores; use at most 2 ranks there"]
    ),
    (
      [rank("a", [0]), rank("a", [0]), rank("a", all)],
      [
        "a: ranks 0, 1 are all bound to core 0; start them by launcher, or mpirun --bind-to core"
      ]
    ),
    (
      [rank("a", all), rank("a", all), rank("b", all)],
      [
        "a: 2 ranks not bound to a core, so that the system may move them; start them by launcher on "
          + "whole hosts, or mpirun --bind-to core"
      ]
    ),
    (
      (0..<5).map { _ in rank("a", all) } + [rank("b", [0], "AVX-512")],
      [
        "a: 5 ranks share 4 cores; use at most 4 ranks there",
        "hosts: unlike instruction sets, AVX-512 on b, AVX2 on a; use hosts that are alike, or "
          + "PARABLE_INSTRUCTIONS for the least of them on all",
      ]
    ),
  ]

  @Test(arguments: jobs.indices) func whatMakesRanksSlowOrUnequalIsSaid(_ index: Int) {
    #expect(CoreBinding.notes(on: Self.jobs[index].ranks) == Self.jobs[index].notes)
    for note in CoreBinding.notes(on: Self.jobs[index].ranks) { #expect(isMessage(note)) }
  }
}
