import Foundation
import ParableLaunchEnvironment
import ParablePlatform

/// Why a job cannot be started, or how it ended otherwise than by an exit of its own.
package enum LaunchError: Error, Equatable {
  case noMPIRun(rankCount: Int)
  case noWorker(path: String)
  case insideJob(ranks: Int, variable: String)
  case oneRankOnly(command: String)
  case alone(rankCount: Int)
  case ranksBehindCommand(option: String, ranks: String, command: String)
  case restartsOfNoTraining(command: String)
  case restartsWithoutFolder(option: String)
  case noSpace(folder: String, free: Int, wanted: Int)
  case smallFiles(limit: Int, wanted: Int)
  case cannotStart(path: String, reason: String)
  case hosts(HostFault)
  case stopped(signal: Int32)
  case rankEnded(signal: Int32)
  case mpirunFailed(exitCode: Int32, explanation: String?)
  case outputFailed(reason: String)
}

extension LaunchError {
  /// What the launcher ends with: as the job did, else 1, or 2 for wrong usage.
  package var exitCode: Int32 {
    switch self {
    case .stopped(let signal), .rankEnded(let signal): 128 + signal
    case .mpirunFailed(let exitCode, _): exitCode
    case .hosts(let fault): fault.exitCode
    case .insideJob, .oneRankOnly, .alone, .ranksBehindCommand, .restartsOfNoTraining,
      .restartsWithoutFolder:
      2
    case .noMPIRun, .noWorker, .noSpace, .smallFiles, .cannotStart, .outputFailed: 1
    }
  }
}

extension LaunchError: CustomStringConvertible {
  /// Where, what, and what to do, in one line.
  package var description: String {
    switch self {
    case .noMPIRun(let rankCount):
      "PATH: no mpirun to start \(rankCount) ranks; install \(MPILibrary.linked.mpirunPackage) "
        + "or use -n 1"
    case .noWorker(let path):
      "\(quoted(path)): no worker; build both programs into one folder"
    case .insideJob(let ranks, let variable):
      "\(variable): this is one of \(ranks) ranks already; start worker there, or launcher outside"
    case .oneRankOnly(let command):
      "\(quoted(command)): it runs on one rank only; leave -n out"
    case .alone(let rankCount):
      "PARABLE_ALONE: it asks for one rank, and -n for \(rankCount); leave one of them out"
    case .ranksBehindCommand(let option, let ranks, let command):
      "\(option): it stands behind \(command); write it before: launcher -n \(ranks) \(command)"
    case .restartsOfNoTraining(let command):
      "--restarts: \(quoted(command)) is no training, which alone has checkpoints; leave it out"
    case .restartsWithoutFolder(let option):
      "--restarts: the training's folder is not named, so nothing can go on with it; add \(option) DIR"
    case .noSpace(let folder, let free, let wanted):
      "\(quoted(folder)): it has \(megabytes(free)) free of the \(megabytes(wanted)) that mpirun wants; "
        + "free some, or set TMPDIR to another folder"
    case .smallFiles(let limit, let wanted):
      "ulimit -f: it allows files of \(megabytes(limit)), and mpirun wants one of \(megabytes(wanted)); "
        + "raise it"
    case .cannotStart(let path, let reason):
      "\(quoted(path)): it cannot be started (\(reason)); check its permissions"
    case .hosts(let fault): fault.description
    case .stopped(let signal):
      "the job: stopped by \(name(of: signal)); a training goes on from its last checkpoint with --resume"
    case .rankEnded(let signal):
      "the job: a rank was ended by \(name(of: signal)); \(advice(on: signal))"
    case .mpirunFailed(let exitCode, let explanation):
      "mpirun: it ended with \(exitCode) and said: \(explanation ?? "nothing"); see --verbose"
    case .outputFailed(let reason):
      "standard output: cannot be written (\(reason)); send it to a place that takes it"
    }
  }

  private func name(of signal: Int32) -> String {
    "signal \(signal) (\(String(cString: strsignal(signal))))"
  }

  private func advice(on signal: Int32) -> String {
    switch signal {
    case SIGKILL: "look for lack of memory, or who sent it"
    case SIGXFSZ: "raise the limit on the size of files (ulimit -f)"
    case SIGBUS: "look for lack of memory, also in /dev/shm"
    case SIGSEGV, SIGILL, SIGABRT, SIGFPE, SIGTRAP:
      "report it with the command line and what it prints with PARABLE_BACKTRACE=1"
    default: "look who sent it"
    }
  }

  private func megabytes(_ bytes: Int) -> String {
    String(format: "%.1f MB", Double(bytes) / 1e6)
  }
}
