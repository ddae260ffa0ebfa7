import ParablePlatform

/// An element that `.npy` files can hold here.
package protocol NumPyElement: BitwiseCopyable, Sendable {
  /// NumPy's description of it: byte order, kind, bytes.
  static var numPyDescription: String { get }
}

extension UInt16: NumPyElement {
  /// Two bytes without a sign.
  package static var numPyDescription: String { "<u2" }
}

extension UInt32: NumPyElement {
  /// Four bytes without a sign.
  package static var numPyDescription: String { "<u4" }
}

extension Float: NumPyElement {
  /// Single precision.
  package static var numPyDescription: String { "<f4" }
}

/// Arrays in NumPy's own file format, version 1.0, rows first.
///
/// `\x93NUMPY 1 0 · u16 length · a Python dictionary padded to 64 bytes, ending in a new line · data`
package enum NumPyFile {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  private static let version: [UInt8] = [1, 0]
  private static let prefixByteCount = 10

  /// Writes `values`, which fill `shape`, to `path`.
  package static func write<Element: NumPyElement>(
    _ values: UnsafeBufferPointer<Element>, shape: [Int], to path: String
  ) throws {
    precondition(checkedProduct(shape) == values.count)
    let sizes = shape.map { "\($0)," }.joined(separator: " ")
    let tuple = shape.count > 1 ? String(sizes.dropLast()) : sizes
    let dictionary =
      "{'descr': '\(Element.numPyDescription)', 'fortran_order': False, 'shape': (\(tuple)), }"
    let used = prefixByteCount + dictionary.utf8.count + 1
    let padding = String(repeating: " ", count: (64 - used % 64) % 64)
    let header = Array("\(dictionary)\(padding)\n".utf8)
    try DurableFile.write(to: path) { output in
      let length = [UInt8(header.count & 0xFF), UInt8(header.count >> 8)]
      try (magic + version + length + header).withUnsafeBytes { try output.write($0) }
      try output.write(UnsafeRawBufferPointer(values))
    }
  }

  /// The array of the file at `path`, which must hold elements of this type, and its shape.
  package static func read<Element: NumPyElement>(
    _ type: Element.Type, from path: String
  ) throws -> (values: [Element], shape: [Int]) {
    try MappedFile(path: path).withBytes { try read(type, from: $0, path: path) }
  }

  private static func read<Element: NumPyElement>(
    _ type: Element.Type, from bytes: UnsafeRawBufferPointer, path: String
  ) throws -> (values: [Element], shape: [Int]) {
    func malformed(_ reason: String) -> TensorFileError {
      .malformed(path: path, format: "NumPy", reason: reason)
    }
    guard bytes.count >= prefixByteCount, bytes.starts(with: magic) else {
      throw malformed("it does not start as one")
    }
    guard bytes[6..<8].elementsEqual(version) else {
      throw malformed("version \(bytes[6]).\(bytes[7]) where 1.0 is expected")
    }
    let start = prefixByteCount + Int(bytes[8]) + Int(bytes[9]) << 8
    guard start <= bytes.count, let text = String(validating: bytes[10..<start], as: UTF8.self),
      let header = Header(text)
    else { throw malformed("its header cannot be read") }
    guard header.description == Element.numPyDescription, !header.isFortranOrder else {
      throw malformed(
        "'\(quoted(header.description))'\(header.isFortranOrder ? " in Fortran order" : "") "
          + "where '\(Element.numPyDescription)' with rows first is expected")
    }
    let width = MemoryLayout<Element>.size
    guard checkedProduct(header.shape + [width]) == bytes.count - start else {
      throw malformed("\(bytes.count - start) bytes do not fill the shape \(header.shape)")
    }
    let values = (0..<(bytes.count - start) / width).map {
      bytes.loadUnaligned(fromByteOffset: start + $0 * width, as: Element.self)
    }
    return (values, header.shape)
  }
}

/// The dictionary of a header, its three entries in any order.
private struct Header {
  var description = ""
  var isFortranOrder = false
  var shape: [Int] = []

  init?(_ text: String) {
    let shapePattern = /'shape'\s*:\s*\(([0-9,\s]*)\)/
    guard let type = text.firstMatch(of: /'descr'\s*:\s*'([^']*)'/),
      let order = text.firstMatch(of: /'fortran_order'\s*:\s*(True|False)/),
      let tuple = text.firstMatch(of: shapePattern)
    else { return nil }
    description = String(type.output.1)
    isFortranOrder = order.output.1 == "True"
    let sizes = tuple.output.1.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
    for size in sizes where !size.isEmpty {
      guard let size = Int(size) else { return nil }
      shape.append(size)
    }
  }
}
