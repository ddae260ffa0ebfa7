import Foundation
import ParableAnswering
import ParableCorpus

extension FuzzTarget {
  /// Texts, token files and questions.
  static let corpora = [
    FuzzTarget("documents") { bytes, folder in
      let reader = try DocumentReader(
        paths: [folder.write(bytes, to: "text.txt")], shardLength: 1 + Int(bytes.first ?? 0) % 60)
      var read: [UInt8] = []
      for shard in 0..<reader.shardCount {
        for span in try reader.spans(of: shard..<shard + 1) {
          try reader.read(span, partLength: 7) { read += $0 }
        }
      }
      require(read == bytes, "shards are not the text")
      _ = try reader.digests(ofBlocks: 0..<reader.shardCount)
    },
    FuzzTarget("token-file") { bytes, folder in
      let path = try folder.write(bytes, to: "tokens")
      for width in [TokenFile.Width.u16, .u32] {
        guard let file = try? TokenFile(path: path, width: width) else { continue }
        let largest = file.ids(0..<file.count).map { Int(UInt32(bitPattern: $0)) }.max()
        require(file.largestID(0..<file.count) == largest, "the largest id is another")
      }
    },
    FuzzTarget("questions") { bytes, folder in
      let path = try folder.write(bytes, to: "questions.json")
      _ = try? OpenQuestionSet(path: path)
      _ = try? QuestionSource(path: path)
      for question in try QuestionSet(path: path, answersRequired: false).questions {
        require(question.problem == nil, "a question with a problem is read")
      }
    },
    FuzzTarget("template") { bytes, folder in
      let path = try folder.write(bytes, to: "template.txt")
      _ = try PromptTemplate(path)
    },
    FuzzTarget("prompting") { bytes, folder in
      let method = try PromptMethod(path: folder.write(bytes, to: "prompting.json"))
      _ = method.description
    },
  ]
}
