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
      var signals = watchedSignals
      sigprocmask(SIG_BLOCK, &signals, nil)
      let process = withCStrings([path] + plan.arguments) { arguments in
        withCStrings(variables) { environment in
          parable_spawn_with_parent(path, arguments, environment)
        }
      }
      guard process > 0 else {
        throw LaunchError.cannotStart(path: path, reason: String(cString: strerror(-process)))
      }
      return waitPassingSignals(to: process)
    }
  }

  private static let passedSignals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]

  private static var watchedSignals: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in passedSignals + [SIGCHLD] { sigaddset(&set, signal) }
    return set
  }

  private static func waitPassingSignals(to process: pid_t) -> Int32 {
    var signals = watchedSignals
    while true {
      var information = siginfo_t()
      let signal = sigwaitinfo(&signals, &information)
      if signal == SIGCHLD {
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == process else { continue }
        let endedBy = status & 0x7f
        return endedBy == 0 ? (status >> 8) & 0xff : 128 + endedBy
      }
      // A key at the terminal reaches mpirun too, as a member of the same process group; a second
      // one would make it end the ranks without giving them time. What a process sent is for this
      // one alone (such signals have codes up to 0).
      if signal > 0, information.si_code <= 0 { kill(process, signal) }
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
