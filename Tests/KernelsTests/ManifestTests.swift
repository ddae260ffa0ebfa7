import Foundation
import TestSupport
import Testing

/// What the manifest makes of the oneDNN that is installed.
@Suite("The manifest and oneDNN")
struct ManifestTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Version 3 has `dnnl.h`, too, and not the functions that are called.
  @Test(arguments: [(2, true), (3, false), (nil, false)] as [(Int?, Bool)])
  func versionTwoIsUsedAndNoOther(_ version: Int?, _ isUsed: Bool) throws {
    let folder = try TemporaryFolder()
    let manifest = try String(
      contentsOf: Self.root.appendingPathComponent("Package.swift"), encoding: .utf8)
    #expect(manifest.contains("\"/usr/include\""))
    try folder.write(
      manifest.replacingOccurrences(of: "/usr/include", with: folder.path), to: "Package.swift")
    try folder.write("#include \"oneapi/dnnl/dnnl.h\"\n", to: "dnnl.h")
    if let version {
      try folder.write(
        "/// major\n#define DNNL_VERSION_MAJOR \(version)\n", to: "dnnl_version.h")
    }
    let result = try runProcess(
      "swift", ["package", "dump-package"], environment: ["PARABLE_PLAIN_MATMUL": ""],
      in: folder.path)
    try #require(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.contains("ONEDNN") == isUsed)
  }
}
