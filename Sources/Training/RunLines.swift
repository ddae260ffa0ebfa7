/// A start as a line of `metrics.jsonl`.
struct StartRecord: Encodable {
  struct Resumed: Encodable {
    /// The step that it goes on from.
    var step: Int
    /// What differed from the checkpoint.
    var changed: [String]
  }

  var environment: TrainingEnvironment?
  var header: TrainingHeader?
  var resumed: Resumed?

  private enum CodingKeys: CodingKey { case environment, resumed }

  func encode(to encoder: any Swift.Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    if let header {
      try values.encode(header, forKey: .environment)
    } else {
      try values.encodeIfPresent(environment, forKey: .environment)
    }
    try values.encodeIfPresent(resumed, forKey: .resumed)
  }
}

/// An end as a line of `metrics.jsonl`.
struct EndRecord: Encodable {
  /// What the training came to.
  let end: TrainingEnd
}
