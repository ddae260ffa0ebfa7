import Foundation
import ParableCorpus
import ParablePlatform
import Testing

@Suite struct QuestionSetTests {
  private static let good =
    #"{"context":"c","question":"q","choices":["a","b"],"answer":1,"id":"x"}"#

  @Test func readsWhatItWrites() throws {
    let set = QuestionSet([
      MultipleChoiceQuestion(
        context: "A \"fox\"\n\tsat.\u{1}\\ Über", question: "Who?", choices: ["a", "b", "c"],
        answer: 2, id: "one"),
      MultipleChoiceQuestion(
        context: "c", question: "q", choices: ["1", "2", "3", "4", "5"], answer: 0),
    ])
    try withFile("") { path in
      try write(set, to: path)
      let read = try QuestionSet(path: path)
      #expect(read == set)
    }
  }

  @Test func threeOrFiveChoicesAreFine() throws {
    let text = """
      [{"context":"c","question":"q","choices":["1","2","3"],"answer":2,"id":7},
       {"context":"c","question":"q","choices":["1","2","3","4","5"],"answer":4}]
      """
    try withFile(text) { path in
      let questions = try QuestionSet(path: path).questions
      #expect(questions.map(\.choices.count) == [3, 5])
      #expect(questions.map(\.answer) == [2, 4])
      #expect(questions.map(\.id) == ["7", nil])
    }
  }

  @Test func answersMayBeLeftOutWherePredictionsAreWanted() throws {
    let text = #"[{"context":"c","question":"q","choices":["a","b"],"id":"x","answer":null}]"#
    try withFile(text) { path in
      let set = try QuestionSet(path: path, answersRequired: false)
      #expect(set.questions.map(\.answer) == [nil])
      let error = #expect(throws: CorpusError.self) { try QuestionSet(path: path) }
      #expect(
        error?.description
          == "\(path) record 1 (id x): the field \"answer\" is missing; add it (\"answer\": …)")
    }
  }

  @Test(
    arguments: [
      (
        #"{"context":"c","question":"q","choices":["a","b"],"answer":2,"id":"y"}"#,
        "the answer 2 names none of the 2 choices", "; count from 0 to 1"
      ),
      (
        #"{"context":"c","question":"q","choices":["a","b"],"answer":-1,"id":"y"}"#,
        "the answer -1 names none of the 2 choices", "; count from 0 to 1"
      ),
      (
        #"{"context":"c","choices":["a","b"],"answer":1,"id":"y"}"#,
        "the field \"question\" is missing", "record 2 (id y)"
      ),
      (
        #"{"question":"q","choices":["a","b"],"answer":1}"#,
        "the field \"context\" is missing", "record 2: "
      ),
      (
        #"{"context":"c","question":"q","answer":1}"#, "the field \"choices\" is missing",
        "record 2"
      ),
      (
        #"{"context":"c","question":"q","choices":["a"," "],"answer":1,"id":"y"}"#,
        "choice 1 is empty", "record 2 (id y)"
      ),
      (
        #"{"context":"c","question":"q","choices":["a","b","a"],"answer":1,"id":"y"}"#,
        "choices 0 and 2 are the same", "record 2 (id y)"
      ),
      (
        #"{"context":"c","question":"q","choices":["a"],"answer":0,"id":"y"}"#,
        "there is only 1 choice", "record 2 (id y)"
      ),
      (
        #"{"context":"","question":"q","choices":["a","b"],"answer":1,"id":"y"}"#,
        "the field \"context\" is empty", "record 2 (id y)"
      ),
      (
        #"{"context":"c","question":"\n","choices":["a","b"],"answer":1,"id":"y"}"#,
        "the field \"question\" is empty", "record 2 (id y)"
      ),
      (
        #"{"context":"c","question":"q","choices":"ab","answer":1,"id":"y\nz"}"#,
        "the field \"choices\" is not a list of texts", "record 2 (id y\\u{a}z)"
      ),
      (
        #"{"context":"c","question":"q","choices":["a",3],"answer":1,"id":"y"}"#,
        "the field \"choices\" is not a list of texts", "record 2 (id y)"
      ),
      (
        #"{"context":"c","question":"q","choices":["a","b"],"answer":"b","id":"y"}"#,
        "the field \"answer\" is not a whole number", "record 2 (id y)"
      ),
      (
        #"{"context":"c","question":"q","choices":["a","b"],"answer":0.5,"id":"y"}"#,
        "the field \"answer\" is not a whole number", "record 2 (id y)"
      ),
      ("17", "the record is no object", "record 2"),
    ])
  func badRecordsAreNamed(record: String, what: String, place: String) throws {
    try withFile("[\(Self.good), \(record)]") { path in
      let error = try #require(throws: CorpusError.self) { try QuestionSet(path: path) }
      let line = error.description
      #expect(line.hasPrefix("\(path) record 2") && line.contains(": \(what); "))
      #expect(line.contains(place))
      #expect(!line.contains("\n"))
    }
  }

  @Test(
    arguments: [
      ("", "not JSON"), ("hello", "not JSON"), ("[{\"context\": ", "not JSON"),
      ("{\"data\": []}", "not a JSON array"), ("[]", "there are no questions"),
      ("\"text\"", "not a JSON array"),
      ("[{\"id\": 1, \"id\": 2}]", "not JSON at line 1, column 12: \"id\" stands there twice"),
    ])
  func filesThatAreNoQuestionsAreNamed(text: String, what: String) throws {
    try withFile(text) { path in
      let error = try #require(throws: CorpusError.self) { try QuestionSet(path: path) }
      #expect(error.description.hasPrefix("\(path): \(what)"), "\(error.description)")
      #expect(!error.description.contains("\n"))
    }
  }

  @Test func filesThatCannotBeOpenedAreNamed() {
    let path = "/nowhere/questions.json"
    let read = #expect(throws: FileError.self) { try QuestionSet(path: path) }
    #expect(read?.description == "\(path): no such file; check the name")
  }

  /// A folder, a device without an end, and a pipe that nobody writes to.
  @Test func whatIsNoFileIsRefusedAtOnce() throws {
    let pipe = FileManager.default.temporaryDirectory
      .appendingPathComponent("questions-\(UUID().uuidString)").path
    try #require(mkfifo(pipe, 0o600) == 0)
    defer { unlink(pipe) }
    for path in ["/dev/zero", pipe] {
      let error = #expect(throws: FileError.self) { try QuestionSource(path: path) }
      #expect(error?.description == "\(path): it is no regular file; name a regular file")
    }
    let error = #expect(throws: FileError.self) { try QuestionSource(path: "/") }
    #expect(error?.description == "/: it is a folder; name a file")
  }

  /// The form is what the keys say, wherever the word stands otherwise.
  @Test func aTextThatIsTheWordChoicesIsNoKey() throws {
    let records = [
      #"{"title":"choices","context":"c","question":"choices","answers":["choices"],"id":"choices"}"#,
      #"{"context":"c","question":"q","answers":["b"],"other":{"choices":["x","y"]}}"#,
    ]
    try withFile("[\(records.joined(separator: ","))]") { path in
      guard case .answers(let set) = try QuestionSource(path: path) else {
        Issue.record("read as questions with choices")
        return
      }
      #expect(set.questions.map(\.answers) == [["choices"], ["b"]])
    }
    // An escape in a key is still that key.
    try withFile(#"[{"context":"c","question":"q","\u0063hoices":["a","b"],"answer":1}]"#) { path in
      guard case .choices(let set) = try QuestionSource(path: path) else {
        Issue.record("read as questions with answers")
        return
      }
      #expect(set.questions.map(\.choices) == [["a", "b"]])
      #expect(try OpenQuestionSet(path: path).questions.map(\.answers) == [["b"]])
    }
  }

  @Test func otherEncodingsAreNamed() throws {
    let text = "[\(Self.good)]"
    for (encoding, name) in [
      (String.Encoding.utf16, "UTF-16"), (.utf16LittleEndian, "UTF-16"),
      (.utf16BigEndian, "UTF-16"), (.utf32LittleEndian, "UTF-32"), (.utf32BigEndian, "UTF-32"),
    ] {
      let data = try #require(text.data(using: encoding))
      try withFile(data) { path in
        let expected = CorpusError.malformedQuestions(
          path: path, reason: "the text is \(name)", remedy: "save it as UTF-8")
        #expect(throws: expected) { try QuestionSet(path: path) }
        #expect(throws: expected) { try OpenQuestionSet(path: path) }
      }
    }
    try withFile(Data([0xEF, 0xBB, 0xBF]) + Data(text.utf8)) { path in
      let questions = try QuestionSet(path: path).questions
      #expect(questions.count == 1)
    }
    let latin = Data("[{\"context\":\n \"".utf8) + Data([0xFC]) + Data("\"}]".utf8)
    try withFile(latin) { path in
      let error = #expect(throws: CorpusError.self) { try QuestionSet(path: path) }
      #expect(
        error?.description.hasPrefix(
          "\(path): not JSON at line 2, column 3: byte 15 is not UTF-8") == true)
    }
  }

  @Test func jsonLinesAreHinted() throws {
    try withFile("\(Self.good)\n\(Self.good)\n") { path in
      let error = #expect(throws: CorpusError.self) { try QuestionSet(path: path) }
      #expect(error?.description.contains("line 2, column 1") == true)
      #expect(error?.description.contains("JSON Lines into one array") == true)
    }
  }

  /// é as one scalar and as two: other bytes, other tokens.
  @Test func spellingsOfOneLetterAreDifferentChoices() throws {
    let question =
      #"{"context":"c","question":"q","choices":["caf\u00e9","cafe\u0301"],"answer":1}"#
    try withFile("[\(question)]") { path in
      let choices = try QuestionSet(path: path).questions[0].choices
      #expect(choices.map(\.unicodeScalars.count) == [4, 5])
    }
    try withFile("[\(question.replacing("e\\u0301", with: "\\u00e9"))]") { path in
      let error = #expect(throws: CorpusError.self) { try QuestionSet(path: path) }
      #expect(error?.description.contains("choices 0 and 1 are the same") == true)
    }
  }

  @Test func moreChoicesThanAreOfUseAreRefused() throws {
    func text(_ count: Int) -> String {
      let choices = (0..<count).map { "\"\($0)\"" }.joined(separator: ",")
      return #"[{"context":"c","question":"q","answer":0,"choices":[\#(choices)]}]"#
    }
    try withFile(text(256)) { path in
      let questions = try QuestionSet(path: path).questions
      #expect(questions[0].choices.count == 256)
    }
    try withFile(text(257)) { path in
      let error = #expect(throws: CorpusError.self) { try QuestionSet(path: path) }
      #expect(error?.description.contains("257 choices") == true)
    }
  }

  @Test func answersFilesKeepEveryWording() throws {
    let text = """
      [{"title":"t","id":"r","context":"c","question":"q","answers":["a","a","the a"]},
       {"id":"s","context":"c","question":"q","answers":["b"]}]
      """
    try withFile(text) { path in
      let questions = try OpenQuestionSet(path: path).questions
      #expect(
        questions == [
          OpenQuestion(
            title: "t", context: "c", question: "q", answers: ["a", "a", "the a"], id: "r"),
          OpenQuestion(context: "c", question: "q", answers: ["b"], id: "s"),
        ])
    }
  }

  @Test(
    arguments: [
      (#"{"context":"c","question":"q","answers":[],"id":"y"}"#, "the field \"answers\" is empty"),
      (
        #"{"context":"c","question":"q","answers":["a",""],"id":"y"}"#,
        "the field \"answers\" is empty"
      ),
      (#"{"context":"c","question":"q","id":"y"}"#, "the field \"answers\" is missing"),
      (
        #"{"context":" ","question":"q","answers":["a"],"id":"y"}"#,
        "the field \"context\" is empty"
      ),
    ])
  func badRecordsOfAnswersFilesAreNamed(record: String, what: String) throws {
    try withFile("[\(record)]") { path in
      let error = try #require(throws: CorpusError.self) { try OpenQuestionSet(path: path) }
      #expect(error.description.hasPrefix("\(path) record 1 (id y): \(what); "))
    }
  }

  @Test(.enabled(if: SharedData.folder != nil, "the shared data is not there"))
  func sharedQuestionsAreRead() throws {
    let folder = try #require(SharedData.folder)
    let questions = try QuestionSet(path: folder + "/data/qa/dev.json").questions
    #expect(questions.count == 1_000)
    #expect(questions.allSatisfy { $0.choices.count == 4 && $0.answer != nil && $0.id != nil })
  }

  private func write(_ set: QuestionSet, to path: String) throws {
    var bytes: [UInt8] = []
    try set.write { bytes += $0 }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
    try withFile(Data(text.utf8), body)
  }

  private func withFile(_ data: Data, _ body: (String) throws -> Void) throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("questions-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try data.write(to: file)
    try body(file.path)
  }
}

/// Where the data that is shared between checkouts lies, if it is there.
enum SharedData {
  static let folder: String? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let folder =
      ProcessInfo.processInfo.environment["PARABLE_SHARED"]
      ?? root.deletingLastPathComponent().appendingPathComponent("shared").path
    return FileManager.default.fileExists(atPath: folder) ? folder : nil
  }()
}
