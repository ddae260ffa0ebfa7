import Foundation
import TestSupport
import Testing

/// Prompting by the built program, alone and under mpirun.
@Suite struct PromptingUnderMPITests {
  @Test func anyNumberOfRanksWritesTheSameFiles() throws {
    let folder = try TemporaryFolder()
    let worker = try BuiltProduct.path("worker")
    for arguments in [
      ["stories", "--count", "20", "--output", "s.txt", "--questions", "q.json"],
      [
        "pretrain", "--corpus", "s.txt", "--run", "run", "--width", "8", "--layers", "1",
        "--heads", "2", "--hidden", "8", "--context", "128", "--batch", "1", "--grain", "1",
        "--vocabulary-size", "600", "--steps", "1",
      ],
    ] {
      let result = try runProcess(worker, arguments, in: folder.path)
      try #require(result.exitCode == 0, "\(result.errors)")
    }
    var files: [[[UInt8]]] = []
    for ranks in [1, 2, 3] {
      let arguments = [
        "prompt", "--model", "run", "--dev", "q.json", "--template", "few-shot,question-first",
        "--orders", "2", "--shots", "1", "--output", "out",
      ]
      let result =
        ranks == 1
        ? try runProcess(worker, arguments, in: folder.path)
        : try runUnderMPI(ranks: ranks, worker, arguments, in: folder.path)
      try #require(result.exitCode == 0, "\(ranks) ranks: \(result.errors)")
      files.append(
        try [
          folder.read("out/prompting_predictions.json"),
          folder.read("out/prompting.json"),
        ])
    }
    #expect(files[1] == files[0] && files[2] == files[0])
  }
}
