/// `text` as it may stand in a message of one line: control characters escaped, the middle of what
/// is longer than `longest` characters left out.
package func quoted(_ text: String, longest: Int = 300) -> String {
  var line = ""
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator:
      line += "\\u{" + String(scalar.value, radix: 16) + "}"
    default: line.unicodeScalars.append(scalar)
    }
  }
  guard line.count > longest else { return line }
  return line.prefix(longest / 2) + "…" + line.suffix(longest / 2)
}
