import ParableSettings

// Help is written from the same declarations that read the command line.
extension CommandSyntax {
  /// The usage line: what to type, required options spelled out.
  package var usage: String {
    let required = settings.filter(\.isRequired).map(\.usage)
    let words =
      [place.typed] + (remainder == nil ? [] : ["[options]"]) + positionals.map(\.placeholder)
      + required + (remainder.map { [$0.placeholder] } ?? ["[options]"])
    return words.joined(separator: " ")
  }

  /// All that help says about the command, on a page of `width` columns.
  package func helpText(width: Int) -> String {
    var paragraphs = [wrapped(summary, width: width).joined(separator: "\n")]
    paragraphs.append(
      wrapped("Usage: \(usage)", width: width, indent: 7).joined(separator: "\n"))
    paragraphs += discussion.map { paragraph in
      // A list has a line per entry, and what an entry goes on with stands below it.
      let entries = paragraph.split(separator: "\n").map(String.init)
      return entries.flatMap { wrapped($0, width: width, indent: entries.count > 1 ? 4 : 0) }
        .joined(separator: "\n")
    }
    let arguments = positionals + (remainder.map { [$0] } ?? [])
    let presets = Options.presets
    var tables: [HelpTable] = []
    for setting in settings {
      if tables.isEmpty || setting.heading != nil {
        tables.append((setting.heading ?? "Options", []))
      }
      tables[tables.count - 1].rows.append((setting.term, setting.explanation(presets)))
    }
    tables[tables.count - 1].rows.append(("-h, --help", "show this text"))
    if !arguments.isEmpty {
      tables.insert(("Arguments", arguments.map { ($0.placeholder, $0.summary) }), at: 0)
    }
    paragraphs += rendered(tables, width: width)
    if !examples.isEmpty {
      let lines = examples.flatMap { commandLine($0, width: width) }
      paragraphs.append((["Examples:"] + lines).joined(separator: "\n"))
    }
    return paragraphs.joined(separator: "\n\n") + "\n"
  }

  /// A command line as it can be typed, also where it is cut.
  private func commandLine(_ text: String, width: Int) -> [String] {
    let lines = wrapped(text, width: width - 4, indent: 4).map { "  \($0)" }
    return lines.dropLast().map { "\($0) \\" } + lines.suffix(1)
  }
}

extension Setting {
  fileprivate var term: String {
    letter.map { "-\($0), \(usage)" } ?? usage
  }

  fileprivate func explanation(_ presets: [(name: String, values: Root)]) -> String {
    var remarks: [String] = []
    if isRequired { remarks.append("required") }
    if isRepeatable { remarks.append("may be repeated") }
    if !aliases.isEmpty {
      remarks.append("also " + aliases.map { "--\($0)" }.joined(separator: ", "))
    }
    if let range = form.range { remarks.append(range) }
    if let words = defaultValue(presets) { remarks.append("default: \(words)") }
    return remarks.isEmpty ? summary : "\(summary) (\(remarks.joined(separator: "; ")))"
  }

  /// What holds where it is not given: `128, base: 512`; nil where that is nothing.
  private func defaultValue(_ presets: [(name: String, values: Root)]) -> String? {
    guard form != .flag, let first = presets.first else { return nil }
    guard let value = value(in: first.values) else { return unlessGiven }
    let others = presets.dropFirst().compactMap { preset in
      let other = self.value(in: preset.values)
      return other == value ? nil : other.map { ", \(preset.name): \($0)" }
    }
    return "\(value)" + others.joined()
  }
}

/// Terms and what they mean, under a title.
package typealias HelpTable = (title: String, rows: [(term: String, text: String)])

/// The tables as paragraphs of two columns, the second one at the same place in all of them and
/// wrapped at the edge of a page of `width` columns.
package func rendered(_ tables: [HelpTable], width: Int) -> [String] {
  let termLimit = min(28, width / 3)
  let longest = tables.flatMap(\.rows).map(\.term.count).filter { $0 <= termLimit }.max() ?? 0
  let column = longest + 4
  let indent = String(repeating: " ", count: column)
  return tables.map { table in
    let lines = table.rows.flatMap { row in
      let text = wrapped(row.text, width: max(20, width - column))
      let term = "  \(row.term)"
      // A term too long for its column stands on a line of its own.
      guard row.term.count <= termLimit else { return [term] + text.map { indent + $0 } }
      let padded = term + String(repeating: " ", count: column - term.count)
      return [padded + (text.first ?? "")] + text.dropFirst().map { indent + $0 }
    }
    return (["\(table.title):"] + lines).joined(separator: "\n")
  }
}

/// `text` cut between words into lines of at most `width` characters, all but the first of them
/// behind `indent` spaces; a longer word has a line of its own.
package func wrapped(_ text: String, width: Int, indent: Int = 0) -> [String] {
  var lines: [String] = []
  for word in text.split(separator: " ") {
    if let last = lines.last, last.count + 1 + word.count <= width {
      lines[lines.count - 1] += " \(word)"
    } else {
      lines.append(String(repeating: " ", count: lines.isEmpty ? 0 : indent) + word)
    }
  }
  return lines
}
