import Foundation
import ParableCommandLineInterface
import ParableLaunchEnvironment

/// Tells what mpirun says itself from what the ranks say through it.
///
/// mpirun explains at length that a rank's exit code was not 0, which the worker has said already in
/// one line; its `--quiet` would also mute why it cannot start any. So its words are kept, for the
/// case that nobody else says a word. On standard error they stand between rules of hyphens or
/// behind `[host:process]`; on standard output there is a count of processes at the very end.
struct MPIRunWords {
  /// Whether the worker said itself why it ends.
  private(set) var hasWorkerSpoken = false

  /// What the job ends with, as its first rank has told.
  private var toldCode: Int32?

  /// The first block between rules, and the first line outside.
  private var firstBlock = ""
  private var firstLine = ""
  private var isFirstBlock = true
  private var isInBlock = false
  /// The beginning of a line of which it is not known yet whose it is.
  private var line: [UInt8] = []
  private var isPassing = false
  private var lastPassed: [UInt8] = []
  private var heldOutput: [UInt8] = []
  private var hydra = HydraWords()

  private static let newLine = UInt8(ascii: "\n")
  private static let worker = [UInt8]("worker: ".utf8)
  private static let endOfProgress = [UInt8]("\u{1B}[K".utf8)
  private static let longestExplanation = 360

  /// `[host:process]` and `mpirun` of Open MPI; `[mpiexec@host]`, `[proxy:…@host]` and `Abort(5) on
  /// node` of MPICH.
  private static var firstWord: Regex<Substring> {
    #/\[[^\]\s]+:\d+\]|mpirun|\[(?:mpiexec|proxy)[^\]\s]*@[^\]\s]+\]|Abort\(-?\d+\) on node/#
  }

  /// The first thing that mpirun explained, in one line of bounded length; nil where it was silent.
  ///
  /// Of a block it is the first sentence, and the lines of the form `Component: nosuch` in it.
  var explanation: String? {
    let facts = firstBlock.split(separator: "\n").filter {
      $0.wholeMatch(of: #/[A-Z][\w ]*:\s+\S.*/#) != nil
    }
    let paragraph = firstBlock.split(separator: "\n\n").first ?? ""
    let sentence =
      paragraph.isEmpty
      ? firstLine[...] : (paragraph + " ").split(separator: #/[.:]\s/#).first ?? paragraph
    let words = ([sentence] + facts).map {
      $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    let text = words.filter { !$0.isEmpty }.joined(separator: ", ")
    if text.isEmpty { return hydra.endOfRank }
    let longest = Self.longestExplanation
    return text.count <= longest ? text : text.prefix(longest - 1) + "…"
  }

  /// The part of what came on standard error that the ranks said.
  mutating func ofRanks(errors bytes: [UInt8]) -> [UInt8] {
    var passed: [UInt8] = []
    for byte in bytes {
      line.append(byte)
      let isWhole = byte == Self.newLine
      if !isPassing {
        if line == Self.worker {
          (hasWorkerSpoken, isInBlock, isPassing) = (true, false, true)
        } else if isWhole && keeps(line) {
          line = []
        } else {
          isPassing = isWhole || !couldBeOfMPIRun(line)
        }
      }
      guard isPassing else { continue }
      passed += line
      lastPassed = (lastPassed + line).suffix(Self.endOfProgress.count)
      line = []
      // A line of progress is rewritten in place: behind it another may begin.
      if isWhole || lastPassed == Self.endOfProgress { (isPassing, lastPassed) = (false, []) }
    }
    return passed
  }

  /// The part of what came on standard output that the ranks said, but for a last line that may be
  /// mpirun's.
  mutating func ofRanks(output bytes: [UInt8]) -> [UInt8] {
    let all = heldOutput + hydra.ofRanks(bytes)
    let lastLine = all.dropLast().lastIndex(of: Self.newLine).map { all[($0 + 1)...] } ?? all[...]
    heldOutput = Self.isCountOfProcesses(lastLine) ? Array(lastLine) : []
    return Array(all.dropLast(heldOutput.count))
  }

  /// What the job ended with, by what mpirun ended with and the last signal that it was sent.
  ///
  /// MPICH's mpirun ends with 9, not 137, where a rank was killed. Once it has passed a signal on it
  /// takes no notice of what ranks end with, but for those that end before others: then it may end
  /// with 0 though the training is to be continued, or was ended in its midst. With 255, or by SIGPIPE, it
  /// ends where it fails itself, which it does when ranks of several hosts end without MPI's end.
  func exitCode(
    ofMPIRun code: Int32, after signal: Int32?, library: MPILibrary = .linked
  ) -> Int32 {
    if let signal = hydra.signal { return 128 + signal }
    guard library == .mpich, [0, 255, 128 + SIGPIPE].contains(code) else { return code }
    return toldCode ?? (code == 0 ? signal.map { 128 + $0 } ?? 0 : code)
  }

  /// What a rank left on standard output that could have been the beginning of mpirun's words.
  mutating func restOfOutput() -> [UInt8] { hydra.rest() }

  /// What a rank left without an end of line on standard error.
  func rest() -> [UInt8] { isInBlock ? [] : line }

  /// Whether a line that begins like this may turn out to be mpirun's.
  private func couldBeOfMPIRun(_ line: [UInt8]) -> Bool {
    if Self.worker.starts(with: line) { return true }
    if isInBlock { return line[0] != UInt8(ascii: "\r") }
    switch line[0] {
    case UInt8(ascii: "-"): return line.allSatisfy { $0 == UInt8(ascii: "-") }
    case UInt8(ascii: "["): return true
    case UInt8(ascii: "A"): return line.starts(with: "Abort(".utf8.prefix(line.count))
    default: return line.starts(with: "mpirun".utf8.prefix(line.count))
    }
  }

  /// Keeps a whole line if it is mpirun's.
  private mutating func keeps(_ bytes: [UInt8]) -> Bool {
    let line = String(decoding: bytes.dropLast(), as: UTF8.self)
    if line.count > 60, line.allSatisfy({ $0 == "-" }) {
      // The first block is complete where a second begins.
      if !isInBlock, !firstBlock.isEmpty { isFirstBlock = false }
      isInBlock.toggle()
    } else if let code = ToldEnd.exitCode(in: line) {
      toldCode = code
    } else if isInBlock {
      if isFirstBlock, firstBlock.count < 2 * Self.longestExplanation { firstBlock += line + "\n" }
    } else if line.prefixMatch(of: Self.firstWord) != nil {
      if firstLine.isEmpty { firstLine = line }
    } else {
      return false
    }
    return true
  }

  /// Whether it is a line such as `2 total processes killed (some possibly by mpirun …)`.
  private static func isCountOfProcesses(_ line: ArraySlice<UInt8>) -> Bool {
    guard line.count < 120, line.first.map({ (48...57).contains($0) }) == true else { return false }
    return String(decoding: line, as: UTF8.self)
      .wholeMatch(of: #/\d+ total process(es)? [a-z ]+(\(.*\))?\n/#) != nil
  }
}
