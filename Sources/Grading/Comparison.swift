import ParableFormats

/// What may lie between a computed number and the expected one.
struct Tolerance {
  let absolute: Double
  let relative: Double

  init(_ given: ComponentCase) throws {
    absolute = try given.number("atol", in: 0...Double.greatestFiniteMagnitude)
    relative = try given.number("rtol", in: 0...Double.greatestFiniteMagnitude)
  }

  /// |found − expected| as a share of what is allowed, infinite where that is exceeded in any case:
  /// a NaN is never close to anything, not even to another one.
  func share(_ found: Double, _ expected: Double) -> Double {
    if found == expected { return 0 }
    guard found.isFinite, expected.isFinite else { return .infinity }
    return share(distance: abs(found - expected), expected)
  }

  /// The same for whole numbers, of which a Double cannot tell large ones apart.
  func share(_ found: Int64, _ expected: Int64) -> Double {
    if found == expected { return 0 }
    let larger = UInt64(bitPattern: max(found, expected))
    let distance = larger &- UInt64(bitPattern: min(found, expected))
    return share(distance: Double(distance), Double(expected))
  }

  private func share(distance: Double, _ expected: Double) -> Double {
    let allowed = absolute + relative * abs(expected)
    return allowed > 0 ? distance / allowed : .infinity
  }
}

/// The computed number that is farthest from the expected one.
struct Deviation {
  /// The distance as a share of the tolerance: up to 1 is close enough.
  var share = 0.0
  /// What to say of it where it is too far.
  var message = ""
}

extension Deviation {
  /// Compares `found` with the expected tensor `name` of the case.
  init(_ found: ComponentValue, expected name: String, of given: ComponentCase) throws {
    let tolerance = try Tolerance(given)
    let expectedName = ComponentCase.expectedPrefix + name
    let shape = try given.shape(expectedName)
    guard shape == found.shape else {
      share = .infinity
      message = "\(name) has shape \(found.shape) where \(shape) is expected"
      return
    }
    let shares: [Double]
    let text: (Int) -> String
    switch found {
    case .floats(let tensor):
      let expected = try given.floats(expectedName).values
      shares = zip(tensor.values, expected).map { tolerance.share(Double($0), Double($1)) }
      text = { Self.differing(tensor.values[$0], expected[$0]) }
    case .integers(let values, _):
      let expected = try given.integers(expectedName, in: Int64.min...Int64.max)
      shares = zip(values, expected).map { tolerance.share($0, $1) }
      text = { "\(values[$0]) where \(expected[$0]) is expected" }
    }
    // The first of equal ones.
    guard let worst = shares.indices.max(by: { shares[$0] < shares[$1] }) else { return }
    share = shares[worst]
    guard share > 1 else { return }
    var place: [Int] = []
    var rest = worst
    for size in shape.reversed() {
      place.insert(rest % size, at: 0)
      rest /= size
    }
    message =
      "\(name)\(shape.isEmpty ? "" : "\(place)") is \(text(worst)), "
      + "\(shares.count { $0 > 1 }) of \(shares.count) too far"
  }

  /// What to say of two floats, of which a NaN never passes.
  private static func differing(_ found: Float, _ expected: Float) -> String {
    switch (found.isNaN, expected.isNaN) {
    case (false, false): "\(found) where \(expected) is expected"
    case (true, false): "nan where \(expected) is expected"
    case (false, true): "\(found) where the case expects nan, which nothing passes for"
    case (true, true): "nan, which never passes, not even for the nan that the case expects"
    }
  }
}
