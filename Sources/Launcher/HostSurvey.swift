import Foundation
import ParableFormats
import ParablePlatform

/// What a host says of itself, and what is made of it before a job is started there.
package struct HostFacts: Codable, Equatable {
  /// Cores that a job may use there.
  package var cores: Int

  /// Bytes of memory that a job may use there.
  package var memory: Int

  /// The processor's widest instruction set.
  package var instructionSet: String

  /// The SHA-256 of the worker beside the launcher; nil where there is none.
  package var worker: String?

  package init(cores: Int, memory: Int, instructionSet: String, worker: String?) {
    self.cores = cores
    self.memory = memory
    self.instructionSet = instructionSet
    self.worker = worker
  }

  /// The facts of this machine, with the worker at this path.
  init(worker path: String) {
    self.init(
      cores: AvailableCores().count, memory: MemoryLimit.current.bytes,
      instructionSet: Processor.instructionSet, worker: try? SHA256.hexDigest(ofFile: path))
  }
}

/// Asks hosts for their facts, all at once, the way that mpirun will reach them.
struct HostSurvey {
  /// How long all hosts together may take to answer.
  private static let patience = 30.0

  /// What reaches a host: `ssh`, with what makes it fail instead of asking for a password.
  let agent: [String]

  /// The launcher's path, the same on every host.
  let launcher: String

  /// Makes one with the command of `--remote-agent`, or with what Open MPI is told by the
  /// environment, or with ssh.
  init(agent: String?, launcher: String, environment: [String: String]) {
    let told =
      agent ?? environment["OMPI_MCA_plm_rsh_agent"]?.split(separator: ":").first.map(String.init)
    let words = told?.split(separator: " ").map(String.init) ?? []
    let isSSH = words.isEmpty || words == ["ssh"]
    self.agent = isSSH ? ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"] : words
    self.launcher = launcher
  }

  /// The facts of the hosts, in their order, or why one cannot be used.
  func facts(
    of hosts: [LaunchHost], environment: [String: String]
  ) -> [Result<HostFacts, HostFault>] {
    let quoted = "'\(launcher.replacing("'", with: #"'\''"#))'"
    let answers = Question.answers(
      to: hosts.map { agent + [$0.name, "\(quoted) --describe"] }, environment: environment,
      within: Self.patience)
    return zip(hosts, answers).map { host, answer in
      do throws(HostFault) {
        return .success(
          try Self.facts(in: answer, of: host.name, agent: agent, launcher: launcher))
      } catch {
        return .failure(error)
      }
    }
  }

  /// What one host has answered.
  static func facts(
    in answer: Question.Answer, of host: String, agent: [String], launcher: String
  ) throws(HostFault) -> HostFacts {
    // A shell's start-up files may have printed something before.
    let last = answer.output.split(separator: "\n").last ?? ""
    if answer.exitCode == 0,
      let facts = try? JSONDecoder().decode(HostFacts.self, untrusted: Data(last.utf8))
    {
      return facts
    }
    if let code = answer.exitCode, [126, 127].contains(code) {
      throw .noLauncher(host: host, path: launcher)
    }
    let words = answer.errors.split(whereSeparator: \.isNewline).last.map(String.init)
    let reason =
      answer.exitCode == nil
      ? "no answer within \(Int(patience)) s"
      : words ?? "\(agent[0]) ended with \(answer.exitCode ?? 0) and said nothing"
    throw .unreachable(
      host: host, reason: reason, trial: (agent + [host, "true"]).joined(separator: " "))
  }
}
