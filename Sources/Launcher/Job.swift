import CParableProcess
import Foundation
import ParableLaunchEnvironment

/// Starts what a plan says and sees it to its end.
enum Job {
  /// How a job is attended to.
  struct Care {
    /// Whether mpirun's own words are passed on.
    var isVerbose: Bool

    /// Whether the job is ended when nobody reads its output any more.
    var endsUnread: Bool

    /// How long a training may take to stop when it is asked to; nil where the command is none.
    var grace: Duration?

    /// Whether this process stays beside a worker that is alone.
    var staysBesideOne: Bool
  }

  /// How a job under mpirun ended.
  struct End {
    /// What the job ended with, or 128 + the signal that ended it, as far as mpirun tells.
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
  /// - Returns: How the job ended.
  /// - Throws: ``LaunchError`` where it cannot be started.
  static func run(_ plan: LaunchPlan, _ care: Care) throws -> End {
    let variables = ProcessInfo.processInfo.environment
      .merging(plan.environment) { _, new in new }
      .map { "\($0.key)=\($0.value)" }
    switch plan.target {
    case .worker(let path) where !care.staysBesideOne:
      withCStrings([path] + plan.arguments) { arguments in
        withCStrings(variables) { environment in
          _ = execve(path, arguments, environment)
        }
      }
      throw LaunchError.cannotStart(path: path, reason: String(cString: strerror(errno)))
    case .mpirun(let path), .worker(let path):
      var job = try RunningJob(
        path, arguments: [path] + plan.arguments, variables: variables,
        isMPIRun: plan.target == .mpirun(path), care)
      return job.attend()
    }
  }
}

/// mpirun, or a worker that is alone, while it runs.
private struct RunningJob {
  private let process: pid_t
  private let isMPIRun: Bool
  private let care: Job.Care
  private let arriving: Int32
  private var signals: JobSignals
  private var output: OutputRelay
  private var errors: OutputRelay
  private var words = MPIRunWords()

  init(
    _ path: String, arguments: [String], variables: [String], isMPIRun: Bool, _ care: Job.Care
  ) throws {
    self.isMPIRun = isMPIRun
    self.care = care
    signal(SIGPIPE, SIG_IGN)
    // What was ignored when this program started, as nohup has it, stays ignored.
    var waited = sigset_t()
    sigemptyset(&waited)
    for signal in JobSignals.passed where parable_is_ignored(signal) == 0 {
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
    arriving = parable_signal_descriptor(&waited)
    guard process > 0, arriving >= 0 else {
      let reason = String(cString: strerror(process > 0 ? errno : -process))
      throw LaunchError.cannotStart(path: path, reason: reason)
    }
    signals = JobSignals(to: process, isMPIRun: isMPIRun, grace: care.grace)
    self.output = OutputRelay(from: output, to: STDOUT_FILENO)
    self.errors = OutputRelay(from: errors, to: STDERR_FILENO)
  }

  /// Passes signals to the process and its output on until it ends.
  mutating func attend() -> Job.End {
    defer { close(arriving) }
    while true {
      var waiting = [arriving, output.source, errors.source].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      poll(&waiting, nfds_t(waiting.count), signals.isEnding ? 200 : -1)
      let wasRead = output.failure == nil
      if waiting[1].revents != 0 { _ = passOutputOn() }
      if waiting[2].revents != 0 { _ = passErrorsOn() }
      // A host that cannot be reached any more keeps mpirun from ending a job that ranks have ended.
      if words.hasWorkerSpoken { signals.expectEnd() }
      // mpirun does not survive a reader that goes away (as `head` does): it is ended in order.
      if wasRead, output.failure == EPIPE, care.endsUnread { signals.end(by: SIGTERM) }
      let signal = parable_next_signal(arriving)
      if JobSignals.passed.contains(signal), let note = signals.take(signal) {
        errors.passOn([UInt8]("\(LauncherCommand.program): \(note)\n".utf8))
      }
      var status: Int32 = 0
      if waitpid(process, &status, WNOHANG) == process {
        return end(status)
      }
      signals.keepTime()
    }
  }

  /// Passes on what is there; false where nothing is.
  private mutating func passOutputOn() -> Bool {
    guard let bytes = output.next() else { return false }
    let ofRanks = words.ofRanks(output: bytes)
    output.passOn(care.isVerbose ? bytes : ofRanks)
    return true
  }

  private mutating func passErrorsOn() -> Bool {
    guard let bytes = errors.next() else { return false }
    let ofRanks = words.ofRanks(errors: bytes)
    errors.passOn(care.isVerbose ? bytes : ofRanks)
    return true
  }

  private mutating func end(_ status: Int32) -> Job.End {
    while passOutputOn() {}
    while passErrorsOn() {}
    if !care.isVerbose {
      output.passOn(words.restOfOutput())
      errors.passOn(words.rest())
    }
    let endedBy = status & 0x7f
    let exitCode = endedBy == 0 ? (status >> 8) & 0xff : 128 + endedBy
    return Job.End(
      exitCode: isMPIRun
        ? words.exitCode(ofMPIRun: exitCode, after: signals.last) : exitCode, signal: signals.last,
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
