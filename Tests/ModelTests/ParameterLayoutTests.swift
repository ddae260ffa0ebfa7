import ParableModel
import Testing

@Suite struct ParameterLayoutTests {
  private static let odd = ModelConfiguration(
    vocabulary: 11, context: 5, width: 6, layers: 3, heads: 3, hidden: 7)

  @Test func tensorsTileTheAllocationInOrder() {
    let layout = ParameterLayout(Self.odd)
    var next = 0
    for entry in layout.entries {
      #expect(entry.offset == next, "\(entry.name)")
      next += entry.count
    }
    #expect(next == layout.elementCount)
    #expect(Set(layout.entries.map(\.name)).count == layout.entries.count)
    #expect(Set(layout.entries.map(\.huggingFaceName)).count == layout.entries.count)
  }

  @Test func chunksTileTheTensorsAndAreNotLong() {
    let layout = ParameterLayout(PresetSizes.base)
    var next = 0
    for chunk in layout.chunks {
      #expect(chunk.lowerBound == next && 1...65_536 ~= chunk.count)
      #expect(layout.entries.contains { $0.range.clamped(to: chunk) == chunk })
      next = chunk.upperBound
    }
    #expect(next == layout.elementCount)
    #expect(layout.chunks.count < layout.elementCount / 60_000 + layout.entries.count)
  }

  @Test func countsAgreeWithTheFormula() {
    for (configuration, count) in [
      (Self.odd, 132 + 3 * (4 * 36 + 3 * 42 + 12) + 6),
      (PresetSizes.base, 22_696_448),
    ] {
      #expect(ParameterLayout(configuration).elementCount == count)
      #expect(Accounting(configuration).parameterCount == count)
    }
  }

  @Test func onlyGainsDoNotDecay() {
    let layout = ParameterLayout(Self.odd)
    for entry in layout.entries {
      let isGain = entry.name.contains("ln")
      #expect(entry.parameter.decays == !isGain, "\(entry.name)")
      #expect(entry.shape.count == (isGain ? 1 : 2), "\(entry.name)")
    }
    let covered = ParameterLayout.decayRuns(of: layout.entries).reduce(0) { $0 + $1.range.count }
    #expect(covered == layout.elementCount)
  }

  @Test func stackedWeightsAreTheirTensorsOneAfterAnother() {
    let layout = ParameterLayout(Self.odd)
    let storage = ParameterStorage(layout)
    storage.update { parameters in
      for (index, entry) in layout.entries.enumerated() {
        for element in entry.range { parameters.values[element] = Float(index) }
      }
    }
    let view = storage.view
    let first = 1 + 9
    #expect(view[1, .attentionNorm][0, 0] == Float(first))
    let queryKeyValue = view[1, .query, .key, .value]
    #expect(queryKeyValue.rows == 18)
    #expect(queryKeyValue[0, 0] == Float(first + 1))
    #expect(queryKeyValue[6, 0] == Float(first + 2))
    #expect(queryKeyValue[12, 5] == Float(first + 3))
    #expect(view[1, .attentionOutput][5, 5] == Float(first + 4))
    #expect(view[1, .gate, .up][6, 0] == Float(first + 6))
    #expect(view[1, .gate, .up][7, 0] == Float(first + 7))
    #expect(view[1, .down].rows == 6 && view[1, .down].columns == 7)
    #expect(view[.finalNorm][0, 0] == Float(layout.entries.count - 2))
    #expect(view[.output][10, 5] == Float(layout.entries.count - 1))
  }

  @Test func initializationHasTheStatedSpreadAndDependsOnTheSeed() {
    let configuration = ModelConfiguration(
      vocabulary: 300, context: 8, width: 64, layers: 1, heads: 2, hidden: 96)
    let layout = ParameterLayout(configuration)
    let storage = ParameterStorage(layout)
    storage.initialize(seed: 1)
    for entry in layout.entries {
      let values = storage.values[entry.range].map(Double.init)
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
      switch entry.parameter.initialization {
      case .ones:
        #expect(values.allSatisfy { $0 == 1 })
      case .normal(let deviation):
        #expect(abs(variance.squareRoot() / Double(deviation) - 1) < 0.05)
        #expect(abs(mean) < 0.001)
      case .xavierUniform:
        let bound = (6 / Double(entry.rows + entry.columns)).squareRoot()
        #expect(values.allSatisfy { abs($0) <= bound })
        #expect(abs(variance / (bound * bound / 3) - 1) < 0.05, "\(entry.name)")
      }
    }
    let again = ParameterStorage(layout)
    again.initialize(seed: 1)
    let bits = storage.values.map(\.bitPattern)
    #expect(again.values.map(\.bitPattern) == bits)
    again.initialize(seed: 2)
    #expect(again.values.map(\.bitPattern) != bits)
  }
}

/// The sizes of the presets, for tests of what follows from them.
enum PresetSizes {
  static let base = ModelConfiguration(
    vocabulary: 10000, context: 256, width: 512, layers: 4, heads: 16, hidden: 1344)
}
