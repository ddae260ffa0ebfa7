import ParableCollective
import ParableCommandLineInterface
import ParableSettings
import ParableTraining

/// One command of the worker: what it takes and what it does.
protocol Command: SendableMetatype {
  associatedtype Options: DeclaredSettings

  /// The word that calls it.
  static var name: String { get }

  /// Words that called it in earlier versions, still understood; help does not show them.
  static var oldNames: [String] { get }

  static var summary: String { get }

  /// Paragraphs that its help shows below the usage line.
  static var discussion: [String] { get }

  /// The arguments that are no options.
  static var positionals: [PositionalArgument] { get }

  /// Whether a job of several ranks may run it.
  static var runsOnSeveralRanks: Bool { get }

  /// Whether ranks join before it runs; else it joins them itself and sees why that failed.
  static var joinsAtOnce: Bool { get }

  static func run(_ invocation: Invocation<Options>) throws
}

extension Command {
  static var oldNames: [String] { [] }
  static var discussion: [String] { [] }
  static var positionals: [PositionalArgument] { [] }
  static var runsOnSeveralRanks: Bool { false }
  static var joinsAtOnce: Bool { true }

  static var syntax: CommandSyntax<Options> {
    CommandSyntax(
      CommandPlace(program: WorkerCommand.program, command: name), summary: summary,
      discussion: discussion, examples: Examples.ofCommands[name] ?? [], positionals: positionals)
  }

  static var helpText: String { syntax.helpText(width: helpWidth()) }
}

/// One start of the worker: what it was told, where it writes, and the ranks it runs with.
struct Invocation<Options: DeclaredSettings> {
  let arguments: ParsedArguments<Options>
  let output: Output
  let progress: ProgressLine
  private let ranks: RankGroup

  init(_ arguments: ParsedArguments<Options>, ranks: RankGroup, progress: ProgressLine) {
    self.arguments = arguments
    self.ranks = ranks
    let isQuiet = (arguments.options as? any QuietOptions)?.quiet == true
    self.progress = isQuiet ? .onStandardError(isActive: false) : progress
    let isJSON = (arguments.options as? any JSONOptions)?.json == true
    output = Output(isActive: ranks.rank == 0, isJSON: isJSON, progress: self.progress)
  }

  /// The options: what was given, and the defaults of the rest.
  var options: Options { arguments.options }

  /// Where a training of this process hears that it is to stop.
  func stopSource(maxTime: TimeSpan?) -> StopSource {
    StopSource(maxTime: maxTime) { progress.note($0) }
  }

  /// The ranks of the job, started by the first call.
  func communicator() throws -> any Communicator { try ranks.communicator() }
}

extension ParsedArguments {
  /// Refuses settings with `--resume`: what is resumed has its own, and others would be ignored in
  /// silence.
  func refuseSettings(ofResumed what: String) throws(CommandLineError) {
    let refused = given(besides: CommandRanks.optionsOfResumed)
    guard !refused.isEmpty else { return }
    let (verb, them) = refused.count == 1 ? ("does", "it") : ("do", "them")
    throw unsuitable(
      "\(refused.joined(separator: ", ")) \(verb) not go with --resume",
      remedy: "leave \(them) out: a resumed \(what) keeps the settings of its checkpoint")
  }

  /// Refuses `--allow-changes` for a training that begins, where nothing can differ.
  func refuseAllowChanges(_ isGiven: Bool) throws(CommandLineError) {
    guard isGiven else { return }
    throw unsuitable("--allow-changes is of no use without --resume", remedy: "leave it out")
  }
}
