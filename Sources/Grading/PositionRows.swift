/// The positions of a case's tokens: one row for all sequences, or one for each of equal shares.
struct PositionRows {
  /// [rows, sequence].
  let ids: [Int32]
  let rows: Int
  /// One more than the largest position.
  let count: Int

  private let sequence: Int

  /// Reads `token_positions` for a tensor [leading..., sequence, width].
  ///
  /// They are [sequence] or [1, sequence] for all sequences, or have the first of the leading sizes
  /// before the sequence, [batch, sequence] most often. Where there are none, they are 0, 1, ….
  init(_ given: ComponentCase, leading: [Int], sequence: Int) throws {
    self.sequence = sequence
    let limit = try given.integer("max_seq_len", in: 1...largestContext)
    guard given.has("token_positions") else {
      guard sequence <= limit else {
        throw given.broken("x has \(sequence) tokens, more than max_seq_len \(limit)")
      }
      ids = (0..<sequence).map { Int32($0) }
      rows = 1
      count = sequence
      return
    }
    let shape = try given.shape("token_positions")
    let sizes = Array(shape.dropLast())
    guard shape.last == sequence, sizes.allSatisfy({ $0 == 1 }) || leading.starts(with: sizes)
    else {
      throw given.broken(
        "token_positions has shape \(shape) that does not fit the leading sizes \(leading) and "
          + "\(sequence) tokens of x")
    }
    ids = try given.indices("token_positions", below: limit)
    rows = sizes.reduce(1, *)
    count = Int(ids.max() ?? -1) + 1
  }

  /// The positions of one of `parts` sequences.
  func row(ofPart part: Int, from parts: Int) -> ArraySlice<Int32> {
    let row = part * rows / parts
    return ids[row * sequence..<(row + 1) * sequence]
  }
}
