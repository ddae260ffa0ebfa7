import Launcher
import TestSupport
import Testing

@Suite struct LaunchErrorTests {
  @Test(arguments: [
    LaunchError.noMPIRun(rankCount: 2), .noWorker(path: "a\nb"), .insideJob(ranks: 3),
    .cannotStart(path: "a\nb", reason: "permission denied"), .endedBySignal(9),
    .mpirunFailed(exitCode: 3),
  ])
  func everyErrorIsOneLineOfOneForm(_ error: LaunchError) {
    #expect(isMessage("\(error)"), "\(error)")
  }
}
