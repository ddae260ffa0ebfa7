import Foundation
import ParableCommandLineInterface
import ParableLaunchEnvironment
import Testing

@testable import Launcher

/// What Open MPI 4.1.4 and MPICH 4.0.2 were seen to write, in one piece and byte by byte.
@Suite struct MPIRunWordsTests {
  static let rule = String(repeating: "-", count: 74) + "\n"
  static let exitBlock =
    rule + "Primary job  terminated normally, but 1 process returned\n"
    + "a non-zero exit code. Per user-direction, the job has been aborted.\n" + rule
  static let component =
    rule + "A requested component was not found, or was unable to be opened.  This\n"
    + "means that this component is not installed.\n\nHost:      vm\nComponent: nosuch\n" + rule
  static let initialization =
    "[vm:18209] *** An error occurred in MPI_Init\n[vm:18205] 1 more process has sent help\n"

  static let cases: [(errors: String, ofRanks: String, explanation: String?, spoken: Bool)] = [
    ("", "", nil, false),
    ("step 1\nworker: it failed\n" + exitBlock, "step 1\nworker: it failed\n", primary, true),
    (exitBlock, "", primary, false),
    (
      component + exitBlock + initialization, "",
      "A requested component was not found, or was unable to be opened, Host: vm, Component: nosuch",
      false
    ),
    (exitBlock + component, "", primary, false),
    (initialization, "", "[vm:18209] *** An error occurred in MPI_Init", false),
    // A line of progress on a terminal has no end.
    ("\rstep 3\u{1B}[K" + exitBlock, "\rstep 3\u{1B}[K", primary, false),
    ("\rstep 3\u{1B}[K\nworker: x\n", "\rstep 3\u{1B}[K\nworker: x\n", nil, true),
    // A rank that speaks within a block, and what is only like a block.
    (rule + "words\n\rstep 3\u{1B}[K" + rule, "\rstep 3\u{1B}[K", "words", false),
    (rule + "words\nworker: x\nmore\n", "worker: x\nmore\n", "words", true),
    ("--- 3 ---\n[1] ok\nmp\n", "--- 3 ---\n[1] ok\nmp\n", nil, false),
    ("mpirun: Forwarding signal 10 to job\n", "", "mpirun: Forwarding signal 10 to job", false),
    (
      "worker: x\nAbort(5) on node 2 (rank 2 in comm 0): application called MPI_Abort\nAbort\n",
      "worker: x\nAbort\n",
      "Abort(5) on node 2 (rank 2 in comm 0): application called MPI_Abort", true
    ),
    (
      "[proxy:0:0@vm] main (pm/pmiserv/pmip.c:169): demux engine error\n[x@y] z\n", "[x@y] z\n",
      "[proxy:0:0@vm] main (pm/pmiserv/pmip.c:169): demux engine error", false
    ),
    ("not worker: x\n", "not worker: x\n", nil, false),
    ("no end", "no end", nil, false), ("-", "-", nil, false),
  ]
  static let primary =
    "Primary job terminated normally, but 1 process returned a non-zero exit code"

  @Test(arguments: cases.indices, [1, 7, 1 << 20])
  func theirWordsAreToldFromThoseOfTheRanks(_ index: Int, _ pieceLength: Int) {
    let expected = Self.cases[index]
    var words = MPIRunWords()
    let bytes = [UInt8](expected.errors.utf8)
    var passed: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: pieceLength) {
      passed += words.ofRanks(errors: Array(bytes[start...].prefix(pieceLength)))
    }
    passed += words.rest()
    #expect(String(decoding: passed, as: UTF8.self) == expected.ofRanks)
    #expect(words.explanation == expected.explanation)
    #expect(words.hasWorkerSpoken == expected.spoken)
  }

  /// After a signal MPICH's mpirun may end with 0, whatever has become of the ranks.
  @Test(
    arguments: [
      (0, nil, "", 0), (0, SIGUSR1, told(75), 75), (0, SIGUSR1, told(0), 0), (0, SIGUSR1, "", 138),
      (75, SIGUSR1, "", 75), (1, SIGTERM, told(75), 1), (255, nil, told(0), 0),
      (141, SIGUSR1, told(75), 75), (255, SIGUSR1, "", 255),
    ] as [(Int32, Int32?, String, Int32)])
  func theFirstRankTellsHowTheJobEnds(
    _ mpirun: Int32, _ signal: Int32?, _ errors: String, _ exitCode: Int32
  ) {
    var words = MPIRunWords()
    #expect(words.ofRanks(errors: Array("a\n\(errors)b\n".utf8)) == Array("a\nb\n".utf8))
    #expect(!words.hasWorkerSpoken && words.explanation == nil)
    #expect(words.exitCode(ofMPIRun: mpirun, after: signal, library: .mpich) == exitCode)
    #expect(words.exitCode(ofMPIRun: mpirun, after: signal, library: .openMPI) == mpirun)
  }

  private static func told(_ exitCode: Int32) -> String { ToldEnd.line(exitCode) + "\n" }

  @Test func whatRanksWriteIsPassedAtOnceAndUnchanged() {
    var words = MPIRunWords()
    #expect(words.ofRanks(errors: Array("step".utf8)) == Array("step".utf8))
    let bytes = (0...255).map { UInt8($0) }
    #expect(words.ofRanks(output: bytes) == bytes)
    #expect(words.ofRanks(output: Array("2 total\n".utf8)) == Array("2 total\n".utf8))
  }

  @Test func theCountOfProcessesAtTheEndIsDropped() {
    let count = Array("2 total processes killed (some possibly by mpirun during cleanup)\n".utf8)
    let line = Array("line\n".utf8)
    var words = MPIRunWords()
    #expect(words.ofRanks(output: line + count) == line)
    var other = MPIRunWords()
    #expect(other.ofRanks(output: count) == [])
    // It was not the end.
    #expect(other.ofRanks(output: line) == count + line)
  }
}
