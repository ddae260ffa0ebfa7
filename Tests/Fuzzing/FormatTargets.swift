import Foundation
import ParableFormats

extension FuzzTarget {
  /// JSON and safetensors.
  static let formats = [
    FuzzTarget("json") { bytes, _ in
      let isValid = bytes.withUnsafeBytes { bytes in
        _ = JSONFault(in: bytes)
        var reader = JSONReader(bytes)
        let skips = (try? (reader.skip(), reader.end())) != nil
        let value = try? JSONValue(parsing: bytes)
        require((value != nil) == skips, "a value is read where it cannot be skipped, or not")
        return skips
      }
      // Foundation takes more, such as equal keys, but nothing less; it knows no mark in front.
      if isValid, !bytes.starts(with: [0xEF]) {
        let data = Data(bytes)
        require(
          (try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)) != nil
            || !isExpressible(bytes), "Foundation refuses what was read")
      }
    },
    FuzzTarget("safetensors") { bytes, folder in
      let file = try SafetensorsFile(path: folder.write(bytes, to: "model.safetensors"))
      for tensor in file.tensors {
        try file.withBytes(tensor.name) { part in
          require(part.count == tensor.byteRange.count, "a tensor has other bytes")
        }
        _ = try? file.floats(tensor.name)
        _ = try? file.int64s(tensor.name)
        _ = try? file.bools(tensor.name)
      }
    },
    FuzzTarget("safetensors-index") { bytes, folder in
      let header = #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
      let count = UInt64(header.utf8.count)
      let file =
        (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + Array(header.utf8) + [7]
      let above = folder.path + "/set"
      try? FileManager.default.createDirectory(
        atPath: above, withIntermediateDirectories: false)
      // What an index must not reach.
      _ = try folder.write(file, to: "outside.safetensors")
      _ = try folder.write(file, to: "set/a.safetensors")
      _ = try folder.write(bytes, to: "set/model.safetensors.index.json")
      let set = try SafetensorsSet(folder: above)
      for file in set.files {
        require(file.path == above + "/a.safetensors", "a file of another folder: \(file.path)")
      }
      _ = set.tensors
    },
  ]

  /// Whether Foundation could have read it: it has numbers as Doubles, and stops at 512 brackets.
  private static func isExpressible(_ bytes: [UInt8]) -> Bool {
    !bytes.contains(UInt8(ascii: "e")) && !bytes.contains(UInt8(ascii: "E")) && bytes.count < 256
  }
}
