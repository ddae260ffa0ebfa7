import Foundation
import TestSupport
import Testing

/// Documentation/DATA.md as a person follows it: every file saved under its name, every command
/// typed.
@Suite struct DataDocumentationTests {
  /// A fenced block: its language, its text, and the name in the line above it, where one is.
  struct Block {
    var language: String
    var text: String
    var name: String?
  }

  private static func blocks() throws -> [Block] {
    let path = SharedFixtures.packageRoot.appendingPathComponent("Documentation/DATA.md")
    var blocks: [Block] = []
    var open: Block?
    var lastLine = ""
    for line in try String(contentsOf: path, encoding: .utf8).components(separatedBy: "\n") {
      if var block = open {
        if line == "```" {
          blocks.append(block)
          open = nil
        } else {
          block.text += line + "\n"
          open = block
        }
      } else if line.hasPrefix("```") {
        let name = lastLine.wholeMatch(of: /`([a-z.]+)`/).map { String($0.1) }
        open = Block(language: String(line.dropFirst(3)), text: "", name: name)
      }
      if !line.isEmpty { lastLine = line }
    }
    return blocks
  }

  private struct Question: Decodable { var id: String }
  private struct File: Decodable {
    var predictions: [Int]
    var accuracy: Double?
    var config: [String: String]
  }

  @Test func everyExampleWorks() throws {
    let folder = try TemporaryFolder()
    let blocks = try Self.blocks()
    for block in blocks { if let name = block.name { try folder.write(block.text, to: name) } }
    #expect(
      try folder.names() == [
        "answers.json", "books.txt", "mine.txt", "prompts.txt", "questions.json", "small.json",
      ])
    let programs = URL(fileURLWithPath: try BuiltProduct.path("worker"))
      .deletingLastPathComponent().path
    let commands = blocks.filter { $0.language == "sh" }
    #expect(commands.count >= 7)
    for block in commands {
      let result = try runProcess(
        "sh", ["-ec", "PATH=\(programs):$PATH\n\(block.text)"], in: folder.path)
      #expect(result.exitCode == 0, "\(block.text)\(result.errors)")
    }
    #expect(try folder.read("books.again") == folder.read("books.txt"))
    #expect(try folder.read("books.too") == folder.read("books.txt"))

    // The shown file of predictions is one, of the questions that are shown.
    let questions = try JSONDecoder().decode(
      [Question].self, from: Data(folder.read("questions.json")))
    let shown = try #require(blocks.last { $0.language == "json" && $0.name == nil })
    let written = try JSONDecoder().decode(File.self, from: Data(folder.read("predictions.json")))
    for file in [try JSONDecoder().decode(File.self, from: Data(shown.text.utf8)), written] {
      #expect(file.predictions.count == questions.count && file.accuracy != nil)
      #expect(file.config["method"] == "classifier" && file.config["model"] == "answering")
    }
  }
}
