import CParableMPI
import Foundation

/// The folder in which Open MPI makes a file of a window's memory; other MPIs use the default too.
func windowFolder() -> String {
  let standard = "/dev/shm"
  var (provided, index, count): (Int32, Int32, Int32) = (0, 0, 0)
  guard MPI_T_init_thread(Int32(MPI_THREAD_SINGLE), &provided) == MPI_SUCCESS else {
    return standard
  }
  defer { MPI_T_finalize() }
  var handle: MPI_T_cvar_handle?
  guard MPI_T_cvar_get_index("osc_sm_backing_directory", &index) == MPI_SUCCESS,
    MPI_T_cvar_handle_alloc(index, nil, &handle, &count) == MPI_SUCCESS
  else { return standard }
  defer { MPI_T_cvar_handle_free(&handle) }
  return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(count) + 1) { text in
    text.initialize(repeating: 0)
    guard MPI_T_cvar_read(handle, text.baseAddress) == MPI_SUCCESS else { return standard }
    let path = String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    return path.isEmpty ? standard : path
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
