import Foundation
import ParableFormats
import ParablePlatform

/// Why one record is refused, before the file and the number are known.
struct QuestionRejection: Error {
  let problem: QuestionProblem
}

/// A record of the form with choices.
struct ChoicesRecord: Decodable {
  let context: String
  let question: String
  let choices: [String]
  let answer: WholeNumber?
  let id: RecordName?
}

/// A record of the form with answers in free words.
struct AnswersRecord: Decodable {
  let title: String?
  let context: String
  let question: String
  let answers: [String]
  let id: RecordName?
}

/// The place of the right choice; a fraction is refused like any other wrong type.
struct WholeNumber: Decodable {
  let value: Int

  init(from decoder: any Decoder) throws {
    let number = try decoder.singleValueContainer().decode(Double.self)
    guard let value = Int(exactly: number) else {
      throw DecodingError.typeMismatch(
        Int.self, .init(codingPath: decoder.codingPath, debugDescription: "not a whole number"))
    }
    self.value = value
  }
}

/// The `id` of a record: a text, or a number, which some data sets use.
struct RecordName: Decodable {
  let text: String

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int.self) {
      text = String(number)
    } else {
      text = try container.decode(String.self)
    }
  }
}

/// The bytes of a file of questions, which are to be a JSON array in UTF-8.
struct QuestionFile {
  let path: String
  let data: Data

  init(path: String) throws {
    self.path = path
    data = Data(try contents(ofFile: path))
    if let encoding = Self.otherEncoding(of: data) {
      throw CorpusError.malformedQuestions(
        path: path, reason: "the text is \(encoding)", remedy: "save it as UTF-8")
    }
  }

  /// Whether any record has choices, and so all are to have them.
  func hasChoices() throws -> Bool {
    try decoded([RecordForm].self).contains(where: \.hasChoices)
  }

  /// The records.
  func decoded<Record: Decodable>(_ type: [Record].Type) throws -> [Record] {
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
      throw explain(error)
    }
  }

  /// The `id` of a record, counted from 0, wherever one can be read.
  func name(ofRecord index: Int) -> String? {
    let names = (try? JSONDecoder().decode([NamedRecord].self, from: data)) ?? []
    return names.indices.contains(index) ? names[index].name : nil
  }

  private static func otherEncoding(of data: Data) -> String? {
    let start = data.prefix(4)
    if start.elementsEqual([0xFF, 0xFE, 0, 0]) || start.elementsEqual([0, 0, 0xFE, 0xFF]) {
      return "UTF-32"
    }
    // The first two characters of JSON are ASCII: in UTF-16 every other byte is zero.
    let isUTF16 = start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF])
    guard isUTF16 || start.contains(0) else { return nil }
    return isUTF16 || start.count { $0 == 0 } <= 2 ? "UTF-16" : "UTF-32"
  }

  private func explain(_ error: DecodingError) -> CorpusError {
    let context: DecodingError.Context
    var missing: String?
    switch error {
    case .keyNotFound(let key, let inner): (context, missing) = (inner, key.stringValue)
    case .valueNotFound(_, let inner), .typeMismatch(_, let inner), .dataCorrupted(let inner):
      context = inner
    @unknown default:
      return .malformedQuestions(path: path, reason: "not JSON")
    }
    guard let index = context.codingPath.first?.intValue else {
      if case .dataCorrupted = error { return fault() }
      return .malformedQuestions(path: path, reason: "not a JSON array")
    }
    let problem: QuestionProblem
    if let missing {
      problem = .missing(field: missing)
    } else if context.codingPath.count > 1 {
      let field = context.codingPath[1].stringValue
      problem = .wrongType(field: field, expected: Self.expectedTypes[field] ?? "a text")
    } else {
      problem = .noObject
    }
    return .unusableQuestion(
      path: path, record: index + 1, id: name(ofRecord: index), problem: problem)
  }

  /// What keeps the bytes from being JSON.
  private func fault() -> CorpusError {
    guard !data.isEmpty else {
      return .malformedQuestions(path: path, reason: "not JSON: the file is empty")
    }
    guard let fault = data.withUnsafeBytes({ JSONFault(in: $0) }) else {
      return .malformedQuestions(path: path, reason: "not JSON")
    }
    let reason = fault.description
    guard fault.hasMoreValues else {
      return .malformedQuestions(path: path, reason: reason, remedy: fault.remedy)
    }
    return .malformedQuestions(
      path: path, reason: reason,
      remedy: "put records of JSON Lines into one array, [ before, ] behind, commas between")
  }

  private static var expectedTypes: [String: String] {
    [
      "choices": "a list of texts", "answers": "a list of texts", "answer": "a whole number",
      "id": "a text or a whole number",
    ]
  }
}

/// What tells the form of a record.
private struct RecordForm: Decodable {
  let hasChoices: Bool

  private enum Keys: CodingKey { case choices }

  init(from decoder: any Decoder) throws {
    // What is no object is refused where its form is read.
    hasChoices = (try? decoder.container(keyedBy: Keys.self))?.contains(.choices) ?? false
  }
}

/// The `id` alone.
private struct NamedRecord: Decodable {
  let name: String?

  private enum Keys: CodingKey { case id }

  init(from decoder: any Decoder) throws {
    let fields = try? decoder.container(keyedBy: Keys.self)
    name = try? fields?.decode(RecordName.self, forKey: .id).text
  }
}

/// The records of a JSON array, with errors that name the file, the record and what is wrong.
struct QuestionRecords<Record: Decodable> {
  private let file: QuestionFile
  private let records: [Record]

  init(_ file: QuestionFile) throws {
    self.file = file
    records = try file.decoded([Record].self)
    guard !records.isEmpty else {
      throw CorpusError.malformedQuestions(path: file.path, reason: "there are no questions")
    }
  }

  /// Converts every record, and gives its refusals the place of the record.
  func map<Result>(_ convert: (Record) throws -> Result) throws -> [Result] {
    try records.enumerated().map { index, record in
      do {
        return try convert(record)
      } catch let rejection as QuestionRejection {
        throw CorpusError.unusableQuestion(
          path: file.path, record: index + 1, id: file.name(ofRecord: index),
          problem: rejection.problem)
      }
    }
  }
}
