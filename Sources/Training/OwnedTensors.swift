import ParableCollective
import ParableFormats
import ParableModel
import ParablePlatform

/// A safetensors file of values for parameters, of which each rank has those that it owns.
struct OwnedTensors {
  private let start: OwnedBuffer<UInt8>
  private let file: SharedFile

  /// For each part which of the values, and which elements, it has; nil for the header.
  private let contents: [(place: Int, elements: Range<Int>)?]

  private let values: [UnsafeBufferPointer<Float>]
  private let owned: [Range<Int>]
  private let owner: AnyObject

  /// A file with the tensors of each of `values`, which has a prefix of their names and this rank's own
  /// elements of all parameters; `owner` keeps them.
  init(
    path: String, _ ownership: OwnershipTable,
    values: [(prefix: String, entries: [ParameterLayout.Entry], own: UnsafeBufferPointer<Float>)],
    owner: AnyObject
  ) {
    let tensors = values.indices.flatMap { place in values[place].entries.map { (place, $0) } }
    let format = SafetensorsLayout(
      metadata: ["format": "pt"],
      tensors: tensors.map { (values[$0].prefix + $1.huggingFaceName, .f32, $1.shape) })
    var parts = [SharedFile.Part(range: 0..<format.start.count, owner: 0)]
    var contents: [(place: Int, elements: Range<Int>)?] = [nil]
    for tensor in format.order {
      let (place, entry) = tensors[tensor]
      for rank in ownership.order {
        let elements = entry.range.clamped(to: ownership.ranges[rank])
        guard !elements.isEmpty else { continue }
        let start = format.ranges[tensor].lowerBound + 4 * (elements.lowerBound - entry.offset)
        parts.append(.init(range: start..<start + 4 * elements.count, owner: rank))
        contents.append((place, elements))
      }
    }
    start = OwnedBuffer(format.start)
    file = SharedFile(path: path, parts: parts)
    self.contents = contents
    self.values = values.map(\.own)
    owned = ownership.ranges
    self.owner = owner
  }

  /// Where the file is.
  var path: String { file.path }

  /// Has the first rank make the file, before all write.
  func reserve() throws { try file.reserve() }

  /// What this rank writes, read from the values while this lives.
  func collect(_ communicator: any Communicator) throws -> SharedFile.OwnBlocks {
    let first = owned[communicator.rank].lowerBound
    return try file.collect(communicator) { part in
      guard let (place, elements) = contents[part] else {
        return UnsafeRawBufferPointer(start.buffer)
      }
      return UnsafeRawBufferPointer(
        UnsafeBufferPointer(
          rebasing: values[place][elements.lowerBound - first..<elements.upperBound - first]))
    }
  }
}
