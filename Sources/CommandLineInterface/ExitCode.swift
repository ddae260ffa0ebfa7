/// What both programs end with beside 0, 1 (an error, which a line on standard error tells), 2 (wrong
/// usage) and 128 + the number of a signal.
package enum ExitCode {
  /// MPI failed between this rank and others, as it does when one of them or its host is gone, or one
  /// stood still for too long.
  package static let lostRank: Int32 = 69

  /// A training has stopped because it was asked to, and is to be continued by `--resume`.
  package static let toBeContinued: Int32 = 75
}
