/// The program that starts ranks, of which there are several with options of their own.
package struct MPIRun: Equatable {
  /// Whose it is.
  package enum Flavour: Equatable {
    case openMPI(major: Int)

    /// MPICH's, also Intel's.
    case hydra
  }

  /// Where it is.
  package let path: String

  package let flavour: Flavour

  package init(path: String, flavour: Flavour = .openMPI(major: 4)) {
    self.path = path
    self.flavour = flavour
  }
}

extension MPIRun.Flavour {
  /// Reads what `mpirun --version` prints; what is not known is taken for Open MPI 4.
  package init(version: String) {
    if version.contains("HYDRA") || version.contains("Intel(R) MPI") {
      self = .hydra
    } else {
      let major = version.firstMatch(of: /\(Open MPI\) ([0-9]+)\./).flatMap { Int($0.1) }
      self = .openMPI(major: major ?? 4)
    }
  }

  /// Options that bind each rank to a core of its own.
  ///
  /// On one host `isStrict`: more ranks than cores are refused, since the plan has counted them. Other
  /// hosts may have fewer cores than slots, and Open MPI 4 then ends in words about a lost daemon;
  /// ranks that share a core say so themselves when they start.
  func binding(isStrict: Bool) -> [String] {
    switch self {
    case .openMPI:
      isStrict
        ? ["--map-by", "core", "--bind-to", "core"]
        : ["--map-by", "slot", "--bind-to", "core:overload-allowed"]
    case .hydra: ["-bind-to", "core"]
    }
  }

  /// Options for ranks that go where the system puts them, more than there are cores if need be.
  var noBinding: [String] {
    switch self {
    case .openMPI: ["--oversubscribe", "--bind-to", "none"]
    case .hydra: ["-bind-to", "none"]
    }
  }

  /// Options that name the hosts.
  func hosts(_ hosts: [LaunchHost]) -> [String] {
    let list = hosts.map { "\($0.name):\($0.slots ?? 1)" }.joined(separator: ",")
    return [self == .hydra ? "-hosts" : "--host", list]
  }

  /// Options that reach other hosts by this command instead of ssh, also where a batch system
  /// would start the daemons.
  func agent(_ command: String) -> [String] {
    switch self {
    // Version 5 has given its launcher of daemons to PRRTE, which calls it ssh.
    case .openMPI(let major) where major >= 5:
      ["--prtemca", "plm", "ssh", "--prtemca", "plm_ssh_agent", command]
    case .openMPI: ["--mca", "plm", "rsh", "--mca", "plm_rsh_agent", command]
    case .hydra: ["-launcher", "ssh", "-launcher-exec", command]
    }
  }

  /// Options that hand variables of this environment to ranks of other hosts; hydra hands on all.
  func variables(_ names: [String]) -> [String] {
    self == .hydra ? [] : names.flatMap { ["-x", $0] }
  }

  /// Variables that make messages between hosts faster.
  ///
  /// Open MPI asks a receiver first before it sends more than this by TCP, and links stand idle while it
  /// waits. Receivers of pieces of 256 KiB expect a few of them: there is room.
  var tuning: [String: String] {
    guard self != .hydra else { return [:] }
    return [
      "OMPI_MCA_btl_tcp_eager_limit": "300000", "OMPI_MCA_btl_tcp_rndv_eager_limit": "300000",
    ]
  }

  /// Options of Open MPI that are none of hydra's.
  func ifOpenMPI(_ options: [String]) -> [String] { self == .hydra ? [] : options }
}
