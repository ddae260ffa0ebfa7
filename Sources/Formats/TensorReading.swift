extension SafetensorsFile {
  /// The elements of a floating-point tensor, row by row, rounded to Float where it is wider.
  package func floats(_ name: String, shape: [Int]? = nil) throws -> [Float] {
    let count = try info(name).elementCount
    return try Array(unsafeUninitializedCapacity: count) { buffer, initialized in
      try readFloats(
        name, shape: shape, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
  }

  /// Overwrites `destination` with elements of a floating-point tensor: all of them, or those with
  /// these numbers.
  package func readFloats(
    _ name: String, shape: [Int]? = nil, elements: Range<Int>? = nil,
    into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let info = try checkedInfo(name, shape)
    let elements = elements ?? 0..<info.elementCount
    precondition(destination.count == elements.count && elements.upperBound <= info.elementCount)
    let width = info.elementType.byteCount
    try withBytes(name) { all in
      let source = UnsafeRawBufferPointer(
        rebasing: all[elements.lowerBound * width..<elements.upperBound * width])
      switch info.elementType {
      case .f32: UnsafeMutableRawBufferPointer(destination).copyMemory(from: source)
      case .f64: convert(source, into: destination) { Float(Double(bitPattern: $0)) }
      case .f16: convert(source, into: destination) { Float(Float16(bitPattern: $0)) }
      case .bf16:
        convert(source, into: destination) { Float(bitPattern: UInt32($0 as UInt16) << 16) }
      default: throw wrongType(info, "a floating-point type (F32, F16, BF16, F64)")
      }
    }
  }

  /// The elements of an integer tensor, row by row.
  package func int64s(_ name: String, shape: [Int]? = nil) throws -> [Int64] {
    let info = try checkedInfo(name, shape)
    return try withBytes(name) { source in
      switch info.elementType {
      case .i64: return integers(source, Int64.self)
      case .i32: return integers(source, Int32.self)
      case .i16: return integers(source, Int16.self)
      case .i8: return integers(source, Int8.self)
      case .u8: return integers(source, UInt8.self)
      case .u16: return integers(source, UInt16.self)
      case .u32: return integers(source, UInt32.self)
      case .u64:
        let values = integers(source, Int64.self)
        // Read with a sign, what passes Int64.max is negative.
        guard values.allSatisfy({ $0 >= 0 }) else {
          throw TensorFileError.wrongValue(
            path: path, name: name, reason: "has an element above \(Int64.max)")
        }
        return values
      default: throw wrongType(info, "an integer type")
      }
    }
  }

  /// The elements of a truth-value tensor, row by row.
  package func bools(_ name: String, shape: [Int]? = nil) throws -> [Bool] {
    let info = try checkedInfo(name, shape)
    guard info.elementType == .bool else { throw wrongType(info, ElementType.bool.rawValue) }
    return try withBytes(name) { bytes in
      try bytes.map { byte in
        guard byte <= 1 else {
          throw TensorFileError.wrongValue(
            path: path, name: name, reason: "has the byte \(byte) where 0 or 1 is expected")
        }
        return byte == 1
      }
    }
  }

  private func checkedInfo(_ name: String, _ shape: [Int]?) throws -> TensorInfo {
    let info = try info(name)
    guard shape == nil || info.shape == shape else {
      throw TensorFileError.wrongShape(
        path: path, name: name, found: info.shape, expected: shape ?? [])
    }
    return info
  }

  private func wrongType(_ info: TensorInfo, _ expected: String) -> TensorFileError {
    .wrongElementType(path: path, name: info.name, found: info.elementType, expected: expected)
  }
}

private func convert<Bits: FixedWidthInteger & BitwiseCopyable>(
  _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableBufferPointer<Float>,
  _ float: (Bits) -> Float
) {
  for index in 0..<destination.count { destination[index] = float(element(index, of: source)) }
}

private func integers<Element: FixedWidthInteger & BitwiseCopyable>(
  _ source: UnsafeRawBufferPointer, _ type: Element.Type
) -> [Int64] {
  (0..<source.count / MemoryLayout<Element>.size).map {
    Int64(element($0, of: source) as Element)
  }
}

@inline(__always) private func element<Element: FixedWidthInteger & BitwiseCopyable>(
  _ index: Int, of source: UnsafeRawBufferPointer
) -> Element {
  let offset = index * MemoryLayout<Element>.size
  return Element(littleEndian: source.loadUnaligned(fromByteOffset: offset, as: Element.self))
}
