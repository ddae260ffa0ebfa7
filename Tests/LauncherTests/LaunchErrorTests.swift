import Launcher
import TestSupport
import Testing

@Suite struct LaunchErrorTests {
  @Test(arguments: [
    LaunchError.noMPIRun(rankCount: 2), .noWorker(path: "a\nb"),
    .insideJob(ranks: 3, variable: "PMI_SIZE"), .oneRankOnly(command: "a\nb"),
    .alone(rankCount: 2), .ranksBehindCommand(option: "-n", ranks: "2", command: "pretrain"),
    .restartsOfNoTraining(command: "evaluate"), .restartsWithoutFolder(option: "--run"),
    .noSpace(folder: "a\nb", free: 1, wanted: 2), .smallFiles(limit: 1, wanted: 2),
    .cannotStart(path: "a\nb", reason: "permission denied"), .stopped(signal: 15),
    .rankEnded(signal: 9), .rankEnded(signal: 11), .mpirunFailed(exitCode: 3, explanation: nil),
    .mpirunFailed(exitCode: 3, explanation: "no slots"), .outputFailed(reason: "no space"),
    .hosts(.unreadable(place: "a\nb", what: "c\nd", remedy: "mend it")),
    .hosts(.unreadableFile(path: "a\nb", reason: "no such file")),
    .hosts(
      .tooManyRanks(rankCount: 3, slots: 2, place: .hosts([LaunchHost("a", slots: 2)], agent: nil))),
    .hosts(.notOfJob(host: "a\nb", job: "7")), .hosts(.hostsTwice), .hosts(.agentWithoutHosts),
    .hosts(.agentOfSeveralWords("a b")),
    .hosts(.unreachable(host: "a", reason: "no\nroute", trial: "ssh a true")),
    .hosts(.noLauncher(host: "a", path: "b\nc")), .hosts(.otherWorker(host: "a", path: "b\nc")),
  ])
  func everyErrorIsOneLineOfOneForm(_ error: LaunchError) {
    #expect(isMessage("\(error)"), "\(error)")
  }
}
