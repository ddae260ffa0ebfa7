import Foundation
import ParableFormats
import ParableModel
import ParableTokenization
import ParableTraining
import TestSupport

/// A folder with a network of 300 ids and a tokenizer of 257, as `transformers` would write it.
struct SmallModel {
  static let configuration = ModelConfiguration(
    vocabulary: 300, context: 16, width: 16, layers: 2, heads: 2, hidden: 24)

  let folder: TemporaryFolder
  var path: String { folder.path }

  init(_ folder: TemporaryFolder? = nil) throws {
    self.folder = try folder ?? TemporaryFolder()
    let storage = ParameterStorage(ParameterLayout(Self.configuration))
    storage.initialize(seed: 1)
    try ModelFiles.write(
      to: path, parameters: storage.view, vocabulary: try Self.vocabulary(count: 257))
  }

  /// The bytes and one special token, with as many more behind them as it takes.
  static func vocabulary(count: Int) throws -> Vocabulary {
    let bytes: [[UInt8]?] = (0...255).map { [UInt8($0)] }
    let more: [[UInt8]?] = (257..<max(257, count)).map { [97, 97, UInt8($0 - 200)] }
    return try Vocabulary(
      tokens: bytes + [nil] + more, specialTokens: [SpecialToken("<|endoftext|>", id: 256)])
  }

  /// Changes members of `config.json`; nil takes one away.
  func configure(_ changes: [String: Any?]) throws {
    var members = try members()
    for (key, value) in changes { members[key] = value ?? nil }
    try folder.write(JSONSerialization.data(withJSONObject: members), to: "config.json")
  }

  private func members() throws -> [String: Any] {
    let data = Data(try folder.read("config.json"))
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  /// Replaces the weights by some of other names or values.
  func writeWeights(
    to name: String = "model.safetensors", _ change: (MutableParameterView) -> Void = { _ in },
    where isKept: (String) -> Bool = { _ in true }
  ) throws {
    let storage = try ModelDirectory(path: path).loadParameters()
    storage.update(change)
    let tensors: [SafetensorsWriter.Tensor] = storage.view.layout.entries.compactMap { entry in
      guard isKept(entry.huggingFaceName) else { return nil }
      let values = UnsafeBufferPointer(rebasing: storage.view.values[entry.range])
      return (entry.huggingFaceName, .f32, entry.shape, UnsafeRawBufferPointer(values))
    }
    try SafetensorsWriter.write(to: folder.file(name), metadata: ["format": "pt"], tensors: tensors)
    withExtendedLifetime(storage) {}
  }
}

extension MutableParameterView {
  /// Makes the network one that looks at the last id alone, with finite scores after all ids but
  /// `id`, where that of the last id is infinite.
  func overflow(after id: Int) {
    let width = layout.configuration.width
    for entry in layout.entries {
      let name = entry.huggingFaceName
      if name.hasSuffix("o_proj.weight") || name.hasSuffix("down_proj.weight") {
        for index in entry.range { values[index] = 0 }
      }
    }
    let (embedding, output) = (self[.tokenEmbeddings].base, self[.output].base)
    for row in 0..<layout.configuration.vocabulary {
      let values = embedding + row * width
      if row == id { values.update(repeating: 0, count: width) }
      values[width - 2] = row == id ? 0 : 1
      values[width - 1] = row == id ? 1 : 0
    }
    // Elsewhere the score is so low that no gradient comes from it.
    let last = output + (layout.configuration.vocabulary - 1) * width
    last.update(repeating: 0, count: width)
    last[width - 2] = -1000
    // Their squares are numbers: it is the product that is none.
    (last[width - 1], self[.finalNorm].base[width - 1]) = (1.2e19, 1.2e19)
  }
}
