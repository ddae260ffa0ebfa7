import Files
import Foundation

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

/// The records of a JSON array, with errors that name the file, the record and what is wrong.
struct QuestionRecords<Record: Decodable> {
  private let path: String
  private let data: Data
  private let records: [Record]

  init(path: String) throws {
    self.path = path
    do {
      data = Data(try contents(ofFile: path))
    } catch {
      throw CorpusError.unreadable(path, error)
    }
    do {
      records = try JSONDecoder().decode([Record].self, from: data)
    } catch let error as DecodingError {
      throw Self.explain(error, path: path, data: data)
    }
    guard !records.isEmpty else {
      throw CorpusError.malformedQuestions(path: path, reason: "there are no questions")
    }
  }

  /// Converts every record, and gives its refusals the place of the record.
  func map<Result>(_ convert: (Record) throws -> Result) throws -> [Result] {
    try records.enumerated().map { index, record in
      do {
        return try convert(record)
      } catch let rejection as QuestionRejection {
        throw CorpusError.unusableQuestion(
          path: path, record: index + 1, id: recordNames(in: data)[index],
          problem: rejection.problem)
      }
    }
  }

  private static func explain(_ error: DecodingError, path: String, data: Data) -> CorpusError {
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
      if case .dataCorrupted = error {
        return .malformedQuestions(path: path, reason: "not JSON" + detail(of: context))
      }
      return .malformedQuestions(path: path, reason: "not a JSON array")
    }
    let problem: QuestionProblem
    if let missing {
      problem = .missing(field: missing)
    } else if context.codingPath.count > 1 {
      let field = context.codingPath[1].stringValue
      problem = .wrongType(field: field, expected: expectedTypes[field] ?? "a text")
    } else {
      problem = .noObject
    }
    let names = recordNames(in: data)
    return .unusableQuestion(
      path: path, record: index + 1, id: names.indices.contains(index) ? names[index] : nil,
      problem: problem)
  }

  private static var expectedTypes: [String: String] {
    [
      "choices": "a list of texts", "answers": "a list of texts", "answer": "a whole number",
      "id": "a text or a whole number",
    ]
  }

  /// Where in the file the parser gave up, if it says so.
  private static func detail(of context: DecodingError.Context) -> String {
    guard let error = context.underlyingError as NSError?,
      let text = error.userInfo["NSDebugDescription"] as? String
    else { return "" }
    return " (\(text.trimmingCharacters(in: CharacterSet(charactersIn: ". "))))"
  }
}

/// The `id` of every record, wherever one can be read.
private func recordNames(in data: Data) -> [String?] {
  struct Named: Decodable {
    let name: String?

    private enum Keys: CodingKey { case id }

    init(from decoder: any Decoder) throws {
      let fields = try? decoder.container(keyedBy: Keys.self)
      name = try? fields?.decode(RecordName.self, forKey: .id).text
    }
  }
  return (try? JSONDecoder().decode([Named].self, from: data))?.map(\.name) ?? []
}
