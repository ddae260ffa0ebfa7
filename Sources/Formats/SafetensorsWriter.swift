import ParablePlatform

/// Where everything stands in a safetensors file that has these tensors, as the reference implementation
/// writes them: by type and then by name.
package struct SafetensorsLayout {
  /// One tensor of the file.
  package typealias Tensor = (name: String, elementType: ElementType, shape: [Int])

  /// The bytes before the first tensor: the length of the header, and the header.
  package let start: [UInt8]

  /// The places of the given tensors in the order in which they stand in the file.
  package let order: [Int]

  /// The bytes of each given tensor in the file.
  package let ranges: [Range<Int>]

  /// The bytes of the file.
  package let byteCount: Int

  /// Lays out a file.
  package init(metadata: [String: String] = [:], tensors: [Tensor]) {
    order = Self.referenceOrder(tensors)
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      let object = pairs.map { "\(JSONText.literal($0.key)):\(JSONText.literal($0.value))" }.joined(
        separator: ",")
      members.append("\"__metadata__\":{\(object)}")
    }
    var end = 0
    var offsets = Array(repeating: 0..<0, count: tensors.count)
    var names: Set<[UInt8]> = []
    for place in order {
      let (name, elementType, shape) = tensors[place]
      guard let count = checkedProduct(shape + [elementType.byteCount]) else {
        preconditionFailure("\(name) has a shape whose size overflows")
      }
      precondition(name != "__metadata__" && names.insert(Array(name.utf8)).inserted, name)
      let sizes = shape.map(String.init).joined(separator: ",")
      offsets[place] = end..<end + count
      members.append(
        "\(JSONText.literal(name)):{\"dtype\":\"\(elementType.rawValue)\",\"shape\":[\(sizes)],"
          + "\"data_offsets\":[\(end),\(end + count)]}")
      end += count
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    header += repeatElement(UInt8(ascii: " "), count: -header.count & 7)
    let start = withUnsafeBytes(of: UInt64(header.count).littleEndian) { [UInt8]($0) } + header
    self.start = start
    ranges = offsets.map { $0.lowerBound + start.count..<$0.upperBound + start.count }
    byteCount = start.count + end
  }

  /// Wide types first, so that every tensor is aligned to its elements.
  private static func referenceOrder(_ tensors: [Tensor]) -> [Int] {
    ElementType.allCases.reversed().flatMap { type in
      tensors.indices.filter { tensors[$0].elementType == type }
        .sorted { tensors[$0].name.utf8.lexicographicallyPrecedes(tensors[$1].name.utf8) }
    }
  }
}

/// Writes safetensors files as the reference implementation does.
package struct SafetensorsWriter {
  /// One tensor to write; its bytes are read while it is written and not copied before.
  package typealias Tensor = (
    name: String, elementType: ElementType, shape: [Int], bytes: UnsafeRawBufferPointer
  )

  /// Writes `tensors` to `path`, aside first and then renamed.
  package static func write(
    to path: String, metadata: [String: String] = [:], tensors: [Tensor]
  ) throws {
    let layout = SafetensorsLayout(
      metadata: metadata, tensors: tensors.map { ($0.name, $0.elementType, $0.shape) })
    for (tensor, range) in zip(tensors, layout.ranges) {
      precondition(tensor.bytes.count == range.count, tensor.name)
    }
    try DurableFile.write(to: path) { output in
      try layout.start.withUnsafeBytes { try output.write($0) }
      for place in layout.order { try output.write(tensors[place].bytes) }
    }
  }
}
