import Foundation
import Synchronization

/// What happens where the system refuses memory in the middle of a computation.
///
/// Nothing can go on without it, and nobody could do anything but end: so no function that needs
/// memory throws, and the process ends here.
package enum OutOfMemory {
  private static let handler = Mutex<@Sendable (_ byteCount: Int) -> Never> { byteCount in
    fatalExit(byteCount)
  }

  /// Has `body` say that so many bytes were not to be had, and end the process.
  package static func handle(by body: @escaping @Sendable (_ byteCount: Int) -> Never) {
    handler.withLock { $0 = body }
  }

  /// Ends the process where so many more bytes cannot be had, before the first of them is asked for.
  package static func require(byteCount: Int) {
    let limit = MemoryLimit.ofMachine.bytes
    guard byteCount <= MemoryLimit.current.bytes,
      byteCount <= limit - min(limit, used.load(ordering: .relaxed))
    else { end(byteCount: byteCount) }
  }

  /// What large allocations have in use; all of it is written to, so that the machine has to have it.
  private static let used = Atomic<Int>(0)

  /// Smaller allocations are not counted: they are many, and together little.
  private static let counted = 1 << 20

  /// Counts an allocation that is about to be made; false where the machine does not have so much:
  /// the system would hand out the addresses and then end a process that uses them.
  static func take(byteCount: Int) -> Bool {
    guard byteCount >= counted else { return true }
    let limit = MemoryLimit.ofMachine.bytes
    // What does not fit alone is not added, so that the sum stays a number.
    return byteCount <= limit && used.add(byteCount, ordering: .relaxed).newValue <= limit
  }

  /// Counts that an allocation is gone.
  static func giveBack(byteCount: Int) {
    if byteCount >= counted { used.subtract(byteCount, ordering: .relaxed) }
  }

  static func end(byteCount: Int) -> Never {
    let body = handler.withLock { $0 }
    body(byteCount)
  }

  /// The end of a program that has said nothing about it.
  private static func fatalExit(_ byteCount: Int) -> Never {
    FileHandle.standardError.write(Data("no memory for \(byteCount) bytes\n".utf8))
    exit(1)
  }
}
