import Foundation
import ParableFormats
import ParablePlatform
import TestSupport
import Testing

@Suite("Reading safetensors files")
struct SafetensorsFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The bytes of a file with this header and so many zeros after it.
  static func file(_ header: String, bufferByteCount: Int) -> [UInt8] {
    var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    bytes += Array(header.utf8)
    return bytes + [UInt8](repeating: 0, count: bufferByteCount)
  }

  private func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
    try SafetensorsFile(path: folder.write(bytes, to: "case.safetensors"))
  }

  @Test(
    "What is valid is read",
    arguments: [
      ("{}", 0, 0),
      ("{}      ", 0, 0),
      (#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#, 24, 1),
      (#"{ "a" : {"data_offsets":[0,4] ,"shape":[],"dtype":"F32"} }"#, 4, 1),
      (#"{"a":{"dtype":"F64","shape":[3,0,2],"data_offsets":[0,0]}}"#, 0, 1),
      (#"{"__metadata__":{"k":"v"},"a":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}"#, 3, 1),
      (
        #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"z":{"dtype":"I64","shape":[0],"data_offsets":[1,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
        2, 3
      ),
    ])
  func valid(header: String, bufferByteCount: Int, tensorCount: Int) throws {
    let file = try open(Self.file(header, bufferByteCount: bufferByteCount))
    #expect(file.tensors.count == tensorCount)
  }

  @Test(
    "Every rule that can be broken has its message",
    arguments: [
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "1 bytes after the last"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3, "outside the file"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "leaves a hole"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "outside the file"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "takes 8"),
      (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "no valid shape"),
      (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4, "no valid shape"),
      (#"{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}"#, 4, "no valid shape"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#, 4, "no valid data_offsets"),
      (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "no valid data_offsets"),
      (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, 4, "no dtype"),
      (#"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, 4, "unknown dtype \"F31\""),
      (
        #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0,
        "overflows"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,0]}}"#, 0,
        "no valid shape"
      ),
      (
        #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
        3, "tensor \"b\" overlaps"
      ),
      (
        #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#,
        3, "tensor \"b\" leaves a hole"
      ),
      (
        #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
        2, "\"a\" stands there twice"
      ),
      (
        #"{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1,
        "\"dtype\" stands there twice"
      ),
      (
        #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{}}"#, 1,
        "\"a\" stands there twice"
      ),
      (#"{"__metadata__":{"k":1}}"#, 0, "is no string"),
      (#"{"__metadata__":[]}"#, 0, "is no object"),
      (#"{"a":1}"#, 0, "is no object"),
      (" {}", 0, "does not start with '{'"),
      ("[]", 0, "does not start with '{'"),
      ("", 0, "does not start with '{'"),
      ("{}x", 0, "there is more behind the end at byte"),
      ("{} \u{0}", 0, "there is more behind the end at byte"),
      ("{", 0, "ends too early at byte 9"),
      (#"{"a"}"#, 0, "a colon is expected at byte 12"),
      (#"{"a":{},}"#, 0, "a name in quotation marks is expected"),
      (#"{"a\#n":{}}"#, 0, "the line ends within a text"),
      (#"{"\ud800":{}}"#, 0, "half a surrogate pair"),
      (#"{"\udc00":{}}"#, 0, "half a surrogate pair"),
      (#"{"\x":{}}"#, 0, "unknown escape"),
      (#"{"a":01}"#, 0, "a comma or } is expected"),
    ])
  func invalid(header: String, bufferByteCount: Int, reason: String) throws {
    let bytes = Self.file(header, bufferByteCount: bufferByteCount)
    let error = try #require(throws: TensorFileError.self) { try open(bytes) }
    #expect(error.description.contains(reason), "\(error)")
    #expect(error.description.contains("case.safetensors"))
    #expect(!error.description.contains("\n"))
  }

  @Test("The header's length is checked before it is used")
  func headerLength() throws {
    func message(_ length: UInt64, then count: Int) throws -> String {
      let bytes = withUnsafeBytes(of: length.littleEndian) { Array($0) }
      return try #require(throws: TensorFileError.self) {
        try open(bytes + [UInt8](repeating: 0x7B, count: count))
      }.description
    }
    #expect(try message(100_000_001, then: 8).contains("too large"))
    #expect(try message(.max, then: 8).contains("too large"))
    #expect(try message(9, then: 8).contains("header of 9 bytes in a file of 16"))
    #expect(throws: TensorFileError.self) { try open([]) }
    #expect(throws: TensorFileError.self) { try open([2, 0, 0, 0, 0, 0, 0]) }
  }

  @Test("A header that is no UTF-8 is refused")
  func invalidUTF8() throws {
    var bytes = Self.file(#"{"a":{}}"#, bufferByteCount: 0)
    bytes[10] = 0xFF
    let error = try #require(throws: TensorFileError.self) { try open(bytes) }
    #expect(error.description.contains("header: byte 10 is not UTF-8"))
  }

  @Test("Names that Swift calls equal but that differ in bytes are two tensors")
  func namesAreBytes() throws {
    let header =
      #"{"\u00e9":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"e\u0301":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#
    var bytes = Self.file(header, bufferByteCount: 0)
    bytes += [1, 2]
    let file = try open(bytes)
    #expect(try file.int64s("\u{E9}") == [1])
    #expect(try file.int64s("e\u{301}") == [2])
  }

  @Test("Folders, pipes and missing files get one line")
  func unreadable() throws {
    let pipe = folder.file("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    for path in [folder.path, folder.file("absent"), pipe, "/dev/null"] {
      let error = try #require(throws: FileError.self) { try SafetensorsFile(path: path) }
      #expect(error.description.hasPrefix("\(path): "))
    }
  }

  @Test("Every truncation and many corruptions give an error or valid data")
  func corruption() throws {
    let header =
      #"{"__metadata__":{"k":"v"},"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":{"dtype":"BOOL","shape":[3],"data_offsets":[4,7]}}"#
    let whole = Self.file(header, bufferByteCount: 7)
    for count in whole.indices {
      #expect(throws: TensorFileError.self) { try open(Array(whole[..<count])) }
    }
    for position in whole.indices {
      for replacement: UInt8 in [0x22, 0x39, 0xFF, whole[position] ^ 1] {
        var bytes = whole
        bytes[position] = replacement
        guard let file = try? open(bytes) else { continue }
        for tensor in file.tensors {
          let size = tensor.elementCount * tensor.elementType.byteCount
          #expect(try file.withBytes(tensor.name) { $0.count } == size)
        }
      }
    }
  }
}
