import Foundation
import Fuzzing
import ParablePlatform

#if !LIBFUZZER
/// Feeds one parser with inputs that nobody has checked.
///
///     fuzz TARGET CORPUS --seconds 600 --seed 1 --keep FILE
///     fuzz TARGET --replay FILE
///     fuzz --list
///
/// Where it is built with `PARABLE_LIBFUZZER=1` and `--sanitize fuzzer`, libFuzzer has the command line.
@main
enum Fuzz {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == "--list" {
      for target in FuzzTarget.all { say(target.name) }
      return
    }
    guard arguments.count > 1, let target = FuzzTarget.named(arguments[0]) else {
      say(
        "usage: fuzz TARGET CORPUS [--seconds S] [--seed N] [--keep FILE]; fuzz --list names all")
      exit(2)
    }
    if arguments[1] == "--replay", arguments.count > 2 {
      try replay(arguments[2], target)
    } else {
      try run(target, arguments)
    }
  }

  /// Writes a line at once: what follows may end the process.
  private static func say(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
  }

  private static func replay(_ path: String, _ target: FuzzTarget) throws {
    let folder = try FuzzFolder()
    defer { folder.remove() }
    do {
      try target.feed(contents(ofFile: path), folder)
      say("\(target.name): read")
    } catch {
      say("\(target.name): \(error)")
    }
  }

  private static func run(_ target: FuzzTarget, _ arguments: [String]) throws {
    func value(_ name: String) -> String? {
      arguments.firstIndex(of: name).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
    }
    let keep = value("--keep") ?? "/tmp/parable-fuzz-\(target.name)-\(getpid())"
    let seed = value("--seed").flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1 << 32)
    let seconds = value("--seconds").flatMap { Double($0) } ?? 600
    say("\(target.name): seed \(seed), input in \(keep)")
    let run = try FuzzRun(target, keepingInputIn: keep)
    let count = run.run(corpus: try corpus(in: arguments[1]), seconds: seconds, seed: seed)
    run.close()
    unlink(keep)
    say("\(target.name): \(count) inputs")
  }

  /// The files of a folder, in the order of their names.
  private static func corpus(in folder: String) throws -> [[UInt8]] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
      try contents(ofFile: folder + "/" + $0)
    }
  }
}
#endif
