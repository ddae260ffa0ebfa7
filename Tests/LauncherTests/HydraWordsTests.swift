import Testing

@testable import Launcher

/// What the mpirun of MPICH 4.0.2 was seen to write on standard output.
@Suite struct HydraWordsTests {
  static let banner = """

    \(String(repeating: "=", count: 83))
    =   BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES
    =   PID 5457 RUNNING AT vm
    =   EXIT CODE: 11
    =   CLEANING UP REMAINING PROCESSES
    =   YOU CAN IGNORE THE BELOW CLEANUP MESSAGES
    \(String(repeating: "=", count: 83))
    YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Segmentation fault (signal 11)
    This typically refers to a problem with your application.
    Please see the FAQ page for debugging suggestions

    """
  static let note = "[mpiexec@vm] Sending Ctrl-C to processes as requested\n"

  static let cases: [(output: String, ofRanks: String, signal: Int32?)] = [
    ("", "", nil), ("run: x\n", "run: x\n", nil),
    ("run: x\n" + banner, "run: x\n", 11), (banner, "", 11),
    // The others were killed.
    (banner.replacing("CODE: 11", with: "CODE: 10"), "", 10),
    (banner.replacing("CODE: 11", with: "CODE: 134"), "", 6),
    (banner.replacing("CODE: 11", with: "CODE: 9"), "", 11),
    (note + "a\n\n" + note + "\n\nb", "a\n\n\n\nb", nil),
    // What is only like it.
    ("\n====\n\n=\n[mpi]\n[", "\n====\n\n=\n[mpi]\n[", nil),
    (
      "\n" + String(repeating: "=", count: 83) + "\n=  B",
      "\n" + String(repeating: "=", count: 83) + "\n=  B", nil
    ),
    ("a[mpiexec@vm]", "a[mpiexec@vm]", nil), ("\n\n\n", "\n\n\n", nil),
  ]

  @Test(arguments: cases.indices, [1, 7, 1 << 20])
  func theyAreToldFromThoseOfTheRanks(_ index: Int, _ pieceLength: Int) {
    let expected = Self.cases[index]
    var words = HydraWords()
    let bytes = [UInt8](expected.output.utf8)
    var passed: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: pieceLength) {
      passed += words.ofRanks(Array(bytes[start...].prefix(pieceLength)))
    }
    passed += words.rest()
    #expect(String(decoding: passed, as: UTF8.self) == expected.ofRanks)
    #expect(words.signal == expected.signal)
  }

  @Test func linesArePassedAtOnce() {
    var words = HydraWords()
    for line in ["step 1\n", "step 2", "\n", "x"] {
      #expect(words.ofRanks(Array(line.utf8)) == Array(line.utf8))
    }
  }
}
