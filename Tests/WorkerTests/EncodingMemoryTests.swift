import Foundation
import TestSupport
import Testing

/// What `worker encode` holds in memory while a text passes through it.
@Suite struct EncodingMemoryTests {
  /// Feeds a text through a pipe and asks for the peak before the pipe is closed.
  private static let script = """
    mkfifo "$1" || exit 1
    text=$2 fifo=$1
    shift 2
    "$@" < "$fifo" &
    exec 3> "$fifo"
    cat "$text" >&3
    grep VmHWM "/proc/$!/status"
    exec 3>&-
    wait $!
    """

  @Test(.measuresMemory, arguments: ["a", " ", "ab \n", "é", "<|endoftext|>"])
  func aStreamOfAnythingNeedsLessThanAMegabyte(pattern: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("aaaa ab aaaaaaaa    \n\n  ab ab é é", to: "corpus.txt")
    let worker = try BuiltProduct.path("worker")
    let trained = try runProcess(
      worker,
      [
        "train-tokenizer", "--corpus", folder.file("corpus.txt"), "--vocabulary-size", "270",
        "--output", folder.file("tokenizer"),
      ])
    try #require(trained.exitCode == 0, "\(trained.errors)")
    func peak(_ byteCount: Int) throws -> Int {
      let text = String(repeating: pattern, count: byteCount / pattern.utf8.count)
      try folder.write(text, to: "text-\(byteCount)")
      let result = try runProcess(
        "/bin/sh",
        [
          "-c", Self.script, "sh", folder.file("pipe-\(byteCount)"),
          folder.file("text-\(byteCount)"), worker, "encode", "--tokenizer",
          folder.file("tokenizer"), "--format", "u16", "--output", folder.file("ids"),
        ])
      try #require(result.exitCode == 0, "\(result.errors)")
      return try #require(result.output.split(separator: " ").compactMap { Int($0) }.first) << 10
    }
    // A pipe holds 64 KiB: of the short text at least that much has been read as well.
    let growth = try peak(6 << 20) - peak(160 << 10)
    #expect(growth < 1 << 20, "\(growth) bytes")
  }
}
