/// Text on its way out, handed on in parts of bounded size.
///
/// Where it goes is its owner's business: this module makes texts and leaves files to others.
package final class TextOutput {
  private static let bufferSize = 1 << 20

  private let write: (UnsafeRawBufferPointer) throws -> Void
  private var buffer = ""

  /// Hands on to `write`.
  package init(_ write: @escaping (UnsafeRawBufferPointer) throws -> Void) {
    self.write = write
    buffer.reserveCapacity(Self.bufferSize + Self.bufferSize / 4)
  }

  /// Adds a text.
  package func append(_ text: String) throws {
    buffer += text
    if buffer.utf8.count >= Self.bufferSize { try flush() }
  }

  /// Hands on what is left.
  package func flush() throws {
    try buffer.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    buffer.removeAll(keepingCapacity: true)
  }
}
