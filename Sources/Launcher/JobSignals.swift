import CParableProcess
import Foundation
import ParableLaunchEnvironment

/// What signals to the launcher mean for the job that it has started.
///
/// A training is asked to stop, by SIGUSR1, which mpirun passes on to the ranks; these finish their
/// step, save and end. Another signal, or the end of their time, ends the job at once, as the first does
/// with any other command.
struct JobSignals {
  /// Those that are not this process's own.
  static let passed = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGXCPU]

  /// How long mpirun may take to end when it is told to: it gives the ranks about two seconds.
  private static let patience = Duration.seconds(10)

  /// What comes sooner after the first is the same request, sent to several processes of a job.
  private static let sameRequest = Duration.seconds(2)

  /// The last signal that came.
  private(set) var last: Int32?

  private let process: pid_t
  private let isMPIRun: Bool

  /// How long a training may take to stop; nil where the command is none.
  private let grace: Duration?
  private var asked: ContinuousClock.Instant?
  private var graceEnd: ContinuousClock.Instant?
  private var deadline: ContinuousClock.Instant?

  init(to process: pid_t, isMPIRun: Bool, grace: Duration?) {
    self.process = process
    self.isMPIRun = isMPIRun
    self.grace = grace
  }

  /// Whether time matters now.
  var isEnding: Bool { graceEnd != nil || deadline != nil }

  /// Takes a signal that came here; returns what to tell the person.
  mutating func take(_ signal: Int32) -> String? {
    guard let grace, signal != SIGQUIT else {
      last = signal
      end(by: signal)
      return nil
    }
    guard let asked else {
      last = signal
      asked = .now
      graceEnd = .now + grace
      kill(process, SIGUSR1)
      return "signal \(signal) (\(String(cString: strsignal(signal)))): the training finishes its "
        + "step and saves; another signal ends it at once"
    }
    guard ContinuousClock.now - asked >= Self.sameRequest, signal != SIGXCPU else { return nil }
    last = signal
    // The ranks take these for the same request once more.
    end(by: [SIGUSR1, SIGUSR2].contains(signal) ? SIGTERM : signal)
    return nil
  }

  /// Ends the job at once.
  mutating func end(by signal: Int32) {
    graceEnd = nil
    // MPICH's mpirun knows nothing of hanging up and of the second for users, and says more than it
    // should about SIGINT; no mpirun ends its ranks in order on SIGXCPU.
    let becomesTerm =
      signal == SIGXCPU
      || MPILibrary.linked == .mpich && [SIGINT, SIGHUP, SIGUSR2].contains(signal)
    let sent = isMPIRun && becomesTerm ? SIGTERM : signal
    kill(process, sent)
    if sent != SIGUSR1, sent != SIGUSR2, deadline == nil { deadline = .now + Self.patience }
  }

  /// Ends the job if it does not end by itself now, as its ranks have said that it will.
  mutating func expectEnd() { if deadline == nil { deadline = .now + Self.patience * 2 } }

  /// Ends what has had its time.
  mutating func keepTime() {
    if let graceEnd, ContinuousClock.now > graceEnd { end(by: SIGTERM) }
    // Where mpirun could not start all ranks it may wait for ever.
    if let deadline, ContinuousClock.now > deadline { kill(process, SIGKILL) }
  }
}
