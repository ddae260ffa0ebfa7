import ParableFormats
import ParablePlatform
import TestSupport
import Testing

@Suite("Weights in one file or in shards")
struct SafetensorsSetTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ file: String, _ name: String, _ value: Float) throws {
    try withUnsafeBytes(of: value) {
      try SafetensorsWriter.write(to: folder.file(file), tensors: [(name, .f32, [1], $0)])
    }
  }

  private func index(_ map: String) throws {
    let text = #"{"metadata":{"total_size":8},"weight_map":\#(map)}"#
    _ = try folder.write(Array(text.utf8), to: "model.safetensors.index.json")
  }

  @Test("Every tensor is found in its shard")
  func shards() throws {
    try write("1.safetensors", "a", 1)
    try write("2.safetensors", "b", 2)
    try index(#"{"b":"2.safetensors","a":"1.safetensors"}"#)
    let set = try SafetensorsSet(folder: folder.path)
    #expect(set.tensors.map(\.name) == ["a", "b"])
    #expect(try set.file(holding: "a").floats("a") == [1])
    #expect(try set.file(holding: "b").floats("b") == [2])
    #expect(!set.contains("c"))
    #expect(throws: TensorFileError.self) { try set.file(holding: "c") }
  }

  @Test("One file needs no index")
  func single() throws {
    try write("model.safetensors", "a", 1)
    #expect(try SafetensorsSet(folder: folder.path).file(holding: "a").floats("a") == [1])
  }

  @Test(
    "An index that lies is refused",
    arguments: [
      #"{"c":"1.safetensors"}"#, #"{"a":"3.safetensors"}"#, #"{"a":"../1.safetensors"}"#,
      #"{"a":""}"#, #"{"a":1}"#, "{}", "[]", #"{"a":"1.safetensors","a":"1.safetensors"}"#, "{",
    ])
  func lyingIndex(map: String) throws {
    try write("1.safetensors", "a", 1)
    try index(map)
    let error = try #require(throws: (any Error).self) {
      try SafetensorsSet(folder: folder.path)
    }
    #expect(!"\(error)".contains("\n"))
  }

  @Test("A folder without weights says which file is missing")
  func missing() throws {
    let error = try #require(throws: FileError.self) {
      try SafetensorsSet(folder: folder.path)
    }
    #expect(error.description.contains("model.safetensors"))
  }
}
