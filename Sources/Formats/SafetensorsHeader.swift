import ParablePlatform

/// What a safetensors file says of one tensor.
package struct TensorInfo: Equatable, Sendable {
  /// The tensor's name.
  package let name: String
  /// The type of its elements.
  package let elementType: ElementType
  /// Its sizes, slowest first; empty for a scalar.
  package let shape: [Int]
  /// Where its bytes are, counted from the start of the file.
  package let byteRange: Range<Int>

  /// How many elements it has.
  package var elementCount: Int { byteRange.count / elementType.byteCount }
}

/// The header of a safetensors file, parsed and checked against the file's length.
///
/// `u64 length · JSON · buffer`: the tensors' ranges must tile the buffer exactly, so that no byte
/// belongs to two tensors or to none.
struct SafetensorsHeader {
  static let lengthByteCount = 8
  static let longest = 100_000_000

  let metadata: [String: String]
  /// In the order of their bytes.
  let tensors: [TensorInfo]
  /// How many bytes stand before those of the tensors.
  let byteCount: Int

  /// A rule that the file breaks.
  struct Failure: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  init(file: UnsafeRawBufferPointer) throws(Failure) {
    guard file.count >= Self.lengthByteCount else {
      throw Failure("\(file.count) bytes, too short for a header")
    }
    let declared = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard declared <= Self.longest else { throw Failure("header of \(declared) bytes, too large") }
    let start = Self.lengthByteCount + Int(declared)
    guard start <= file.count else {
      throw Failure("header of \(declared) bytes in a file of \(file.count)")
    }
    let text = UnsafeRawBufferPointer(rebasing: file[Self.lengthByteCount..<start])
    guard text.first == UInt8(ascii: "{") else { throw Failure("header does not start with '{'") }
    let members = try Self.members(of: text)

    var metadata: [String: String] = [:]
    var tensors: [TensorInfo] = []
    for (key, value) in members {
      if key == "__metadata__" {
        metadata = try Self.metadata(value)
      } else {
        tensors.append(try Self.tensor(key, value, bufferStart: start, fileEnd: file.count))
      }
    }
    tensors.sort {
      ($0.byteRange.lowerBound, $0.byteRange.upperBound)
        < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
    }
    var end = start
    for tensor in tensors {
      let lower = tensor.byteRange.lowerBound
      guard lower == end else {
        let fault = lower < end ? "overlaps the one before it" : "leaves a hole before it"
        throw Failure("tensor \"\(quoted(tensor.name))\" \(fault)")
      }
      end = tensor.byteRange.upperBound
    }
    guard end == file.count else {
      throw Failure("\(file.count - end) bytes after the last tensor")
    }
    self.metadata = metadata
    self.tensors = tensors
    byteCount = start
  }

  private static func members(
    of text: UnsafeRawBufferPointer
  ) throws(Failure) -> [(key: String, value: JSONValue)] {
    do {
      // It starts with '{', so that it is an object or nothing.
      guard case .object(let members) = try JSONValue(parsing: text, from: lengthByteCount)
      else { return [] }
      return members
    } catch {
      throw Failure("header: \(error)")
    }
  }

  private static func metadata(_ value: JSONValue) throws(Failure) -> [String: String] {
    guard case .object(let members) = value else { throw Failure("__metadata__ is no object") }
    var metadata: [String: String] = [:]
    for (key, value) in members {
      guard case .string(let text) = value else {
        throw Failure("__metadata__ \"\(quoted(key))\" is no string")
      }
      guard metadata.updateValue(text, forKey: key) == nil else {
        throw Failure("__metadata__ has two spellings of \"\(quoted(key))\"")
      }
    }
    return metadata
  }

  private static func tensor(
    _ name: String, _ value: JSONValue, bufferStart: Int, fileEnd: Int
  ) throws(Failure) -> TensorInfo {
    let subject = "tensor \"\(quoted(name))\""
    guard case .object = value else { throw Failure("\(subject) is no object") }
    guard let typeName = value["dtype"]?.text else { throw Failure("\(subject) has no dtype") }
    guard let elementType = ElementType(rawValue: typeName) else {
      throw Failure("\(subject) has the unknown dtype \"\(quoted(typeName))\"")
    }
    guard let shape = sizes(value["shape"]) else { throw Failure("\(subject) has no valid shape") }
    guard let offsets = sizes(value["data_offsets"]), offsets.count == 2 else {
      throw Failure("\(subject) has no valid data_offsets")
    }
    guard offsets[0] <= offsets[1], offsets[1] <= fileEnd - bufferStart else {
      throw Failure("\(subject) has data_offsets \(offsets) outside the file")
    }
    guard let byteCount = checkedProduct(shape + [elementType.byteCount]) else {
      throw Failure("\(subject) has a shape whose size overflows")
    }
    guard offsets[1] - offsets[0] == byteCount else {
      throw Failure(
        "\(subject) has \(offsets[1] - offsets[0]) bytes where \(elementType.rawValue) \(shape) "
          + "takes \(byteCount)")
    }
    return TensorInfo(
      name: name, elementType: elementType, shape: shape,
      byteRange: bufferStart + offsets[0]..<bufferStart + offsets[1])
  }

  private static func sizes(_ value: JSONValue?) -> [Int]? {
    guard case .array(let elements) = value else { return nil }
    let sizes = elements.compactMap(\.nonNegativeInteger)
    return sizes.count == elements.count ? sizes : nil
  }
}

/// The product of `factors`, or nil where it passes `Int.max` on the way.
func checkedProduct(_ factors: [Int]) -> Int? {
  var product = 1
  for factor in factors {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    guard !overflow else { return nil }
    product = next
  }
  return product
}
