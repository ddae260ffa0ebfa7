import Foundation
import ParablePlatform
import TestSupport
import Testing

@testable import Launcher

/// Shared memory of ranks that were killed.
@Suite struct LeftSegmentsTests {
  @Test func whatNobodyHasIsDeleted() throws {
    let folder = try TemporaryFolder()
    let names = [
      "vader_segment.here.0.1.0", "sm_segment.here.0.2.1", "vader_segment.here.0.3.0",
      "vader_segment.there.0.1.0", "vader_segment.heretoo.0.1.0", "parable.here.0", "new",
    ]
    for name in names {
      try folder.write("segment", to: name)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -3600)],
        ofItemAtPath: folder.file(name))
    }
    try folder.write("segment", to: "vader_segment.here.0.4.0")
    // Whoever has one mapped is at work.
    let mapped = try MappedFile(path: folder.file("vader_segment.here.0.3.0"))
    let count = LeftSegments(folder: folder.path, host: "here.domain").sweep()
    withExtendedLifetime(mapped) {}
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(count == 2)
    #expect(Set(left) == Set(names.dropFirst(2) + ["vader_segment.here.0.4.0"]), "\(left)")
  }
}
