import ParableFormats
import TestSupport
import Testing

@Suite("Reading tensors by type")
struct TensorReadingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func file<Element>(
    _ type: ElementType, _ elements: [Element], after: [UInt8] = []
  ) throws -> SafetensorsFile {
    let path = folder.file("case.safetensors")
    try elements.withUnsafeBytes { bytes in
      let shape = [bytes.count / type.byteCount]
      try SafetensorsWriter.write(to: path, tensors: [("x", type, shape, bytes)])
    }
    return try SafetensorsFile(path: path)
  }

  @Test("Floats come from every floating-point type")
  func floats() throws {
    #expect(try file(.f32, [1.5, -2 as Float]).floats("x") == [1.5, -2])
    #expect(try file(.f64, [1.5, 0.1]).floats("x") == [1.5, 0.1])
    #expect(try file(.f16, [0x3E00, 0xFC00] as [UInt16]).floats("x") == [1.5, -.infinity])
    #expect(try file(.bf16, [0x3FC0, 0xFF80] as [UInt16]).floats("x") == [1.5, -.infinity])
    #expect(try file(.f32, [Float.nan]).floats("x")[0].isNaN)
    #expect(throws: TensorFileError.self) { try file(.i32, [1 as Int32]).floats("x") }
  }

  @Test("Integers come from every integer type")
  func integers() throws {
    #expect(try file(.i64, [-1, Int64.min]).int64s("x") == [-1, .min])
    #expect(try file(.i32, [-1 as Int32]).int64s("x") == [-1])
    #expect(try file(.i16, [-1 as Int16]).int64s("x") == [-1])
    #expect(try file(.i8, [-1 as Int8]).int64s("x") == [-1])
    #expect(try file(.u8, [255 as UInt8]).int64s("x") == [255])
    #expect(try file(.u16, [65_535 as UInt16]).int64s("x") == [65_535])
    #expect(try file(.u32, [UInt32.max]).int64s("x") == [4_294_967_295])
    #expect(try file(.u64, [UInt64(Int64.max)]).int64s("x") == [.max])
    #expect(throws: TensorFileError.self) { try file(.u64, [UInt64.max]).int64s("x") }
    #expect(throws: TensorFileError.self) { try file(.f32, [1 as Float]).int64s("x") }
  }

  @Test("Truth values are bytes 0 and 1")
  func bools() throws {
    #expect(try file(.bool, [1, 0, 1] as [UInt8]).bools("x") == [true, false, true])
    #expect(throws: TensorFileError.self) { try file(.bool, [2] as [UInt8]).bools("x") }
    #expect(throws: TensorFileError.self) { try file(.u8, [1] as [UInt8]).bools("x") }
  }

  @Test("Name, shape and type that do not fit are named")
  func messages() throws {
    let file = try file(.f32, [1, 2 as Float])
    let path = folder.file("case.safetensors")
    #expect {
      try file.floats("y")
    } throws: {
      "\($0)" == "\(path): tensor y is missing; add it to the file"
    }
    #expect {
      try file.floats("x", shape: [1, 2])
    } throws: {
      "\($0)" == "\(path): tensor x has shape [2] where [1, 2] is expected; give it that shape"
    }
    #expect {
      try file.bools("x")
    } throws: {
      "\($0)" == "\(path): tensor x has type F32 where BOOL is expected; convert it"
    }
  }

  @Test("Elements at odd addresses are read")
  func unaligned() throws {
    for spaces in 0..<8 {
      let header =
        #"{"x":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}"#
        + String(repeating: " ", count: spaces)
      var bytes = SafetensorsFileTests.file(header, bufferByteCount: 0)
      [0.25, -8].withUnsafeBytes { bytes += Array($0) }
      let file = try SafetensorsFile(path: folder.write(bytes, to: "odd.safetensors"))
      #expect(try file.floats("x") == [0.25, -8])
    }
  }
}
