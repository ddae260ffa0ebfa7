import Foundation

/// The implementations of MPI that the package can be built with.
package enum MPILibrary: Equatable, Sendable {
  /// Open MPI, whose ranks find each other by PMIx.
  case openMPI

  /// MPICH, whose ranks find each other by PMI.
  case mpich

  /// The one of this build, which `PARABLE_MPI` chose.
  package static var linked: MPILibrary {
    #if MPICH
    .mpich
    #else
    .openMPI
    #endif
  }

  /// The names of its mpirun, the surest first: where several are installed, `mpirun` is any one's.
  package var mpirunNames: [String] {
    switch self {
    case .openMPI: ["mpirun.openmpi", "mpirun"]
    case .mpich: ["mpirun.mpich", "mpiexec.hydra"]
    }
  }

  /// Debian's package of its mpirun.
  package var mpirunPackage: String {
    switch self {
    case .openMPI: "openmpi-bin"
    case .mpich: "mpich"
    }
  }

  /// Its mpirun in the folders of a search path; nil where there is none.
  package func mpirun(on path: String?) -> String? {
    let folders = (path ?? "").split(separator: ":")
    return folders.lazy.flatMap { folder in mpirunNames.map { "\(folder)/\($0)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
