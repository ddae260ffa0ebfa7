import Foundation

/// Takes out of standard output what MPICH's mpirun, Hydra, says there itself.
///
/// That is lines that begin with `[mpiexec@host]`, and at the end of a job that went wrong an empty
/// line, a rule of equality signs, and why.
struct HydraWords {
  /// Why a rank ended, such as `Killed (signal 9)`.
  private(set) var endOfRank: String?

  /// The signal by which the rank ended that the banner is about.
  private var signalOfBanner: Int32?

  /// The beginning of a line that may be Hydra's.
  private var held: [UInt8] = []
  private var isAtLineStart = true
  private var isBanner = false

  private static let note = [UInt8]("[mpiexec@".utf8)
  private static let banner = [UInt8](
    ("\n" + String(repeating: "=", count: 83) + "\n=   BAD TERMINATION").utf8)
  private static let newLine = UInt8(ascii: "\n")

  /// The signal by which a rank ended.
  ///
  /// The last words have the numbers of the signals of all ranks put together bit by bit, with that of the
  /// SIGKILL by which Hydra ends the others; the banner is about the first rank that a signal ended, which
  /// may be one of those others.
  var signal: Int32? {
    if let signalOfBanner, signalOfBanner != SIGKILL { return signalOfBanner }
    return endOfRank?.firstMatch(of: #/\(signal (\d+)\)/#).flatMap { Int32($0.1) }
  }

  /// The part that ranks wrote, but for what may turn out to be Hydra's.
  mutating func ofRanks(_ bytes: [UInt8]) -> [UInt8] {
    var passed: [UInt8] = []
    for byte in bytes { take(byte, &passed) }
    return passed
  }

  /// What was held to the end.
  mutating func rest() -> [UInt8] {
    defer { held = [] }
    return isBanner || held.starts(with: Self.note) ? [] : held
  }

  private mutating func take(_ byte: UInt8, _ passed: inout [UInt8]) {
    if isAtLineStart || !held.isEmpty {
      isAtLineStart = false
      held.append(byte)
      if isBanner || held.starts(with: Self.note) {
        if byte == Self.newLine { endLine() }
      } else if held == Self.banner {
        isBanner = true
      } else if !Self.banner.starts(with: held), !Self.note.starts(with: held) {
        // The line that follows an empty one may begin like that itself.
        let line = held
        held = []
        passed.append(line[0])
        isAtLineStart = line[0] == Self.newLine
        for byte in line.dropFirst() { take(byte, &passed) }
      }
    } else {
      passed.append(byte)
      isAtLineStart = byte == Self.newLine
    }
  }

  /// Behind the banner nothing is the ranks'.
  private mutating func endLine() {
    let line = String(decoding: held, as: UTF8.self)
    held = []
    isAtLineStart = true
    if isBanner, let match = line.firstMatch(of: #/EXIT CODE: (\d+)/#), signalOfBanner == nil {
      // As wait gives it, also with the mark of a core dump.
      signalOfBanner = Int32(match.1).map { $0 & 0x7f }
    }
    if isBanner, let match = line.firstMatch(of: #/EXIT STRING: (.*)/#), endOfRank == nil {
      endOfRank = String(match.1)
    }
  }
}
