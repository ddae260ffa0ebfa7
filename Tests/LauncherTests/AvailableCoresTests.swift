import Foundation
import ParablePlatform
import TestSupport
import Testing

@Suite struct AvailableCoresTests {
  /// Files below a root, as the kernel would show them.
  private func cores(_ files: [String: String]) throws -> AvailableCores {
    let root = try TemporaryFolder()
    for (path, text) in files {
      let folder = URL(fileURLWithPath: root.file(path)).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try root.write(text, to: path)
    }
    return AvailableCores(root: root.path)
  }

  private func machine(online: String, allowed: String, siblings: [String] = []) -> [String: String]
  {
    var files = [
      "sys/devices/system/cpu/online": online + "\n",
      "proc/self/status": "Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t\(allowed)\nMems:\t1\n",
    ]
    for (processor, list) in siblings.enumerated() {
      files["sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list"] = list + "\n"
    }
    return files
  }

  @Test func everyProcessorOfTheAffinityCounts() throws {
    let whole = try cores(machine(online: "0-3", allowed: "0-3"))
    #expect(whole.count == 4)
    #expect(whole.isWholeMachine)
    let part = try cores(machine(online: "0-11", allowed: "0-1,8,10-11"))
    #expect(part.count == 5)
    #expect(!part.isWholeMachine)
  }

  @Test func threadsOfOneCoreCountOnce() throws {
    let files = machine(online: "0-3", allowed: "0-3", siblings: ["0,2", "1,3", "0,2", "1,3"])
    let found = try cores(files)
    #expect(found.count == 2)
    #expect(found.isWholeMachine)
  }

  @Test func quotasOfTheGroupAndThoseAboveLimit() throws {
    var files = machine(online: "0-7", allowed: "0-7")
    files["proc/self/cgroup"] = "0::/user/job\n"
    files["sys/fs/cgroup/user/job/cpu.max"] = "max 100000\n"
    #expect(try cores(files).count == 8)
    #expect(try cores(files).isWholeMachine)
    files["sys/fs/cgroup/user/cpu.max"] = "250000 100000\n"
    #expect(try cores(files).count == 2)
    #expect(try !cores(files).isWholeMachine)
    files["sys/fs/cgroup/user/job/cpu.max"] = "50000 100000\n"
    #expect(try cores(files).count == 1)
  }

  @Test func quotasOfTheFirstVersionLimitToo() throws {
    var files = machine(online: "0-7", allowed: "0-7")
    files["proc/self/cgroup"] = "5:memory:/a\n4:cpu,cpuacct:/docker/x\n0::/\n"
    files["sys/fs/cgroup/cpu/cpu.cfs_quota_us"] = "300000\n"
    files["sys/fs/cgroup/cpu/cpu.cfs_period_us"] = "100000\n"
    #expect(try cores(files).count == 3)
    files["sys/fs/cgroup/cpu/cpu.cfs_quota_us"] = "-1\n"
    #expect(try cores(files).count == 8)
  }

  @Test func aSystemThatTellsNothingHasOneCore() throws {
    #expect(try cores([:]).count == 1)
  }
}
