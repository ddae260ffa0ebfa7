import ParableLaunchEnvironment
import Testing

@Suite struct WorkShareTests {
  @Test(
    arguments: [
      (
        64, 32, 4,
        "64 ranks, 8 micro-batches: 56 would idle; use --batch 256, or --batch 64 --micro-batch 1"
      ),
      (12, 16, 4, "12 ranks, 4 micro-batches: 8 would idle; use --batch 48, or --micro-batch 1"),
      (16, 32, 4, "16 ranks, 8 micro-batches: 8 would idle; use --batch 64, or --micro-batch 2"),
      (3, 2, 1, "3 ranks, 2 micro-batches: 1 would idle; use --batch 3"),
      (2, 4, 4, "2 ranks, 1 micro-batch: 1 would idle; use --batch 8, or --micro-batch 2"),
      (8, 32, 4, nil), (1, 1, 1, nil),
    ] as [(Int, Int, Int, String?)])
  func ranksWithoutWorkAreSaid(ranks: Int, batch: Int, microBatch: Int, note: String?) {
    #expect(WorkShare(batch: batch, microBatch: microBatch).idleNote(ranks: ranks) == note)
  }

  /// Whatever is advised, all ranks have work with it, and it is a batch that is taken.
  @Test func theRemedyHelps() throws {
    for ranks in 2...70 {
      for microBatch in 1...9 {
        for count in 1...12 where count < ranks {
          let share = WorkShare(batch: microBatch * count, microBatch: microBatch)
          for way in share.remedy(ranks: ranks).dropFirst("use ".count).split(separator: ", or ") {
            let words = way.split(separator: " ")
            func value(_ option: String) -> Int? {
              words.firstIndex(of: Substring(option)).flatMap { Int(words[$0 + 1]) }
            }
            let batch = value("--batch") ?? share.batch
            let size = value("--micro-batch") ?? microBatch
            #expect(batch.isMultiple(of: size) && batch / size >= ranks, "\(share) \(ranks) \(way)")
          }
        }
      }
    }
  }

  @Test func slotsThatAreLeftEmptyAreSaid() {
    #expect(
      WorkShare(batch: 32, microBatch: 4).fewerNote(slots: 64)
        == "64 slots, 8 micro-batches: 8 ranks are started; use --batch 256, or --batch 64 "
        + "--micro-batch 1 for 64")
  }
}
