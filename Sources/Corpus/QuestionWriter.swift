import ParableFormats

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
    text += "\"context\": \(JSONText.literal(question.context)),\n"
    text += "\"question\": \(JSONText.literal(question.question)),\n"
    text += "\"choices\": [\n"
    text += question.choices.map(JSONText.literal).joined(separator: ",\n")
    text += "\n]"
    if let answer = question.answer { text += ",\n\"answer\": \(answer)" }
    if let id = question.id { text += ",\n\"id\": \(JSONText.literal(id))" }
    text += "\n}"
    try output.append(text)
  }

  /// Ends the array; nothing may be added afterwards.
  package func close() throws {
    try output.append("\n]\n")
    try output.flush()
  }
}
