extension Encoder {
  /// How many bytes of the counted text a token stands for on average, special tokens left out.
  package func compression(of counts: WordCounts) -> Double {
    let stream = StreamingEncoder(self, cacheByteCount: 0)
    var bytes: UInt64 = 0
    var tokens: UInt64 = 0
    counts.visit { word, count in
      bytes &+= UInt64(word.count) &* count
      stream.feed(UnsafeRawBufferPointer(word), isComplete: true) {
        tokens &+= UInt64($0.count) &* count
      }
    }
    return Double(bytes) / Double(max(1, tokens))
  }
}
