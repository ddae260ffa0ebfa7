import CParableProcess
import Foundation

/// A program that is run for what it answers, beside this one.
struct Question {
  /// What came of it.
  struct Answer {
    /// What it ended with, or 128 + the signal that ended it; nil where it took too long.
    var exitCode: Int32?

    /// Its standard output.
    var output = ""

    /// Its standard error.
    var errors = ""
  }

  private let process: pid_t
  private var relays: [(source: Int32, bytes: [UInt8])]
  private var exitCode: Int32?

  /// Starts the program without standard input, which is for the job.
  private init(_ command: [String], variables: [String]) {
    var (output, errors): (Int32, Int32) = (-1, -1)
    let words = ["/bin/sh", "-c", #"exec "$@" < /dev/null"#, "sh"] + command
    process = withCStrings(words) { words in
      withCStrings(variables) { parable_spawn_with_parent("/bin/sh", words, $0, &output, &errors) }
    }
    relays = [(output, []), (errors, [])]
    for relay in relays { _ = fcntl(relay.source, F_SETFL, O_NONBLOCK) }
    if process <= 0 { exitCode = 127 }
  }

  /// Runs programs beside each other, and waits for all.
  ///
  /// - Parameters:
  ///   - commands: Their command lines; a name without a slash is looked up in `PATH`.
  ///   - environment: All of their variables.
  ///   - seconds: What they may take together; one that takes longer is ended.
  /// - Returns: The answers in the order of the commands.
  static func answers(
    to commands: [[String]], environment: [String: String], within seconds: Double
  ) -> [Answer] {
    let variables = environment.map { "\($0.key)=\($0.value)" }
    let deadline = ContinuousClock.now + .seconds(seconds)
    var answers: [Answer] = []
    // Not more at once than there are descriptors for, and than sshd of one gateway may take.
    for start in stride(from: 0, to: commands.count, by: 64) {
      var questions = commands[start...].prefix(64).map { Question($0, variables: variables) }
      while questions.contains(where: { !$0.isAnswered }), ContinuousClock.now < deadline {
        var waiting = questions.flatMap { question in
          question.relays.map { pollfd(fd: $0.source, events: Int16(POLLIN), revents: 0) }
        }
        poll(&waiting, nfds_t(waiting.count), 50)
        for place in questions.indices { questions[place].listen() }
      }
      answers += questions.map { $0.end() }
    }
    return answers
  }

  /// What it had to say is here as soon as it ended, though something that it has started (ssh has
  /// its master connections) may keep the pipes open.
  private var isAnswered: Bool { exitCode != nil }

  private mutating func listen() {
    var status: Int32 = 0
    let hasEnded = exitCode == nil && waitpid(process, &status, WNOHANG) == process
    for place in relays.indices {
      var buffer = [UInt8](repeating: 0, count: 1 << 14)
      while relays[place].source >= 0 {
        let count = read(relays[place].source, &buffer, buffer.count)
        if count > 0 {
          relays[place].bytes += buffer.prefix(count)
        } else if count < 0 && errno == EINTR {
          continue
        } else if count < 0 && errno == EAGAIN {
          break
        } else {
          close(relays[place].source)
          relays[place].source = -1
        }
      }
    }
    let signal = status & 0x7f
    if hasEnded { exitCode = signal == 0 ? (status >> 8) & 0xff : 128 + signal }
  }

  private func end() -> Answer {
    if exitCode == nil {
      // It leads a process group of its own.
      kill(-process, SIGKILL)
      var status: Int32 = 0
      waitpid(process, &status, 0)
    }
    for relay in relays where relay.source >= 0 { close(relay.source) }
    let texts = relays.map { String(decoding: $0.bytes, as: UTF8.self) }
    return Answer(exitCode: exitCode, output: texts[0], errors: texts[1])
  }
}
