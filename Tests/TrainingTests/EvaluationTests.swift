import Foundation
import ParableCollective
import ParableFormats
import ParableModel
import ParableTokenization
import ParableTraining
import TestSupport
import Testing

@Suite struct EvaluationTests {
  /// A network without weights finds all ids equally likely, so that its cost is known.
  @Test func theCostOfANetworkThatKnowsNothing() throws {
    let model = try SmallModel()
    try model.writeWeights { view in
      for index in view.values.indices { view.values[index] = 0 }
    }
    let text = "What is this?<|endoftext|>Nobody knows, and nobody will ever say so."
    let path = try model.folder.write(text, to: "text.txt")
    let result = try Evaluation.run(
      ModelDirectory(path: model.path), textFile: path, communicator: SoloCommunicator())
    let bytes = text.utf8.count - "<|endoftext|>".utf8.count
    #expect(result.bytes == bytes && result.tokens == bytes)
    let loss = log(300.0)
    #expect(abs(result.loss - loss) < 1e-5)
    #expect(abs((result.perplexity ?? 0) - 300) < 0.01)
    #expect(abs((result.bitsPerByte ?? 0) - loss / log(2)) < 1e-5)
  }

  @Test func anyNumberOfRanksFindsTheSameBits() throws {
    let model = try SmallModel()
    // A network that expects a space or an "e" everywhere, and is right at times.
    try model.writeWeights { view in
      let width = view.layout.configuration.width
      for (byte, weight) in [(Int(UInt8(ascii: " ")), Float(1)), (Int(UInt8(ascii: "e")), -1)] {
        (view[.output].base + byte * width).update(repeating: weight, count: width)
      }
    }
    let text = String(repeating: "The cat. A dog?<|endoftext|>And more of it. ", count: 53)
    let path = try model.folder.write(text, to: "text.txt")
    let folder = model.path
    let expected = try Evaluation.run(
      ModelDirectory(path: folder), textFile: path, communicator: SoloCommunicator())
    #expect(expected.tokens > 1500)
    #expect(0.01 < expected.tokenAccuracy && expected.tokenAccuracy < 0.99)
    for ranks in [2, 3, 8] {
      let results = try ThreadedCommunicator.run(ranks: ranks) {
        try Evaluation.run(
          ModelDirectory(path: folder), textFile: path, communicator: $0, shardLength: 150)
      }
      #expect(results.allSatisfy { $0 == expected })
    }
  }

  @Test func aCostThatIsNoNumberIsAnError() throws {
    let model = try SmallModel()
    try model.writeWeights { $0.overflow(after: Int(UInt8(ascii: "#"))) }
    let directory = try ModelDirectory(path: model.path)
    let path = try model.folder.write("a # b", to: "text.txt")
    #expect {
      _ = try Evaluation.run(directory, textFile: path, communicator: SoloCommunicator())
    } throws: {
      "\($0)".hasPrefix("\(path): ") && "\($0)".contains("not a finite number")
    }
  }

  /// JSON has no infinity: what is no number is null, and every key is there.
  @Test func whatIsNoNumberIsNull() throws {
    let model = try SmallModel()
    let path = try model.folder.write("<|endoftext|><|endoftext|>", to: "text.txt")
    var result = try Evaluation.run(
      ModelDirectory(path: model.path), textFile: path, communicator: SoloCommunicator())
    #expect(result.bitsPerByte == nil && result.bytes == 0 && result.loss.isFinite)
    result.loss = .infinity
    result.perplexity = nil
    let data = try JSONEncoder().encode(result)
    let members = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    for key in ["loss", "perplexity", "bits_per_byte"] { #expect(members[key] is NSNull, "\(key)") }
    #expect(members["tokens"] as? Int == 1)
  }
}
