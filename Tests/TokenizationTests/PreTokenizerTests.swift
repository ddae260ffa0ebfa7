import CParableInstructions
import ParablePlatform
import ParableTokenization
import Testing

/// Collects what a pre-tokeniser cuts.
final class PieceCollector: PreTokenReceiver {
  var pieces: [[UInt8]] = []
  var specials: [Int] = []
  private var open: [UInt8] = []

  func receive(
    words starts: UnsafePointer<UInt32>, count: Int, in text: UnsafePointer<UInt8>
  ) {
    for i in 0..<count {
      pieces.append((starts[i]..<starts[i + 1]).map { text[Int($0)] })
    }
  }

  func receive(partOfLongWord bytes: UnsafeBufferPointer<UInt8>) { open += bytes }

  func receiveEndOfLongWord() {
    pieces.append(open)
    open = []
  }

  func receive(special index: Int) { specials.append(index) }
}

func cutPieces(
  _ bytes: [UInt8], special: [String] = [], longWordLength: Int = 1024, cuts: [Int] = []
) -> PieceCollector {
  let collector = PieceCollector()
  let preTokenizer = PreTokenizer(
    finder: SpecialTokenFinder(special.map { Array($0.utf8) }), longWordLength: longWordLength)
  let ends = cuts + [bytes.count]
  var begin = 0
  for (index, end) in ends.enumerated() {
    bytes[begin..<end].withUnsafeBytes { part in
      var rest = part
      repeat {
        let taken = preTokenizer.cut(
          rest, isComplete: index == ends.count - 1, into: collector)
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(taken))
      } while !rest.isEmpty
    }
    begin = end
  }
  return collector
}

@Suite struct PreTokenizerTests {
  private static let sets: [parable_instruction_set] = [
    PARABLE_BASELINE, PARABLE_AVX2, PARABLE_AVX512,
  ]

  @Test func cutsLikeThePatternReadAsWritten() {
    var random = SplitMix64(seed: 1)
    let before = parable_active_instruction_set()
    defer { parable_select_instruction_set(before) }
    for round in 0..<400 {
      let text = random.nastyText(pieces: 1 + round / 4)
      let expected = ReferencePreTokenizer.cut(text)
      for set in Self.sets {
        parable_select_instruction_set(set)
        let pieces = cutPieces(text).pieces
        if pieces != expected {
          let first = zip(pieces, expected).first { $0 != $1 }
          Issue.record("round \(round), variant \(set): \(String(describing: first))")
          return
        }
      }
    }
  }

  @Test func cutsTheSameHoweverTheInputIsCut() {
    var random = SplitMix64(seed: 2)
    for round in 0..<100 {
      let text = random.nastyText(pieces: 40)
      let special = ["<|endoftext|>", "<|", "word word"]
      let whole = cutPieces(text, special: special)
      let byByte = cutPieces(
        text, special: special, longWordLength: 4, cuts: Array(1..<text.count))
      let cuts = (0..<5).map { _ in Int.random(in: 0...text.count, using: &random) }.sorted()
      let some = cutPieces(text, special: special, longWordLength: 7, cuts: cuts)
      #expect(byByte.pieces == whole.pieces && some.pieces == whole.pieces, "round \(round)")
      #expect(byByte.specials == whole.specials && some.specials == whole.specials)
    }
  }

  @Test func earliestSpecialTokenWinsAndAtOnePositionTheLongest() {
    let special = ["<|endoftext|>", "<|endoftext|><|endoftext|>", "of<"]
    let text = Array("<|endoftext|><|endoftext|><|endoftext|>of<|endoftext|>".utf8)
    let found = cutPieces(text, special: special)
    #expect(found.specials == [1, 0, 2])
    #expect(found.pieces == [Array("|".utf8), Array("endoftext".utf8), Array("|>".utf8)])
    let byByte = cutPieces(text, special: special, cuts: Array(1..<text.count))
    #expect(byByte.specials == found.specials && byByte.pieces == found.pieces)
  }
}
