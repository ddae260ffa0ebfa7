import CParableProcess
import Foundation

/// The signals by which people and batch systems ask a program to end.
package enum StopSignals {
  /// Has them noted from now on instead of ending the program; another one, two seconds after the
  /// first or later, ends it at once.
  ///
  /// What is ignored stays so, such as SIGHUP under nohup.
  package static func note() { parable_note_stops() }

  /// The first that was noted; nil where none was.
  package static var noted: Int32? {
    let signal = parable_noted_stop()
    return signal == 0 ? nil : signal
  }

  /// Lets them end the program again, the one that was noted too.
  package static func obey() { parable_obey_stops() }

  /// Whether SIGCONT came, which must be blocked: Open MPI's mpirun sends it before SIGTERM to the
  /// ranks that it is about to end.
  package static var isContinued: Bool {
    var pending = sigset_t()
    return sigpending(&pending) == 0 && sigismember(&pending, SIGCONT) == 1
  }

  /// Forgets SIGCONT as far as it came.
  package static func forgetContinued() {
    var continuing = sigset_t()
    sigemptyset(&continuing)
    sigaddset(&continuing, SIGCONT)
    var now = timespec()
    while sigtimedwait(&continuing, nil, &now) == SIGCONT {}
  }
}
