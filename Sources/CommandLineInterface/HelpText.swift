// Help is written from the same tables that read the command line.
extension CommandSyntax {
  /// The usage line: what to type, required options spelled out.
  public var usage: String {
    let required = options.filter(\.isRequired).map(\.usage)
    let words =
      [place.typed] + (remainder == nil ? [] : ["[options]"]) + positionals.map(\.placeholder)
      + required + (remainder.map { [$0.placeholder] } ?? ["[options]"])
    return words.joined(separator: " ")
  }

  /// All that help says about the command.
  public var helpText: String {
    var paragraphs = ["\(summary)\n\nUsage: \(usage)"]
    paragraphs += discussion
    let arguments = positionals + (remainder.map { [$0] } ?? [])
    var tables = groups.map { group in
      HelpTable(group.title, group.options.map { ($0.term, $0.explanation) })
    }
    if !arguments.isEmpty {
      tables.insert(HelpTable("Arguments", arguments.map { ($0.placeholder, $0.summary) }), at: 0)
    }
    paragraphs += rendered(tables)
    return paragraphs.joined(separator: "\n\n") + "\n"
  }
}

extension CommandOption {
  fileprivate var term: String {
    letter.map { "-\($0), \(usage)" } ?? usage
  }

  fileprivate var explanation: String {
    var remarks: [String] = []
    if isRequired { remarks.append("required") }
    if isRepeatable { remarks.append("may be repeated") }
    switch defaultValue {
    case .value(let value): remarks.append("default: \(value)")
    case .described(let words): remarks.append("default: \(words)")
    case nil: break
    }
    return remarks.isEmpty ? summary : "\(summary) (\(remarks.joined(separator: "; ")))"
  }
}

/// Terms and what they mean, under a title.
public struct HelpTable {
  let title: String
  let rows: [(term: String, text: String)]

  /// Makes a table from its title and rows.
  public init(_ title: String, _ rows: [(term: String, text: String)]) {
    self.title = title
    self.rows = rows
  }
}

/// The tables as paragraphs of two columns, the second one at the same place in all of them and
/// wrapped at the edge of the page.
public func rendered(_ tables: [HelpTable]) -> [String] {
  let pageWidth = 96
  let termLimit = 28
  let longest = tables.flatMap(\.rows).map(\.term.count).filter { $0 <= termLimit }.max() ?? 0
  let column = longest + 4
  let indent = String(repeating: " ", count: column)
  return tables.map { table in
    let lines = table.rows.flatMap { row in
      let text = wrapped(row.text, width: pageWidth - column)
      let term = "  \(row.term)"
      // A term too long for its column stands on a line of its own.
      guard row.term.count <= termLimit else { return [term] + text.map { indent + $0 } }
      let padded = term + String(repeating: " ", count: column - term.count)
      return [padded + (text.first ?? "")] + text.dropFirst().map { indent + $0 }
    }
    return (["\(table.title):"] + lines).joined(separator: "\n")
  }
}

/// `text` cut between words into lines of at most `width` characters.
package func wrapped(_ text: String, width: Int) -> [String] {
  var lines: [String] = []
  for word in text.split(separator: " ") {
    if let last = lines.last, last.count + 1 + word.count <= width {
      lines[lines.count - 1] += " \(word)"
    } else {
      lines.append(String(word))
    }
  }
  return lines
}
