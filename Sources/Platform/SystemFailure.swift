import Foundation

/// Why the operating system did not read or write a file, and what helps against it.
///
/// The words of the C library name the cause and no remedy, and "no such file" is another matter
/// for a file that is to be read than for one that is to be made.
package struct SystemFailure: Equatable, Sendable {
  /// What was to be done.
  package enum Task: Sendable { case reading, writing }

  /// What is wrong: `no space left on device`.
  package let reason: String

  /// What to do about it: `free space or choose another place`.
  package let remedy: String

  /// A failure in words of our own.
  package init(reason: String, remedy: String) {
    self.reason = reason
    self.remedy = remedy
  }

  /// The failure with this number, that of the last system call where none is given.
  package init(_ task: Task, code: Int32 = errno) {
    reason =
      switch (code, task) {
      case (ENOENT, .reading): "no such file"
      case (ENOENT, .writing): "no such folder"
      case (EISDIR, _): "it is a folder"
      case (ENOTDIR, _): "a part of this path is no folder"
      default: String(cString: strerror(code)).lowercased()
      }
    remedy =
      switch (code, task) {
      case (ENOENT, .reading): "check the name"
      case (ENOENT, .writing): "make the folder or choose another place"
      case (EISDIR, _): "name a file"
      case (ENOTDIR, _): "check the name"
      case (EACCES, .reading), (EPERM, .reading): "ask for permission to read it"
      case (EACCES, .writing), (EPERM, .writing), (EROFS, _):
        "choose a place that you may write to"
      case (ENOSPC, _), (EDQUOT, _): "free space or choose another place"
      case (EFBIG, _): "raise the limit on the size of files (ulimit -f)"
      case (EMFILE, _), (ENFILE, _): "raise the limit on open files (ulimit -n)"
      case (ENAMETOOLONG, _): "give a shorter name"
      case (ENOMEM, _): "free memory"
      case (EIO, _): "check the disk"
      case (_, .reading): "check the name and its permissions"
      case (_, .writing): "choose another place"
      }
  }

  /// The failure behind an error that Foundation threw; its own sentences name neither.
  package init(_ task: Task, _ error: any Error) {
    var cause: NSError? = error as NSError
    while let found = cause, found.domain != NSPOSIXErrorDomain {
      cause = (found.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError }
    }
    self.init(task, code: cause.map { Int32($0.code) } ?? EIO)
  }
}
