/// What both programs end with beside 0, 1 (an error, which a line on standard error tells), 2 (wrong
/// usage) and 128 + the number of a signal.
package enum ExitCode {
  /// MPI failed between this rank and others, as it does when one of them or its host is gone, or one
  /// stood still for too long.
  package static let lostRank: Int32 = 69

  /// A training has stopped because it was asked to, and is to be continued by `--resume`.
  package static let toBeContinued: Int32 = 75
}

/// How a job's first rank tells the launcher that the job has ended in order, and with which code,
/// where mpirun does not pass the code on.
package enum ToldEnd {
  /// The variable that asks for it, by `1`.
  package static let variable = "PARABLE_TELL_END"

  /// The line on standard error, without its end.
  package static func line(_ exitCode: Int32) -> String { "[\(words) \(exitCode)]" }

  /// The code that such a line tells; nil where it is another line.
  package static func exitCode(in line: some StringProtocol) -> Int32? {
    let start = "[\(words) "
    guard line.hasPrefix(start), line.hasSuffix("]") else { return nil }
    return Int32(line.dropFirst(start.count).dropLast())
  }

  private static let words = "worker: the job ends with"
}
