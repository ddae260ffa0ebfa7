import ParablePlatform

/// Where on the command line something stands: a program and one of its commands.
package struct CommandPlace: Equatable, Sendable, CustomStringConvertible {
  let program: String
  let command: String?

  /// Makes the place from its two names; without a command it is the program itself.
  package init(program: String, command: String? = nil) {
    self.program = program
    self.command = command
  }

  /// How messages call it: by the command's name.
  package var description: String { command ?? "the command line" }

  /// What to type up to the arguments.
  var typed: String { command.map { "\(program) \($0)" } ?? program }

  /// What to type to read about it.
  var help: String { command.map { "\(program) help \($0)" } ?? "\(program) --help" }
}

/// What can be wrong with a command line, or with the settings file that it names.
package enum CommandLineError: Error, Equatable {
  case noCommand(CommandPlace)
  case unknownCommand(String, nearest: String?, CommandPlace)
  case unknownOption(String, nearest: String?, CommandPlace)
  case missingValue(option: String, usage: String, CommandPlace)
  case superfluousValue(option: String, CommandPlace)
  case wrongValue(option: String, value: String, expected: String, CommandPlace)
  case repeatedOption(String, CommandPlace)
  case missingOption(String, usage: String, CommandPlace)
  case missingArgument(String, usage: String, CommandPlace)
  case unexpectedArgument(String, CommandPlace)
  case unsuitable(what: String, CommandPlace, remedy: String)
  case oneRankOnly(ranks: Int, CommandPlace)
  case unreadableFile(FileError)
  case invalidFile(
    path: String, reason: String, remedy: String = "write {\"learningRate\": 0.001, …}")
  case unknownKey(String, nearest: String?, path: String)
  case wrongKeyValue(String, value: String, expected: String, path: String)
}

extension CommandLineError {
  /// Whether the command line alone is wrong, which then is so on every rank.
  package var isCommandLineAlone: Bool {
    switch self {
    case .unreadableFile, .invalidFile, .unknownKey, .wrongKeyValue: false
    default: true
    }
  }

  /// What the program ends with: 2 for wrong usage, 1 for a file that cannot be read.
  package var exitCode: Int32 {
    if case .unreadableFile = self { 1 } else { 2 }
  }
}

extension CommandLineError: CustomStringConvertible {
  /// One line: `where: what; remedy`.
  package var description: String {
    switch self {
    case .noCommand(let place):
      "\(place): no command given; see \(place.help)"
    case .unknownCommand(let name, let nearest, let place):
      "\(place): unknown command '\(quoted(name))'; \(advice(nearest, place.help))"
    case .unknownOption(let option, let nearest, let place):
      "\(place): unknown option \(quoted(option)); \(advice(nearest, place.help))"
    case .missingValue(let option, let usage, let place):
      "\(place): \(option) has no value; write \(usage)"
    case .superfluousValue(let option, let place):
      "\(place): \(option) takes no value; write \(option) alone"
    case .wrongValue(let option, let value, let expected, let place):
      "\(place): \(option) is '\(quoted(value))'; give \(expected)"
    case .repeatedOption(let option, let place):
      "\(place): \(option) stands there twice; give it once"
    case .missingOption(let option, let usage, let place):
      "\(place): no \(option) given; add \(usage)"
    case .missingArgument(let name, let usage, let place):
      "\(place): no \(name) given; write \(usage)"
    case .unexpectedArgument(let argument, let place):
      "\(place): unexpected argument '\(quoted(argument))'; leave it out or see \(place.help)"
    case .unsuitable(let what, let place, let remedy):
      "\(place): \(quoted(what)); \(remedy)"
    case .oneRankOnly(let ranks, let place):
      "\(place): it runs on one rank only and this job has \(ranks); start it without mpirun or "
        + "srun, or with launcher -n 1"
    case .unreadableFile(let error):
      "\(error)"
    case .invalidFile(let path, let reason, let remedy):
      "\(quoted(path)): \(quoted(reason)); \(remedy)"
    case .unknownKey(let key, let nearest, let path):
      "\(quoted(path)): unknown key \"\(quoted(key))\"; "
        + advice(nearest.map { "\"\($0)\"" }, nil)
    case .wrongKeyValue(let key, let value, let expected, let path):
      "\(quoted(path)): \"\(key)\" is \(quoted(value)); give \(expected)"
    }
  }

  private func advice(_ nearest: String?, _ help: String?) -> String {
    let parts = [nearest.map { "the nearest is \($0)" }, help.map { "see \($0)" }]
    let known = parts.compactMap(\.self)
    return known.isEmpty ? "leave it out" : known.joined(separator: ", ")
  }
}
