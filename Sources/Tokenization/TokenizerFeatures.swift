import ParableFormats
import ParablePlatform

/// A part of a tokenizer of others that would give other ids than Parable does.
struct UnsupportedFeature: Error {
  let detail: String
  let remedy: String
}

/// The parts of a `tokenizer.json` that decide ids beside tokens and merges: each does what Parable
/// does, or is refused by its name.
enum TokenizerFeatures {
  private static let remedy = "use a tokenizer that cuts text as GPT-2 does, or train one here"

  /// GPT-2's pattern, as OpenAI and as Hugging Face write it.
  private static let patterns = [
    #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
  ]

  /// Checks a member of the file by its name.
  static func check(_ name: String, _ value: JSONValue) throws {
    switch name {
    case "normalizer", "truncation", "padding":
      guard value.isNull else {
        throw UnsupportedFeature(
          detail: "its \(name)\(value.typeInBrackets) changes what is encoded",
          remedy: "set \(name) to null where that is meant, or " + remedy)
      }
    case "pre_tokenizer": try checkPreTokenizer(value)
    case "post_processor":
      for step in value.steps("processors") { try checkPostProcessor(step) }
    case "decoder":
      guard value.isNull || value.steps("decoders").allSatisfy({ $0.type == "ByteLevel" }) else {
        throw UnsupportedFeature(
          detail: "its decoder\(value.typeInBrackets) is not ByteLevel", remedy: remedy)
      }
    default: break
    }
  }

  /// ByteLevel with GPT-2's pattern, or that pattern as a Split and ByteLevel without.
  private static func checkPreTokenizer(_ value: JSONValue) throws {
    func refuse(_ detail: String) -> UnsupportedFeature {
      UnsupportedFeature(detail: "its pre_tokenizer " + detail, remedy: remedy)
    }
    if value.isNull { throw refuse("is null: text would not be cut into words") }
    var steps = value.steps("pretokenizers")[...]
    var isCut = false
    if let first = steps.first, steps.count == 2, first.type == "Split" {
      guard isPattern(first) else {
        throw refuse("cuts by another pattern than GPT-2's: \(first.patternText)")
      }
      guard keepsMatches(first) else {
        throw refuse("does not keep what its pattern matches as words (\(first.splitBehavior))")
      }
      isCut = true
      steps = steps.dropFirst()
    }
    guard steps.count == 1, let step = steps.first, step.type == "ByteLevel" else {
      let names = value.steps("pretokenizers").map { $0.type ?? "without a type" }
      if names.isEmpty { throw refuse("is an empty Sequence: text would not be cut into words") }
      throw refuse("is \(quoted(names.joined(separator: ", "))), not ByteLevel alone")
    }
    guard step["add_prefix_space"]?.isTrue != true else {
      throw refuse("puts a space before text (add_prefix_space)")
    }
    let usesPattern = step["use_regex"].map(\.isTrue) ?? true
    guard usesPattern != isCut else {
      throw refuse(
        isCut
          ? "cuts twice (Split, and ByteLevel with use_regex)"
          : "does not cut text into words (use_regex is false)")
    }
  }

  /// Whether a Split cuts by GPT-2's pattern.
  private static func isPattern(_ split: JSONValue) -> Bool {
    split["pattern"]?["Regex"]?.text.map(patterns.contains) ?? false
  }

  /// Whether a Split gives the matches of its pattern, of which GPT-2's leaves nothing between them.
  private static func keepsMatches(_ split: JSONValue) -> Bool {
    switch (split["behavior"]?.text, split["invert"]?.isTrue ?? false) {
    case ("Isolated", false), ("Removed", true): true
    default: false
    }
  }

  private static func checkPostProcessor(_ step: JSONValue) throws {
    if step.isNull || step.type == "ByteLevel" { return }
    if step.type == "TemplateProcessing", step["single"]?.addsNothing == true { return }
    throw UnsupportedFeature(
      detail: "its post_processor\(step.typeInBrackets) adds special tokens to every text",
      remedy: "set post_processor to null, and write the special tokens into the text")
  }

  /// Checks a member of the model by its name; what is only about bytes without a token does nothing
  /// where every byte has one.
  static func check(model name: String, _ value: JSONValue) throws {
    let isHarmless =
      switch name {
      case "dropout": value.isNull || value.number == 0
      case "continuing_subword_prefix", "end_of_word_suffix": value.isNull || value.text == ""
      default: true
      }
    guard isHarmless else {
      throw UnsupportedFeature(detail: "its model has a \(name)", remedy: remedy)
    }
  }

  /// Checks what decides where an added token is found.
  static func check(added content: String, _ value: JSONValue) throws {
    for name in ["single_word", "lstrip", "rstrip"] where value[name]?.isTrue == true {
      throw UnsupportedFeature(
        detail: "its added token \(quoted(content)) has \(name)",
        remedy: "set \(name) to false, or leave the token out")
    }
  }

  /// Hugging Face looks for tokens that are `normalized` after all others: the same as looking for
  /// all at once only where no two of them can overlap.
  static func check(overlapOf tokens: [SpecialToken]) throws {
    let last = tokens.filter(\.isNormalized)
    let first = tokens.filter { !$0.isNormalized }
    for a in last {
      for b in first where overlap(a.bytes, b.bytes) || overlap(b.bytes, a.bytes) {
        throw UnsupportedFeature(
          detail:
            "its added tokens \(quoted(b.text)) and \(quoted(a.text)) overlap, and only one of "
            + "them is normalized", remedy: "give both the same value")
      }
    }
  }

  /// Whether a place of text can belong to both, the first one beginning no later.
  private static func overlap(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.indices.contains { at in zip(a[at...], b).allSatisfy { $0 == $1 } }
  }
}

extension JSONValue {
  /// The steps of a Sequence, or the one value itself.
  fileprivate func steps(_ name: String) -> [JSONValue] {
    guard type == "Sequence", case .array(let steps)? = self[name] else { return [self] }
    return steps.flatMap { $0.steps(name) }
  }

  fileprivate var type: String? { self["type"]?.text }

  fileprivate var typeInBrackets: String { type.map { " (\(quoted($0)))" } ?? "" }

  fileprivate var patternText: String {
    quoted(self["pattern"]?["Regex"]?.text ?? self["pattern"]?["String"]?.text ?? "none")
  }

  fileprivate var splitBehavior: String {
    quoted("behavior \(self["behavior"]?.text ?? "none")")
      + (self["invert"]?.isTrue == true ? ", inverted" : "")
  }

  /// Whether a template is just the text.
  fileprivate var addsNothing: Bool {
    guard case .array(let parts) = self, parts.count == 1 else { return false }
    return parts[0]["Sequence"]?["id"]?.text == "A"
  }
}
