import CProcess
import Foundation

/// Starts what a plan says and sees it to its end.
enum Job {
  /// Runs the plan and returns its exit code; a worker alone replaces this process instead.
  static func run(_ plan: LaunchPlan) throws -> Int32 {
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
      return try underMPIRun(path, arguments: [path] + plan.arguments, variables: variables)
    }
  }

  private static func underMPIRun(
    _ path: String, arguments: [String], variables: [String]
  ) throws -> Int32 {
    signal(SIGPIPE, SIG_IGN)
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in passedSignals + [SIGCHLD] { sigaddset(&signals, signal) }
    sigprocmask(SIG_BLOCK, &signals, nil)
    var output: Int32 = -1
    let process = withCStrings(arguments) { arguments in
      withCStrings(variables) { environment in
        parable_spawn_with_parent(path, arguments, environment, &output)
      }
    }
    let signalDescriptor = parable_signal_descriptor(&signals)
    guard process > 0, signalDescriptor >= 0 else {
      let reason = String(cString: strerror(process > 0 ? errno : -process))
      throw LaunchError.cannotStart(path: path, reason: reason)
    }
    var relay = OutputRelay(from: output)
    let exitCode = attend(process, signals: signalDescriptor, relay: &relay)
    // Where nobody reads on, the job was ended for that reason, whatever mpirun makes of it.
    return relay.isRead ? exitCode : 1
  }

  private static let passedSignals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]

  /// Passes signals to the process and its output on until it ends; its exit code.
  private static func attend(
    _ process: pid_t, signals: Int32, relay: inout OutputRelay
  ) -> Int32 {
    while true {
      var waiting = [
        pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        pollfd(fd: relay.source, events: Int16(POLLIN), revents: 0),
      ]
      poll(&waiting, nfds_t(waiting.count), -1)
      if waiting[1].revents != 0, !relay.passOn() {
        // mpirun does not survive a reader that goes away (as `head` does): it is ended in order.
        kill(process, SIGTERM)
      }
      var code: Int32 = 0
      let signal = parable_next_signal(signals, &code)
      var status: Int32 = 0
      if signal == SIGCHLD, waitpid(process, &status, WNOHANG) == process {
        relay.passOnRest()
        let endedBy = status & 0x7f
        return endedBy == 0 ? (status >> 8) & 0xff : 128 + endedBy
      }
      // A key at the terminal reaches mpirun too, as a member of the same process group, and must
      // not reach it twice. What a process sent is for this one alone (its codes are up to 0).
      if passedSignals.contains(signal), code <= 0 { kill(process, signal) }
    }
  }
}

private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies + [nil])
}
