import Collective
import CommandLineInterface
import Model

/// One command of the worker: its table and what it does.
protocol Command: SendableMetatype {
  /// The word that calls it.
  static var name: String { get }

  /// What it does, in one line.
  static var summary: String { get }

  /// Paragraphs that its help shows below the usage line.
  static var discussion: [String] { get }

  /// The arguments that are no options.
  static var positionals: [PositionalArgument] { get }

  /// Its options.
  static var groups: [OptionGroup] { get }

  /// Whether a job of several ranks may run it.
  static var runsOnSeveralRanks: Bool { get }

  /// Does it.
  static func run(_ invocation: Invocation) throws
}

extension Command {
  static var discussion: [String] { [] }
  static var positionals: [PositionalArgument] { [] }
  static var runsOnSeveralRanks: Bool { false }

  static var syntax: CommandSyntax {
    CommandSyntax(
      CommandPlace(program: WorkerCommand.program, command: name), summary: summary,
      discussion: discussion, examples: Examples.ofCommands[name] ?? [], positionals: positionals,
      groups: groups)
  }
}

extension CommandOption {
  /// The option of every command that has a result for other programs.
  static let json = flag("json", "print one JSON object and nothing else")
}

extension ParsedArguments {
  /// Refuses all options but those `besides` with `--resume`: what is resumed has its settings, and
  /// others would be ignored in silence.
  func refuseSettings(besides allowed: Set<String>, ofResumed what: String) throws {
    let refused = syntax.options.first { !allowed.contains($0.name) && isGiven($0.name) }
    if let refused {
      throw unsuitable(
        "--\(refused.name) does not go with --resume",
        remedy: "leave it out: a resumed \(what) keeps the settings of its checkpoint")
    }
  }

  /// Throws where a training that begins is allowed to differ from a checkpoint.
  func refuseAllowChanges() throws {
    guard flag("allow-changes") else { return }
    throw unsuitable("--allow-changes is of no use without --resume", remedy: "leave it out")
  }
}

/// One start of the worker: what it was told, where it writes, and the ranks it runs with.
final class Invocation {
  /// The command line.
  let arguments: ParsedArguments

  /// The standard output.
  let output: Output

  /// The progress line.
  let progress: ProgressLine

  private let ranks: RankGroup

  init(_ arguments: ParsedArguments, ranks: RankGroup, progress: ProgressLine) {
    self.arguments = arguments
    self.ranks = ranks
    self.progress = progress
    let isJSON = arguments.values[CommandOption.json.key] != nil
    output = Output(isActive: ranks.rank == 0, isJSON: isJSON, progress: progress)
  }

  /// The precision that was asked for.
  var askedPrecision: Precision { arguments.text("precision").flatMap(Precision.init) ?? .fp32 }

  /// What to compute in: as `--precision` asks, as far as this processor gains from it.
  var precision: Precision { askedPrecision.onThisProcessor { progress.note($0) } }

  /// The ranks of the job, started by the first call.
  func communicator() throws -> any Communicator { try ranks.communicator() }
}
