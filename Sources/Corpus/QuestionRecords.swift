import ParableFormats
import ParablePlatform

/// Why one record is refused, before the file and the number are known.
struct QuestionRejection: Error {
  let problem: QuestionProblem
}

/// The records of a file of questions, a JSON array in UTF-8, with errors that name the file, the
/// record and what is wrong.
struct QuestionRecords {
  private let path: String
  private let records: [JSONValue]

  init(path: String) throws {
    self.path = path
    let bytes = try contents(ofFile: path)
    if let encoding = Self.otherEncoding(of: bytes.prefix(4)) {
      throw CorpusError.malformedQuestions(
        path: path, reason: "the text is \(encoding)", remedy: "save it as UTF-8")
    }
    guard let content = bytes.withUnsafeBytes({ try? JSONValue(parsing: $0, deepest: 512) }) else {
      throw Self.fault(in: bytes, path)
    }
    guard case .array(let records) = content else {
      throw CorpusError.malformedQuestions(path: path, reason: "not a JSON array")
    }
    guard !records.isEmpty else {
      throw CorpusError.malformedQuestions(path: path, reason: "there are no questions")
    }
    self.records = records
  }

  private static func otherEncoding(of start: ArraySlice<UInt8>) -> String? {
    if start.elementsEqual([0xFF, 0xFE, 0, 0]) || start.elementsEqual([0, 0, 0xFE, 0xFF]) {
      return "UTF-32"
    }
    // The first two characters of JSON are ASCII: in UTF-16 every other byte is zero.
    let isUTF16 = start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF])
    guard isUTF16 || start.contains(0) else { return nil }
    return isUTF16 || start.count { $0 == 0 } <= 2 ? "UTF-16" : "UTF-32"
  }

  /// What keeps the bytes from being JSON.
  private static func fault(in bytes: [UInt8], _ path: String) -> CorpusError {
    guard !bytes.isEmpty, let fault = bytes.withUnsafeBytes({ JSONFault(in: $0) }) else {
      return .malformedQuestions(path: path, reason: "not JSON: the file is empty")
    }
    let remedy =
      fault.hasMoreValues
      ? "put records of JSON Lines into one array, [ before, ] behind, commas between"
      : fault.remedy
    return .malformedQuestions(path: path, reason: fault.description, remedy: remedy)
  }

  /// Whether any record has choices, and so all are to have them.
  var haveChoices: Bool { records.contains { $0["choices"] != nil } }

  /// Converts every record, and gives its refusals the place of the record.
  func map<Result>(_ convert: (JSONValue) throws -> Result) throws -> [Result] {
    try records.enumerated().map { index, record in
      do {
        guard case .object = record else { throw QuestionRejection(problem: .noObject) }
        return try convert(record)
      } catch let rejection as QuestionRejection {
        throw CorpusError.unusableQuestion(
          path: path, record: index + 1, id: record["id"]?.name, problem: rejection.problem)
      }
    }
  }
}

/// The fields of a record.
extension JSONValue {
  func text(of field: String) throws -> String {
    try value(of: field, "a text", \.text)
  }

  func texts(of field: String) throws -> [String] {
    try value(of: field, "a list of texts") {
      guard case .array(let values) = $0 else { return nil }
      let texts = values.compactMap(\.text)
      return texts.count == values.count ? texts : nil
    }
  }

  func title() throws -> String? { try optionalValue(of: "title", "a text", \.text) }

  /// The place of the right choice; a fraction is refused like any other wrong type.
  func answer() throws -> Int? { try optionalValue(of: "answer", "a whole number", \.integer) }

  func id() throws -> String? { try optionalValue(of: "id", "a text or a whole number", \.name) }

  /// A text, or a number, which some data sets have as the `id` of a record.
  fileprivate var name: String? { text ?? integer.map(String.init) }

  /// A field that may be left out, or be null.
  private func optionalValue<Value>(
    of field: String, _ expected: String, _ read: (JSONValue) -> Value?
  ) throws -> Value? {
    self[field]?.isNull ?? true ? nil : try value(of: field, expected, read)
  }

  private func value<Value>(
    of field: String, _ expected: String, _ read: (JSONValue) -> Value?
  ) throws -> Value {
    guard let found = self[field] else { throw QuestionRejection(problem: .missing(field: field)) }
    guard let value = read(found) else {
      throw QuestionRejection(problem: .wrongType(field: field, expected: expected))
    }
    return value
  }
}
