import Foundation
import ParablePlatform

/// The weights of a folder: one `model.safetensors`, or the shards that
/// `model.safetensors.index.json` lists.
package struct SafetensorsSet: Sendable {
  /// The files, in the order of their names.
  package let files: [SafetensorsFile]

  private let folder: String
  private let holders: [[UInt8]: Int]

  /// Opens and checks every file of the set in `folder`.
  package init(folder: String) throws {
    self.folder = folder
    let single = "\(folder)/model.safetensors"
    let index = "\(single).index.json"
    if FileManager.default.fileExists(atPath: single)
      || !FileManager.default.fileExists(atPath: index)
    {
      let file = try SafetensorsFile(path: single)
      files = [file]
      holders = Dictionary(uniqueKeysWithValues: file.tensors.map { (Array($0.name.utf8), 0) })
      return
    }
    let weightMap = try Self.weightMap(MappedFile(path: index))
    let names = Set(weightMap.map(\.file)).sorted()
    let files = try names.map { try SafetensorsFile(path: "\(folder)/\($0)") }
    let positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    var holders: [[UInt8]: Int] = [:]
    for (tensor, file) in weightMap {
      let position = positions[file, default: 0]
      _ = try files[position].info(tensor)
      holders[Array(tensor.utf8)] = position
    }
    self.files = files
    self.holders = holders
  }

  /// Every tensor of the set, file by file; those that the index leaves out are not of the set.
  package var tensors: [TensorInfo] {
    files.enumerated().flatMap { position, file in
      file.tensors.filter { holders[Array($0.name.utf8)] == position }
    }
  }

  /// Whether the set has a tensor of this name.
  package func contains(_ name: String) -> Bool { holders[Array(name.utf8)] != nil }

  /// The file that holds the tensor `name`.
  package func file(holding name: String) throws -> SafetensorsFile {
    guard let position = holders[Array(name.utf8)] else {
      throw TensorFileError.missingTensor(path: folder, name: name)
    }
    return files[position]
  }

  private static func weightMap(_ index: MappedFile) throws -> [(tensor: String, file: String)] {
    func malformed(_ reason: String) -> TensorFileError {
      .malformed(path: index.path, format: "safetensors index", reason: reason)
    }
    let value: JSONValue
    do {
      value = try index.withBytes { try JSONValue(parsing: $0) }
    } catch {
      throw malformed("\(error)")
    }
    guard case .object(let entries)? = value["weight_map"], !entries.isEmpty else {
      throw malformed("no weight_map")
    }
    return try entries.map { tensor, value in
      // A plain name: an index must not reach outside its folder.
      guard let file = value.text, !file.isEmpty, !file.contains("/"), file != ".." else {
        throw malformed("weight_map \"\(quoted(tensor))\" names no file of the folder")
      }
      return (tensor, file)
    }
  }
}
