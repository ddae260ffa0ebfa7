import Foundation
import ParableFormats
import TestSupport
import Testing

@Suite("NumPy arrays")
struct NumPyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func roundTrip<Element: NumPyElement & Equatable>(
    _ values: [Element], shape: [Int]
  ) throws {
    let path = folder.file("x.npy")
    try values.withUnsafeBufferPointer { try NumPyFile.write($0, shape: shape, to: path) }
    let (read, readShape) = try NumPyFile.read(Element.self, from: path)
    #expect(read == values)
    #expect(readShape == shape)
    let size = try Data(contentsOf: URL(filePath: path)).count
    #expect((size - values.count * MemoryLayout<Element>.size) % 64 == 0)
  }

  @Test("What is written is read back")
  func roundTrips() throws {
    try roundTrip([1, 65_535] as [UInt16], shape: [2])
    try roundTrip([1, 2, 3, 4, 5, .max] as [UInt32], shape: [2, 3])
    try roundTrip([1.5, -0.25] as [Float], shape: [1, 2, 1])
    try roundTrip([2.5] as [Float], shape: [])
    try roundTrip([] as [UInt16], shape: [0])
  }

  @Test("A header is NumPy's to the last space")
  func header() throws {
    let path = folder.file("x.npy")
    try ([258] as [UInt16]).withUnsafeBufferPointer {
      try NumPyFile.write($0, shape: [1], to: path)
    }
    let dictionary = "{'descr': '<u2', 'fortran_order': False, 'shape': (1,), }"
    let padding = String(repeating: " ", count: 118 - dictionary.utf8.count - 1)
    let expected =
      [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array("\(dictionary)\(padding)\n".utf8)
      + [2, 1]
    #expect(try Array(Data(contentsOf: URL(filePath: path))) == expected)
  }

  @Test("Another type, version, order or length is refused")
  func refusals() throws {
    let path = folder.file("x.npy")
    try ([1, 2] as [UInt16]).withUnsafeBufferPointer {
      try NumPyFile.write($0, shape: [2], to: path)
    }
    #expect(throws: TensorFileError.self) { try NumPyFile.read(Float.self, from: path) }
    let bytes = try Array(Data(contentsOf: URL(filePath: path)))
    for count in bytes.indices {
      let cut = try folder.write(Array(bytes[..<count]), to: "cut.npy")
      #expect(throws: TensorFileError.self) { try NumPyFile.read(UInt16.self, from: cut) }
    }
    for position in 0..<70 {
      for replacement: UInt8 in [0, 0x20, 0x29, 0x39, 0xFF] where bytes[position] != replacement {
        var changed = bytes
        changed[position] = replacement
        let other = try folder.write(changed, to: "changed.npy")
        if let (values, shape) = try? NumPyFile.read(UInt16.self, from: other) {
          #expect(values == [1, 2] && shape == [2])
        }
      }
    }
  }

  @Test(
    "NumPy reads it and writes the same bytes",
    .enabled(if: PythonPackages.has("numpy"), PythonPackages.comment))
  func reference() throws {
    let ours = folder.file("ours.npy")
    let theirs = folder.file("theirs.npy")
    try ([1, 2, 3, 4, 5, 6] as [Float]).withUnsafeBufferPointer {
      try NumPyFile.write($0, shape: [2, 3], to: ours)
    }
    let script = "import sys, numpy; numpy.save(sys.argv[2], numpy.load(sys.argv[1]))"
    #expect(try PythonPackages.run(script, ours, theirs) == 0)
    #expect(
      try Data(contentsOf: URL(filePath: ours)) == Data(contentsOf: URL(filePath: theirs)))
  }
}
