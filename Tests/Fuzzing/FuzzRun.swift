import Foundation
import ParablePlatform

/// Feeds a target with inputs until the time is over, within limits of memory and time for each.
///
/// The process ends where one of them breaks a rule: by a trap, by SIGPROF where one computes for too long, by SIGALRM
/// where one waits, by a failed allocation where one takes too much. Then `input` is in the file that was named to
/// keep it.
package final class FuzzRun {
  /// What one input may take beside what the process has.
  private static let memoryLimit = 64 << 20
  /// Seconds of processor time.
  private static let timeLimit = 20
  /// Seconds by the clock: a busy machine, or its disk, can keep a process waiting for long.
  private static let patience: UInt32 = 120
  private static let longest = 1 << 20

  private let target: FuzzTarget
  private let folder: FuzzFolder
  private let kept: UnsafeMutableRawPointer?

  /// Begins with a target, and with the file in which the input under way stands.
  package init(_ target: FuzzTarget, keepingInputIn path: String) throws {
    self.target = target
    folder = try FuzzFolder()
    // A mapped file has the input whatever becomes of the process.
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0, ftruncate(descriptor, off_t(Self.longest)) == 0 else {
      throw FileError.writing(path)
    }
    let memory = mmap(nil, Self.longest, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    Foundation.close(descriptor)
    kept = memory == MAP_FAILED ? nil : memory
  }

  /// What an input file has that was kept: its length stands before it.
  package static func input(in path: String) throws -> [UInt8] {
    let bytes = try contents(ofFile: path)
    let count = bytes.withUnsafeBytes {
      Int(UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)))
    }
    return Array(bytes.dropFirst(8).prefix(count))
  }

  /// Feeds one input.
  package func feed(_ bytes: [UInt8]) {
    let bytes = bytes.count > Self.longest - 8 ? Array(bytes[..<(Self.longest - 8)]) : bytes
    kept?.storeBytes(of: UInt64(bytes.count).littleEndian, as: UInt64.self)
    bytes.withUnsafeBytes { source in
      if let start = source.baseAddress {
        kept?.advanced(by: 8).copyMemory(from: start, byteCount: source.count)
      }
    }
    limitTime(seconds: Self.timeLimit)
    alarm(Self.patience)
    try? target.feed(bytes, folder)
    alarm(0)
    limitTime(seconds: 0)
  }

  /// Feeds the known inputs, and then changed ones, and says how many they were.
  package func run(corpus: [[UInt8]], seconds: Double, seed: UInt64) -> Int {
    for bytes in corpus { feed(bytes) }
    limitMemory()
    var mutator = FuzzMutator(seed: seed, corpus: corpus)
    let end = ContinuousClock.now + .seconds(seconds)
    var count = corpus.count
    while .now < end {
      feed(mutator.next())
      count += 1
    }
    return count
  }

  /// Takes away what the target has read.
  package func close() { folder.remove() }

  /// Has SIGPROF end the process after so many seconds of processor time; 0 takes that back.
  private func limitTime(seconds: Int) {
    var timer = itimerval(
      it_interval: timeval(), it_value: timeval(tv_sec: seconds, tv_usec: 0))
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
  }

  /// From here on the process can have so much more than it has, counted in addresses.
  private func limitMemory() {
    // Sanitizers reserve terabytes of them, and keep what is freed.
    guard dlsym(nil, "__asan_init") == nil, dlsym(nil, "__tsan_init") == nil else { return }
    let pages = (try? contents(ofFile: "/proc/self/statm")).map {
      String(decoding: $0, as: UTF8.self)
    }
    guard let used = pages?.split(separator: " ").first.flatMap({ Int($0) }) else { return }
    let bytes = rlim_t(used * Int(sysconf(Int32(_SC_PAGESIZE))) + Self.memoryLimit)
    var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
  }
}
