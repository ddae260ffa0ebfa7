import Foundation
import TestSupport
import Testing

@testable import Launcher

@Suite struct HostSurveyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Asks hosts by an agent that is this script.
  private func facts(_ script: String, hosts: [String] = ["a"]) throws -> [HostFacts] {
    let agent = try folder.writeScript(script, to: "agent")
    return try HostSurvey(agent: agent, launcher: "/opt/it's/launcher", environment: [:])
      .facts(of: hosts.map { LaunchHost($0) }, environment: ["PATH": "/usr/bin:/bin"])
      .map { try $0.get() }
  }

  private static let answer = """
    {"cores":8,"memory":9,"instructionSet":"AVX2","worker":"ab"}
    """

  @Test func everyHostIsAskedOnceAndAtOnce() throws {
    let hosts = (1...70).map { "n\($0)" }
    let script = """
      echo "$1 $2" >> \(folder.file("asked"))
      echo 'Welcome!'
      echo '{"cores":'${1#n}',"memory":9,"instructionSet":"AVX2","worker":"ab"}'
      """
    let found = try facts(script, hosts: hosts)
    #expect(found.map(\.cores) == Array(1...70))
    let asked = String(decoding: try folder.read("asked"), as: UTF8.self).split(separator: "\n")
    #expect(Set(asked) == Set(hosts.map { #"\#($0) '/opt/it'\''s/launcher' --describe"# }))
    #expect(asked.count == 70)
  }

  /// Standard input is the job's, and what an agent leaves behind is not waited for.
  @Test func theAgentReadsNothingAndIsNotWaitedForLonger() throws {
    let script = """
      [ -z "$(cat)" ] || exit 9
      sleep 100 &
      echo $! > \(folder.file("left"))
      echo '\(Self.answer)'
      """
    let start = ContinuousClock.now
    #expect(try facts(script).map(\.worker) == ["ab"])
    #expect(ContinuousClock.now - start < .seconds(25))
    _ = try runProcess("sh", ["-c", "kill $(cat \(folder.file("left")))"])
  }

  @Test(
    arguments: [
      (
        "echo warning >&2; echo 'ssh: no route' >&2; exit 255",
        "a: it cannot be reached (ssh: no route); try: AGENT a true"
      ),
      (
        "exit 3", "a: it cannot be reached (AGENT ended with 3 and said nothing); try: AGENT a true"
      ),
      (
        "echo nonsense",
        "a: it cannot be reached (AGENT ended with 0 and said nothing); try: AGENT a true"
      ),
      (
        "echo 'sh: 1: /opt/it: not found' >&2; exit 127",
        "a: /opt/it's/launcher is not there, or does not start; put the same build into the same "
          + "folder of every host"
      ),
    ])
  func aHostThatCannotBeUsedIsSaid(_ script: String, _ message: String) throws {
    let fault = #expect(throws: HostFault.self) { try facts(script) }
    #expect(fault.map { "\($0)".replacing(folder.file("agent"), with: "AGENT") } == message)
  }

  @Test func aHostThatDoesNotAnswerIsEnded() throws {
    let script = try folder.writeScript("echo $$ >> \(folder.file("pid")); sleep 100", to: "agent")
    let answer = Question.answers(
      to: [[script], ["echo", "here"]], environment: ["PATH": "/usr/bin:/bin"], within: 2)
    #expect(answer[0].exitCode == nil)
    #expect(answer[1].exitCode == 0 && answer[1].output == "here\n")
    let fault = #expect(throws: HostFault.self) {
      try HostSurvey.facts(in: answer[0], of: "a", agent: ["ssh"], launcher: "l")
    }
    #expect(
      fault.map { "\($0)" } == "a: it cannot be reached (no answer within 30 s); try: ssh a true")
  }

  @Test func theAgentIsTheOneThatMPIRunWillTake() {
    func agent(_ option: String?, _ environment: [String: String]) -> [String] {
      HostSurvey(agent: option, launcher: "l", environment: environment).agent
    }
    let ssh = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]
    #expect(agent(nil, [:]) == ssh)
    #expect(agent(nil, ["OMPI_MCA_plm_rsh_agent": "ssh : rsh"]) == ssh)
    #expect(agent(nil, ["OMPI_MCA_plm_rsh_agent": "blaunch -x"]) == ["blaunch", "-x"])
    #expect(agent("a b", ["OMPI_MCA_plm_rsh_agent": "c"]) == ["a", "b"])
  }
}
