import Foundation
import ParableCommandLineInterface
import ParableLaunchEnvironment
import ParableSettings
import ParableTraining

/// The end of a command whose training has stopped and is to be continued; nothing is wrong.
struct StoppedTraining: Error {
  /// How a training is stopped, for help.
  static let explanation =
    "SIGTERM, SIGINT (ctrl-C), SIGHUP, SIGUSR1, SIGUSR2 and SIGXCPU let all ranks finish the step, "
    + "save, and end with 75: to be continued by --resume. A second one, two seconds later or more, "
    + "ends at once. Before the first step there is nothing to save, and they end at once. "
    + "Documentation/RELIABILITY.md has the other exit codes."
}

extension StopSource {
  /// The signals of this process, and a limit on its time: what was asked for, else the time at which
  /// the Slurm job ends, which `note` is told.
  init(
    maxTime: TimeSpan?, environment: [String: String] = ProcessInfo.processInfo.environment,
    note: (String) -> Void
  ) {
    self.init()
    begin = { StopSignals.note() }
    signal = { StopSignals.noted }
    // Of all programs that start ranks, mpirun of Open MPI alone says so before it ends them.
    if environment["OMPI_COMM_WORLD_SIZE"] != nil {
      isWarned = { forgets in
        defer { if forgets { StopSignals.forgetContinued() } }
        return StopSignals.isContinued
      }
      let pause = environment["OMPI_MCA_odls_base_sigkill_timeout"].flatMap { Double($0) } ?? 1
      warningSeconds = max(0, pause) + 2
    }
    if let maxTime {
      deadline = .now + .seconds(maxTime.seconds)
    } else if let seconds = Self.secondsToEndOfSlurmJob(environment) {
      deadline = .now + .seconds(seconds)
      note("the Slurm job ends in \(duration(seconds)): this stops before, as by --max-time")
    }
  }

  /// How long the Slurm job still has, as Slurm from 22.05 on tells a job when it starts; nil outside
  /// of one, and where it has no limit worth the name.
  static func secondsToEndOfSlurmJob(
    _ environment: [String: String], now: Date = .now
  ) -> Double? {
    guard let end = environment["SLURM_JOB_END_TIME"].flatMap({ Double($0) }) else { return nil }
    let seconds = end - now.timeIntervalSince1970
    let year = 366.0 * 86_400
    return seconds > 0 && seconds < year ? seconds : nil
  }
}
