import ParablePlatform

/// Writes safetensors files as the reference implementation does.
package struct SafetensorsWriter {
  /// One tensor to write; its bytes are read while it is written and not copied before.
  package typealias Tensor = (
    name: String, elementType: ElementType, shape: [Int], bytes: UnsafeRawBufferPointer
  )

  /// Writes `tensors` to `path`, aside first and then renamed, by type and then by name.
  package static func write(
    to path: String, metadata: [String: String] = [:], tensors: [Tensor]
  ) throws {
    let sorted = inReferenceOrder(tensors)
    let header = header(metadata: metadata, tensors: sorted)
    try DurableFile.write(to: path) { output in
      try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try output.write($0) }
      try header.withUnsafeBytes { try output.write($0) }
      for tensor in sorted { try output.write(tensor.bytes) }
    }
  }

  /// Wide types first, so that every tensor is aligned to its elements.
  private static func inReferenceOrder(_ tensors: [Tensor]) -> [Tensor] {
    ElementType.allCases.reversed().flatMap { type in
      tensors.filter { $0.elementType == type }
        .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
  }

  private static func header(metadata: [String: String], tensors: [Tensor]) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      let object = pairs.map { "\(JSONText.literal($0.key)):\(JSONText.literal($0.value))" }.joined(
        separator: ",")
      members.append("\"__metadata__\":{\(object)}")
    }
    var end = 0
    var names: Set<[UInt8]> = []
    for (name, elementType, shape, bytes) in tensors {
      precondition(checkedProduct(shape + [elementType.byteCount]) == bytes.count, name)
      precondition(name != "__metadata__" && names.insert(Array(name.utf8)).inserted, name)
      let sizes = shape.map(String.init).joined(separator: ",")
      members.append(
        "\(JSONText.literal(name)):{\"dtype\":\"\(elementType.rawValue)\",\"shape\":[\(sizes)],"
          + "\"data_offsets\":[\(end),\(end + bytes.count)]}")
      end += bytes.count
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    header += repeatElement(UInt8(ascii: " "), count: -header.count & 7)
    return header
  }
}
