import CParableProcess
import Foundation
import ParableLaunchEnvironment

/// Starts what a plan says and sees it to its end.
enum Job {
  /// How a job under mpirun ended.
  struct End {
    /// What mpirun ended with, or 128 + the signal that ended it.
    var exitCode: Int32

    /// The last signal that came here and was passed on.
    var signal: Int32?

    /// Whether the worker said itself why it ends.
    var hasWorkerSpoken: Bool

    /// What mpirun had to say, in one line.
    var explanation: String?

    /// Why standard output could not be written, by the system's number.
    var outputFailure: Int32?
  }

  /// Runs the plan; a worker alone replaces this process instead.
  ///
  /// - Parameters:
  ///   - plan: What to start.
  ///   - isVerbose: Whether mpirun's own words are passed on.
  ///   - endsUnread: Whether the job is ended when nobody reads its output any more.
  /// - Returns: How the job ended.
  /// - Throws: ``LaunchError`` where it cannot be started.
  static func run(_ plan: LaunchPlan, isVerbose: Bool, endsUnread: Bool) throws -> End {
    let variables = ProcessInfo.processInfo.environment
      .merging(plan.environment) { _, new in new }
      .map { "\($0.key)=\($0.value)" }
    switch plan.target {
    case .worker(let path):
      withCStrings([path] + plan.arguments) { arguments in
        withCStrings(variables) { environment in
          _ = execve(path, arguments, environment)
        }
      }
      throw LaunchError.cannotStart(path: path, reason: String(cString: strerror(errno)))
    case .mpirun(let path):
      var job = try JobUnderMPIRun(path, arguments: [path] + plan.arguments, variables: variables)
      return job.attend(isVerbose: isVerbose, endsUnread: endsUnread)
    }
  }
}

/// mpirun while it runs.
private struct JobUnderMPIRun {
  private static let passedSignals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]

  /// How long mpirun may take to end when it is told to: it gives the ranks about two seconds.
  private static let patience = Duration.seconds(10)

  private let process: pid_t
  private let signals: Int32
  private var output: OutputRelay
  private var errors: OutputRelay
  private var words = MPIRunWords()
  private var lastSignal: Int32?
  private var deadline: ContinuousClock.Instant?

  init(_ path: String, arguments: [String], variables: [String]) throws {
    signal(SIGPIPE, SIG_IGN)
    // What was ignored when this program started, as nohup has it, stays ignored.
    var waited = sigset_t()
    sigemptyset(&waited)
    for signal in Self.passedSignals where parable_is_ignored(signal) == 0 {
      sigaddset(&waited, signal)
    }
    sigaddset(&waited, SIGCHLD)
    sigprocmask(SIG_BLOCK, &waited, nil)
    var (output, errors): (Int32, Int32) = (-1, -1)
    process = withCStrings(arguments) { arguments in
      withCStrings(variables) { environment in
        parable_spawn_with_parent(path, arguments, environment, &output, &errors)
      }
    }
    signals = parable_signal_descriptor(&waited)
    guard process > 0, signals >= 0 else {
      let reason = String(cString: strerror(process > 0 ? errno : -process))
      throw LaunchError.cannotStart(path: path, reason: reason)
    }
    self.output = OutputRelay(from: output, to: STDOUT_FILENO)
    self.errors = OutputRelay(from: errors, to: STDERR_FILENO)
  }

  /// Passes signals to the process and its output on until it ends.
  mutating func attend(isVerbose: Bool, endsUnread: Bool) -> Job.End {
    while true {
      var waiting = [signals, output.source, errors.source].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      poll(&waiting, nfds_t(waiting.count), deadline == nil ? -1 : 200)
      let wasRead = output.failure == nil
      if waiting[1].revents != 0 { _ = passOutputOn(isVerbose) }
      if waiting[2].revents != 0 { _ = passErrorsOn(isVerbose) }
      // A host that cannot be reached any more keeps mpirun from ending a job that ranks have ended.
      if words.hasWorkerSpoken, deadline == nil { deadline = .now + Self.patience * 2 }
      // mpirun does not survive a reader that goes away (as `head` does): it is ended in order.
      if wasRead, output.failure == EPIPE, endsUnread { tell(SIGTERM) }
      let signal = parable_next_signal(signals)
      if Self.passedSignals.contains(signal) {
        lastSignal = signal
        tell(signal)
      }
      var status: Int32 = 0
      if waitpid(process, &status, WNOHANG) == process {
        return end(status, isVerbose: isVerbose)
      }
      // Where mpirun could not start all ranks it may wait for ever.
      if let deadline, ContinuousClock.now > deadline { kill(process, SIGKILL) }
    }
  }

  private mutating func tell(_ signal: Int32) {
    // MPICH's mpirun ends its ranks on both, and after SIGINT says that all went well.
    let isMPICH = MPILibrary.linked == .mpich
    kill(process, isMPICH && signal == SIGINT ? SIGTERM : signal)
    if signal != SIGUSR1, signal != SIGUSR2, deadline == nil {
      deadline = .now + Self.patience
    }
  }

  /// Passes on what is there; false where nothing is.
  private mutating func passOutputOn(_ isVerbose: Bool) -> Bool {
    guard let bytes = output.next() else { return false }
    let ofRanks = words.ofRanks(output: bytes)
    output.passOn(isVerbose ? bytes : ofRanks)
    return true
  }

  private mutating func passErrorsOn(_ isVerbose: Bool) -> Bool {
    guard let bytes = errors.next() else { return false }
    let ofRanks = words.ofRanks(errors: bytes)
    errors.passOn(isVerbose ? bytes : ofRanks)
    return true
  }

  private mutating func end(_ status: Int32, isVerbose: Bool) -> Job.End {
    while passOutputOn(isVerbose) {}
    while passErrorsOn(isVerbose) {}
    if !isVerbose {
      output.passOn(words.restOfOutput())
      errors.passOn(words.rest())
    }
    let endedBy = status & 0x7f
    return Job.End(
      exitCode: words.signal.map { 128 + $0 }
        ?? (endedBy == 0 ? (status >> 8) & 0xff : 128 + endedBy), signal: lastSignal,
      hasWorkerSpoken: words.hasWorkerSpoken, explanation: words.explanation,
      outputFailure: output.failure)
  }
}

func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies + [nil])
}
