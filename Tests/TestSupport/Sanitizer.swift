import Foundation
import Testing

/// What checks this build while it runs: see `Scripts/check-sanitizers.sh`.
package enum Sanitizer {
  /// Whether this build has the address or the thread sanitizer.
  package static let isActive = has("__asan_init") || isThread

  /// Whether it is the thread sanitizer.
  fileprivate static let isThread = has("__tsan_init")

  private static func has(_ name: String) -> Bool { dlsym(nil, name) != nil }

  /// One of how many cases a test makes that goes through all there are.
  ///
  /// A sanitizer makes each many times as slow. It is odd, so that bits of every place in a byte are
  /// among them.
  package static let share = isActive ? 61 : 1

  /// How many times as long a program may take that a test has started.
  package static let patience = isActive ? 10.0 : 1
}

extension Trait where Self == ConditionTrait {
  /// For tests of how much memory a process has or may have: sanitizers reserve terabytes of addresses, and
  /// keep what is freed.
  package static var measuresMemory: Self {
    .disabled(if: Sanitizer.isActive, "a sanitizer takes memory of its own")
  }

  /// For tests of programs that may not write large files.
  package static var limitsFiles: Self {
    .disabled(if: Sanitizer.isThread, "the thread sanitizer writes a file before a program begins")
  }

  /// For tests of Swift's backtraces.
  package static var printsBacktraces: Self {
    .disabled(
      if: Sanitizer.isActive,
      "the crash handler of Swift's runtime reads whole pages, past the ends of variables")
  }
}
