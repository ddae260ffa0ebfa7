import Foundation
import ParableFormats
import TestSupport
import Testing

@Suite("Writing safetensors files")
struct SafetensorsWriterTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Small tensors of these types, named so that their order by name is another than by type.
  private func write(_ types: [ElementType], to path: String) throws {
    let zeros = [UInt8](repeating: 0, count: 8)
    try zeros.withUnsafeBytes { zeros in
      let tensors: [SafetensorsWriter.Tensor] = types.enumerated().flatMap { index, type in
        [("b\(index)", [1]), ("a\(index)", []), ("é\"\n\(index)", [0, 3])].map { name, shape in
          let count = shape.reduce(type.byteCount, *)
          return (name, type, shape, UnsafeRawBufferPointer(rebasing: zeros[..<count]))
        }
      }
      try SafetensorsWriter.write(to: path, metadata: ["format": "pt"], tensors: tensors)
    }
  }

  @Test("Bytes are the format's to the last space")
  func layout() throws {
    let path = folder.file("x.safetensors")
    try [1, 2 as Float].withUnsafeBytes {
      try SafetensorsWriter.write(
        to: path, metadata: ["format": "pt"], tensors: [("w", .f32, [2, 1], $0)])
    }
    let header =
      #"{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    let expected =
      SafetensorsFileTests.file(padded, bufferByteCount: 0) + [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]
    #expect(try Array(Data(contentsOf: URL(filePath: path))) == expected)
  }

  @Test("What is written is read back, widest types first")
  func roundTrip() throws {
    let path = folder.file("x.safetensors")
    try write([.bool, .f32, .i64, .bf16], to: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == ["format": "pt"])
    #expect(
      file.tensors.filter { $0.shape == [1] }.map(\.elementType) == [.i64, .f32, .bf16, .bool])
    #expect(file.tensors.allSatisfy { $0.byteRange.lowerBound % $0.elementType.byteCount == 0 })
    #expect(file.contains("é\"\n0"))
    #expect(try folder.names() == ["x.safetensors"])
  }

  @Test("An empty file has an empty header")
  func empty() throws {
    let path = folder.file("x.safetensors")
    try SafetensorsWriter.write(to: path, tensors: [])
    #expect(try SafetensorsFile(path: path).tensors.isEmpty)
    #expect(try Data(contentsOf: URL(filePath: path)).count == 16)
  }

  @Test(
    "The reference package reads it and writes the same bytes",
    .enabled(if: PythonPackages.has("safetensors", "numpy"), PythonPackages.comment))
  func reference() throws {
    let path = folder.file("ours.safetensors")
    // NumPy has no 8-bit and no bfloat16 floats.
    let types = ElementType.allCases.filter { ![.f8E5M2, .f8E4M3, .bf16].contains($0) }
    try write(types, to: path)
    let script = """
      import sys
      from safetensors import safe_open
      from safetensors.numpy import load_file, save_file
      tensors = load_file(sys.argv[1])
      with safe_open(sys.argv[1], "np") as file: metadata = file.metadata()
      save_file(tensors, sys.argv[2], metadata)
      """
    let theirs = folder.file("theirs.safetensors")
    #expect(try PythonPackages.run(script, path, theirs) == 0)
    #expect(
      try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: URL(filePath: theirs)))
  }
}
