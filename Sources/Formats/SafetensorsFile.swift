import ParablePlatform

/// A safetensors file, mapped, whose header has been checked in full.
package final class SafetensorsFile: Sendable {
  /// The header's `__metadata__`.
  package let metadata: [String: String]
  /// Every tensor, in the order of their bytes.
  package let tensors: [TensorInfo]

  private let file: MappedFile
  private let positions: [[UInt8]: Int]
  private let headerByteCount: Int

  /// Maps and checks the file at `path`.
  package init(path: String) throws {
    file = try MappedFile(path: path)
    do throws(SafetensorsHeader.Failure) {
      let header = try file.withBytes { bytes throws(SafetensorsHeader.Failure) in
        try SafetensorsHeader(file: bytes)
      }
      metadata = header.metadata
      tensors = header.tensors
      headerByteCount = header.byteCount
    } catch {
      throw TensorFileError.malformed(path: path, format: "safetensors", reason: error.reason)
    }
    positions = Dictionary(
      uniqueKeysWithValues: tensors.enumerated().map { (Array($1.name.utf8), $0) })
  }

  /// Where the file was found.
  package var path: String { file.path }

  /// Whether the file has a tensor of this name.
  package func contains(_ name: String) -> Bool { positions[Array(name.utf8)] != nil }

  /// What the header says of the tensor `name`.
  package func info(_ name: String) throws -> TensorInfo {
    guard let position = positions[Array(name.utf8)] else {
      throw TensorFileError.missingTensor(path: path, name: name)
    }
    return tensors[position]
  }

  /// Lends the bytes of the tensor `name`, little-endian and not always aligned, to `body`, which
  /// must not keep them.
  package func withBytes<Result>(
    _ name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let range = try info(name).byteRange
    return try file.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// Lends what stands before the tensors to `body`, which must not keep it.
  package func withHeader<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try file.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<headerByteCount])) }
  }
}
