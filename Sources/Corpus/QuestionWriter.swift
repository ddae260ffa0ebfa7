/// Writes questions as they come, in the form that `QuestionSet` reads, without holding them.
package final class QuestionWriter {
  private let output: TextOutput
  private var isEmpty = true

  /// Begins the array; its bytes go to `write`, part by part.
  package init(_ write: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    output = TextOutput(write)
    try output.append("[")
  }

  /// Adds a question.
  package func append(_ question: MultipleChoiceQuestion) throws {
    var text = isEmpty ? "\n{\n" : ",\n{\n"
    isEmpty = false
    text += "\"context\": \(inJSON(question.context)),\n"
    text += "\"question\": \(inJSON(question.question)),\n"
    text += "\"choices\": [\n"
    text += question.choices.map(inJSON).joined(separator: ",\n")
    text += "\n]"
    if let answer = question.answer { text += ",\n\"answer\": \(answer)" }
    if let id = question.id { text += ",\n\"id\": \(inJSON(id))" }
    text += "\n}"
    try output.append(text)
  }

  /// Ends the array; nothing may be added afterwards.
  package func close() throws {
    try output.append("\n]\n")
    try output.flush()
  }

  private func inJSON(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case ..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
