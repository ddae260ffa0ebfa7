import CParableProcess
import Foundation

/// Prepares the program for its end by a signal: a crash, and SIGQUIT, say one line and end with
/// 128 + the signal's number.
///
/// Swift's runtime would print its backtrace of some hundred lines, and go on after SIGQUIT. With
/// `PARABLE_BACKTRACE=1` it follows the line. Standard input, output and error are open afterwards.
///
/// - Parameters:
///   - program: The program's name.
///   - rank: This process's number among several.
package func prepareForCrashes(program: String, rank: Int? = nil) {
  parable_reserve_standard_descriptors()
  let hasBacktrace = ProcessInfo.processInfo.environment["PARABLE_BACKTRACE"] == "1"
  let place = rank.map { "\(program): rank \($0)" } ?? program
  // Swift's runtime ends so where it has no memory, too.
  let report =
    (hasLimitedMemory ? "try with more memory than ulimit allows, or " : "")
    + "report it with the command line and "
    + (hasBacktrace ? "this backtrace" : "what it prints with PARABLE_BACKTRACE=1")
  for signal in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] {
    let name = "signal \(signal) (\(String(cString: strsignal(signal))))"
    let line =
      signal == SIGQUIT
      ? "\(place): ended by \(name); PARABLE_BACKTRACE=1 shows where it was"
      : "\(place): crashed with \(name); \(report)"
    // Without them it ends all the same.
    _ = parable_last_words(signal, line + "\n", hasBacktrace ? 1 : 0)
  }
}

/// Whether `ulimit -v` or `ulimit -d` holds this process.
private var hasLimitedMemory: Bool {
  [RLIMIT_AS, RLIMIT_DATA].contains { resource in
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0
      && limit.rlim_cur < rlim_t(Int.max)
  }
}
