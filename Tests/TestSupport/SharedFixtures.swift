import Foundation
import Testing

/// The folder of reference data that lies beside the package, or where `PARABLE_SHARED` says.
///
/// Suites that need it are `.enabled(if: SharedFixtures.isAvailable, SharedFixtures.comment)`:
/// they are skipped where it is missing, and fail where it is there and something in it is not.
package enum SharedFixtures {
  package static let folder: String = {
    if let named = ProcessInfo.processInfo.environment["PARABLE_SHARED"] { return named }
    return packageRoot.deletingLastPathComponent().appendingPathComponent("shared").path
  }()

  /// The folder of Package.swift.
  package static let packageRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  package static var isAvailable: Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// Why a suite was skipped.
  package static var comment: Comment { "there is no \(folder); PARABLE_SHARED can name it" }

  /// The absolute path of something in the folder.
  package static func path(_ relative: String) -> String { folder + "/" + relative }

  /// The bytes of a file in the folder.
  package static func bytes(_ relative: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: path(relative))))
  }
}
