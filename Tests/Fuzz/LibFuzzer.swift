import Foundation
import Fuzzing

#if LIBFUZZER
// libFuzzer's own `main` calls these from one thread.
nonisolated(unsafe) private var fed: (target: FuzzTarget, folder: FuzzFolder)?

/// Takes the target that `PARABLE_FUZZ_TARGET` names.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeRawPointer?, _ arguments: UnsafeRawPointer?) -> Int32 {
  let name = ProcessInfo.processInfo.environment["PARABLE_FUZZ_TARGET"] ?? ""
  guard let target = FuzzTarget.named(name), let folder = try? FuzzFolder() else {
    fatalError("PARABLE_FUZZ_TARGET names no target")
  }
  fed = (target, folder)
  atexit { fed?.folder.remove() }
  return 0
}

/// Feeds it with the bytes that libFuzzer has chosen by the code that earlier ones have reached.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let fed else { return 0 }
  try? fed.target.feed(Array(UnsafeBufferPointer(start: bytes, count: count)), fed.folder)
  return 0
}
#endif
