import CParableMPI
import Foundation

/// The folder in which Open MPI makes a file of a window's memory; other MPIs use the default too.
func windowFolder() -> String {
  let folder = text { parable_mpi_control_variable("osc_sm_backing_directory", $0) }
  return folder.isEmpty ? "/dev/shm" : folder
}

/// The memory that the ranks of this host can share.
package enum WindowSpace {
  /// Where it is, and how much of it is free; nil where nothing can be written.
  package static var here: (folder: String, freeBytes: Int?) {
    let folder = windowFolder()
    var status = statvfs()
    guard access(folder, W_OK | X_OK) == 0, statvfs(folder, &status) == 0 else {
      return (folder, nil)
    }
    return (folder, Int(status.f_bavail) * Int(status.f_frsize))
  }
}

/// Asks for the space before MPI does: where one rank of Open MPI finds that it cannot have it, the
/// others wait for ever.
func requireSpace(_ byteCount: Int, in folder: String) throws {
  var status = statvfs()
  guard access(folder, W_OK | X_OK) == 0, statvfs(folder, &status) == 0 else {
    throw SharedMemoryObstacle("nothing can be written to \(folder)")
  }
  let free = Int(status.f_bavail) * Int(status.f_frsize)
  guard free < byteCount + byteCount / 16 else { return }
  throw SharedMemoryObstacle(
    "\(folder) has \(free >> 20) MiB free of the \(byteCount >> 20) MiB wanted")
}

/// Takes all pages of the memory now, and overwrites it with zeros.
///
/// A page that the file system cannot give ends the process that touches it with SIGBUS, except
/// where the kernel touches it: reading zeros into the memory then fails and nothing more.
package func takePages(of memory: UnsafeMutableRawBufferPointer) throws {
  let zeros = open("/dev/zero", O_RDONLY)
  guard zeros >= 0 else { throw SharedMemoryObstacle("/dev/zero cannot be opened") }
  defer { close(zeros) }
  var done = 0
  while done < memory.count {
    let count = read(zeros, memory.baseAddress.map { $0 + done }, memory.count - done)
    guard count > 0 || errno == EINTR else {
      throw SharedMemoryObstacle(
        "there was memory for \(done >> 20) of \(memory.count >> 20) MiB of a window")
    }
    done += max(count, 0)
  }
}
