import Glibc
import ParablePlatform
import TestSupport
import Testing

/// Memory that is not to be had is one line and the end, not a crash.
@Suite("Memory")
struct MemoryTests {
  /// More than any machine has, and as many bytes as have no number: of the last 4, were they counted
  /// in 64 bits.
  @Test(arguments: [1 << 50, Int.max, 1 << 62 + 1])
  func whatNoMachineHasEndsTheProcessInOneLine(count: Int) async {
    let result = await #expect(
      processExitsWith: .exitCode(1), observing: [\.standardErrorContent]
    ) { [count] in
      _ = OwnedBuffer<Float>(count: count)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("no memory for"), "\(text)")
    #expect(text.split(separator: "\n").count == 1, "\(text)")
  }

  @Test func whoeverHandlesItIsToldHowMuch() async {
    await #expect(processExitsWith: .exitCode(7)) {
      OutOfMemory.handle { byteCount in exit(byteCount == 8 << 50 ? 7 : 8) }
      _ = OwnedBuffer<Double>(count: 1 << 50)
    }
  }

  /// Each alone would fit, and the machine does not have them together.
  @Test func allocationsAreCountedTogether() async {
    await #expect(processExitsWith: .exitCode(7)) {
      OutOfMemory.handle { _ in exit(7) }
      let memory = OwnedBuffer<UInt8>(count: 64 << 20)
      OutOfMemory.require(byteCount: 1 << 20)
      OutOfMemory.require(byteCount: MemoryLimit.current.bytes - memory.count / 2)
    }
  }

  @Test func whatIsFreedCanBeHadAgain() async {
    await #expect(processExitsWith: .success) {
      do { _ = OwnedBuffer<UInt8>(count: 64 << 20) }
      OutOfMemory.require(byteCount: MemoryLimit.current.bytes - (32 << 20))
    }
  }

  @Test(.measuresMemory) func aLimitOfTheProcessIsRespected() async {
    await #expect(processExitsWith: .exitCode(7)) {
      var limit = rlimit(rlim_cur: 40 << 30, rlim_max: 40 << 30)
      setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
      let before = MemoryLimit.current
      limit.rlim_cur = 1 << 30
      setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
      let now = MemoryLimit.current
      guard now.bytes < 1 << 30, now.bytes < before.bytes, now.source.contains("ulimit -v") else {
        exit(8)
      }
      OutOfMemory.handle { _ in exit(7) }
      _ = OwnedBuffer<UInt8>(count: 1 << 30)
    }
  }

  @Test func whatIsMissingIsSaidInOneLine() throws {
    #expect(throws: Never.self) {
      try MemoryLimit.require(1 << 20, at: "here", for: "this", remedy: "nothing")
    }
    let error = #expect(throws: NotEnoughMemory.self) {
      try MemoryLimit.require(1 << 60, at: "pretrain", for: "a rank", remedy: "choose less")
    }
    let text = try #require(error?.description)
    #expect(text.hasPrefix("pretrain: a rank takes 1152921504.6 GB, and "), "\(text)")
    #expect(text.hasSuffix("B; choose less"), "\(text)")
  }
}
