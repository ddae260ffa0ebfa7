/// A file or folder that cannot be read or written: which, why, and what helps.
package struct FileError: Error, Equatable, CustomStringConvertible {
  /// The file or folder.
  package let path: String

  /// What is wrong with it.
  package let failure: SystemFailure

  /// Says what is wrong with `path`.
  package init(_ path: String, _ failure: SystemFailure) {
    self.path = path
    self.failure = failure
  }

  /// What the system said last, about a file that was to be read.
  package static func reading(_ path: String) -> FileError {
    FileError(path, SystemFailure(.reading))
  }

  /// What the system said last, about a file that was to be written.
  package static func writing(_ path: String) -> FileError {
    FileError(path, SystemFailure(.writing))
  }

  /// One line: `where: what; remedy`.
  package var description: String { "\(quoted(path)): \(failure.reason); \(failure.remedy)" }
}
