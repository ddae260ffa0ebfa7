import Launcher
import Testing

@Suite struct SlurmAllocationTests {
  @Test func outsideOfAnAllocationThereIsNone() throws {
    #expect(try SlurmAllocation([:]) == nil)
    #expect(try SlurmAllocation(["SLURM_JOB_ID": "7"]) == nil)
    #expect(try SlurmAllocation(["SLURM_CONF": "/etc/slurm.conf"]) == nil)
  }

  /// A list of hosts, tasks and processors per node, and processors of a task.
  @Test(
    arguments: [
      ("n[01-03,7]", "4(x2),2(x2)", nil, nil, ["n01:4", "n02:4", "n03:2", "n7:2"]),
      ("a", "1", "64", nil, ["a:1"]),
      ("a,b", nil, "64(x2)", "16", ["a:4", "b:4"]),
      ("a,b", nil, nil, nil, ["a:1", "b:1"]),
      ("gpu[1-2]-x,login", "8,4,2", "8,4,2", nil, ["gpu1-x:8", "gpu2-x:4", "login:2"]),
    ] as [(String, String?, String?, String?, [String])])
  func hostsHaveTheSlotsThatSlurmGives(
    hosts: String, tasks: String?, processors: String?, taskSize: String?, expected: [String]
  ) throws {
    var environment = ["SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": hosts]
    environment["SLURM_TASKS_PER_NODE"] = tasks
    environment["SLURM_JOB_CPUS_PER_NODE"] = processors
    environment["SLURM_CPUS_PER_TASK"] = taskSize
    let allocation = try #require(try SlurmAllocation(environment))
    #expect(allocation.hosts.map { "\($0.name):\($0.slots ?? 0)" } == expected)
    #expect(allocation.job == "7")
  }

  @Test(
    arguments: [
      (
        "n[1-", "1",
        "SLURM_JOB_NODELIST: 'n[1-' is no list of hosts; unset it and name them with --hosts"
      ),
      (
        "n[1-2]", "4(x3)",
        "SLURM_TASKS_PER_NODE: '4(x3)' is no list of 2 numbers; unset it and name hosts with --hosts"
      ),
      (
        "n[1-2]", "4",
        "SLURM_TASKS_PER_NODE: '4' is no list of 2 numbers; unset it and name hosts with --hosts"
      ),
      (
        "n", "many",
        "SLURM_TASKS_PER_NODE: 'many' is no list of 1 numbers; unset it and name hosts with --hosts"
      ),
    ] as [(String, String, String)])
  func whatCannotBeReadIsNamed(hosts: String, tasks: String, message: String) {
    let fault = #expect(throws: HostFault.self) {
      try SlurmAllocation([
        "SLURM_JOBID": "7", "SLURM_NODELIST": hosts, "SLURM_JOB_NODELIST": hosts,
        "SLURM_TASKS_PER_NODE": tasks,
      ])
    }
    #expect(fault.map { "\($0)" } == message)
  }
}
