import Foundation

/// Where mpirun and its ranks find each other: files in the folder for temporary ones.
///
/// Where these find no space, a rank cannot start and mpirun waits for it for ever.
package struct SessionFolder: Equatable {
  /// The folder.
  package let path: String

  /// What the files take: two of PMIx's of 4 MiB each, which it takes at once, and little a rank.
  package static func byteCount(ranks: Int) -> Int { 9 << 20 + ranks << 13 }

  /// The longest of these files.
  package static let longestFile = 4 << 20

  /// The folder that Open MPI takes in this environment; nil where PMIx is told to make no such
  /// files.
  package init?(environment: [String: String]) {
    guard environment["PMIX_MCA_gds"] == nil else { return nil }
    let names = ["OMPI_MCA_orte_tmpdir_base", "TMPDIR", "TEMP", "TMP"]
    path = names.lazy.compactMap { environment[$0] }.first ?? "/tmp"
  }

  /// Throws unless so many ranks can start there; a folder that is not there is mpirun's to explain.
  func requireSpace(ranks: Int) throws(LaunchError) {
    // PMIx does not survive a file that may not grow, and mpirun then waits for a rank for ever.
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0,
      limit.rlim_cur < rlim_t(Self.longestFile)
    {
      throw .smallFiles(limit: Int(limit.rlim_cur), wanted: Self.longestFile)
    }
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return }
    let free = Int(status.f_bavail) * Int(status.f_frsize)
    let wanted = Self.byteCount(ranks: ranks)
    if free < wanted { throw .noSpace(folder: path, free: free, wanted: wanted) }
  }
}
