import ParableCollective
import ParableKernels
import ParableModel
import ParablePlatform

/// Finds out where memory has changed by itself: what an update leaves behind is to be there, bit for
/// bit, when the next one begins.
///
///     try check.seal(after: step)     // checksums of what is there; hosts compare theirs
///     …                               // a step, an evaluation, a checkpoint: nobody writes
///     try check.verify(in: step + 1)  // the same checksums again, and packed copies packed again
///     check.open()                    // now an update may write
///
/// The weights of a host are shared out among the ranks that share them, moments are looked at by the
/// rank that has them.
final class MemoryCheck {
  /// What the checksums are of: a unit of the parameters, or of a moment.
  private struct Part {
    let name: String
    let range: Range<Int>
    let values: UnsafeBufferPointer<Float>

    /// For a person: where in its tensor it is.
    func place(in layout: ParameterLayout) -> String {
      guard let entry = layout.entries.first(where: { $0.range.contains(range.lowerBound) })
      else { return name }
      let elements = range.lowerBound - entry.offset..<range.upperBound - entry.offset
      return "\(name) \(entry.huggingFaceName), elements \(elements.lowerBound) to "
        + "\(elements.upperBound - 1)"
    }
  }

  private let communicator: any Communicator
  private let parameters: ParameterStorage
  private let parallel: DataParallel
  private let optimizer: Optimizer
  private var sealed: (step: Int, checksums: [UInt64])?

  init(_ communicator: any Communicator, _ parameters: TrainedParameters, _ optimizer: Optimizer) {
    self.communicator = communicator
    self.parameters = parameters.storage
    parallel = parameters.parallel
    self.optimizer = optimizer
  }

  private var layout: ParameterLayout { parameters.view.layout }

  /// This rank's part of its host's weights.
  private var weights: [Part] {
    let (position, count) = parallel.place
    let units = parallel.ownership.units
    return stride(from: position, to: units.count, by: count).map { place in
      let range = units[place]
      return Part(
        name: "weights of", range: range,
        values: UnsafeBufferPointer(rebasing: parameters.values[range]))
    }
  }

  private var moments: [Part] {
    optimizer.moments.flatMap { moment in
      moment.entries.flatMap { entry in
        ParameterLayout.chunks(of: entry).map { $0.clamped(to: optimizer.owned) }
          .filter { !$0.isEmpty }.map { range in
            let start = range.lowerBound - optimizer.owned.lowerBound
            return Part(
              name: "\(moment.name) of", range: range,
              values: UnsafeBufferPointer(
                rebasing: moment.values.buffer[start..<start + range.count]))
          }
      }
    }
  }

  private func checksums(_ parts: [Part]) -> [UInt64] {
    Profile.during(.checksums) {
      parts.map { checksum(of: UnsafeRawBufferPointer($0.values)) }
    }
  }

  /// Keeps checksums of what is there after a step.
  ///
  /// - Throws: On all ranks where hosts do not have the same weights.
  func seal(after step: Int) throws {
    guard sealed?.step != step else { return }
    // Nothing was updated since: it is the same, or found to be another.
    if sealed != nil { try verify(in: step) }
    let weights = checksums(weights)
    try compareHosts(weights, after: step)
    sealed = (step, weights + checksums(moments))
  }

  /// Lets the next update write.
  func open() { sealed = nil }

  /// Throws on all ranks where something is not what it was when it was sealed.
  func verify(in step: Int) throws {
    guard let sealed else { return }
    let parts = weights + moments
    let now = checksums(parts)
    let changed = parts.indices.filter { now[$0] != sealed.checksums[$0] }
      .map { parts[$0].place(in: layout) }
    try require(none: changed, in: step)
    // Of weights that are right: what was packed from them is what another packing gives.
    let (position, count) = parallel.place
    let old = Profile.during(.checksums) { parameters.packedDifferently(position, count) }
    try require(none: old.map { "packed copy of \($0)" }, in: step)
  }

  /// Throws on all ranks for weights that are no finite numbers, or so large that `Float` cannot hold
  /// their squares, with the first tensor that has such.
  func requireFiniteWeights(_ step: Int) throws {
    let most = Double(Float.greatestFiniteMagnitude)
    let own = weights.first { !(sumOfSquares($0.values) <= most) }?.range.lowerBound
    let first = try communicator.allGather(values: [own ?? Int.max]).joined().min() ?? Int.max
    guard let entry = layout.entries.first(where: { $0.range.contains(first) }) else { return }
    throw TrainingError.notFinite(step: step, what: "weight \(entry.huggingFaceName)")
  }

  private func require(none changed: [String], in step: Int) throws {
    let place = "rank \(communicator.rank) on \(CoreBinding.thisHost): "
    let shown = changed.prefix(4).joined(separator: "; ")
    let more = changed.count > 4 ? "; and \(changed.count - 4) more" : ""
    let own = changed.isEmpty ? "" : place + shown + more
    let all = try communicator.allGather([UInt8](own.utf8)).filter { !$0.isEmpty }
      .map { String(decoding: $0, as: UTF8.self) }
    guard all.isEmpty else { throw TrainingError.memoryChanged(step: step, what: all) }
  }

  private func compareHosts(_ own: [UInt64], after step: Int) throws {
    let groups = parallel.groups
    guard groups.count > 1 else { return }
    let all = try communicator.allGather(values: own)
    for (place, range) in parallel.ownership.units.enumerated() {
      let found = groups.map { all[$0[place % $0.count]][place / $0.count] }
      guard Set(found).count > 1 else { continue }
      let what = Part(name: "of", range: range, values: .init(start: nil, count: 0))
        .place(in: layout)
      try communicator.requireAgreement(
        on: zip(groups, found).map { ($0[0], $1) },
        of: "parameters after step \(step) (\(what))")
    }
  }
}
