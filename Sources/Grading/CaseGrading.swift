import Foundation
import ParableFormats
import ParablePlatform

/// How a case went.
package struct CaseGrade: Encodable, Sendable {
  /// The file's name without its ending.
  package let name: String
  /// The component that the case is of, where that could be read.
  package let component: String?
  /// Whether every expected tensor was met.
  package let passed: Bool
  /// The largest distance from an expected number as a share of the tolerance, where all could be
  /// compared.
  package let largestError: Double?
  /// What is wrong, in one line.
  package let message: String?

  enum CodingKeys: String, CodingKey {
    case name = "case"
    case component, passed, message
    case largestError = "largest_error"
  }
}

/// A folder's cases and how they went.
package struct FolderGrade: Encodable, Sendable {
  /// One grade a case, by name.
  package let cases: [CaseGrade]
  /// How many passed.
  package let passed: Int
  /// How many there are.
  package let total: Int

  init(_ cases: [CaseGrade]) {
    self.cases = cases
    passed = cases.count(where: \.passed)
    total = cases.count
  }

  /// How many cases of each component passed, in the order of their first cases; nil stands for
  /// cases whose component could not be read.
  package var components: [(name: String?, passed: Int, total: Int)] {
    var sums: [(name: String?, passed: Int, total: Int)] = []
    for grade in cases {
      let place = sums.firstIndex { $0.name == grade.component } ?? sums.count
      if place == sums.count { sums.append((grade.component, 0, 0)) }
      sums[place].passed += grade.passed ? 1 : 0
      sums[place].total += 1
    }
    return sums
  }
}

/// Computes components from cases, and compares them with what cases expect.
package enum CaseGrading {
  /// Computes the component of the case at `path` and writes its outputs to `output`: those that
  /// the case expects or, where it expects none, all of them, with the gradients where a gradient
  /// of the output is given.
  package static func compute(path: String, output: String) throws {
    let given = try ComponentCase(path: path)
    defer { withExtendedLifetime(given) {} }
    try write(outputs(of: given), to: output)
  }

  /// Grades the case at `path`; whatever is wrong with it is in the result.
  package static func grade(path: String) -> CaseGrade {
    let name = name(ofCase: path)
    var component: String?
    do {
      let given = try ComponentCase(path: path)
      defer { withExtendedLifetime(given) {} }
      component = try given.component.name
      guard !given.expectedNames.isEmpty else {
        throw given.broken("there is no \(ComponentCase.expectedPrefix)* to compare with")
      }
      var worst = Deviation()
      for (output, value) in try outputs(of: given) {
        let deviation = try Deviation(value, expected: output, of: given)
        if deviation.share > worst.share { worst = deviation }
      }
      return CaseGrade(
        name: name, component: component, passed: worst.share <= 1,
        largestError: worst.share.isFinite ? worst.share : nil,
        message: worst.share <= 1 ? nil : worst.message)
    } catch {
      return CaseGrade(
        name: name, component: component, passed: false, largestError: nil, message: "\(error)")
    }
  }

  /// What there is to compute: each component's name, and what a case of it gives.
  package static var components: [(name: String, inputs: String)] {
    Component.all.map { ($0.name, $0.inputs) }
  }

  /// The cases at `path`, a folder of them or one file, in the order of names.
  package static func cases(at path: String) throws -> [String] {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
      return [path]
    }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
        .filter { $0.hasSuffix(".safetensors") }.sorted()
    } catch {
      throw GradingError.noCases(folder: path, reason: "it cannot be listed")
    }
    guard !names.isEmpty else {
      throw GradingError.noCases(folder: path, reason: "it holds no .safetensors file")
    }
    return names.map { "\(path)/\($0)" }
  }

  /// Grades cases in their order; `report` gets each as it is done.
  package static func grade(
    _ cases: [String], report: (CaseGrade) throws -> Void
  ) throws -> FolderGrade {
    FolderGrade(
      try cases.map { path in
        let grade = grade(path: path)
        try report(grade)
        return grade
      })
  }

  /// The name under which a case is reported: the file's without its ending.
  package static func name(ofCase path: String) -> String {
    URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
  }

  /// What the case asks for, by name and sorted.
  private static func outputs(
    of given: ComponentCase
  ) throws -> [(name: String, value: ComponentValue)] {
    let component = try given.component
    let result = try component.compute(given)
    var all = result.outputs
    for (name, gradient) in result.gradients {
      all[ComponentCase.gradientPrefix + name] = .floats(gradient)
    }
    let expected = given.expectedNames
    guard !expected.isEmpty else {
      let wanted = given.wantsGradients ? all : result.outputs
      return wanted.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
    return try expected.map { name in
      guard let value = all[name] else {
        throw given.broken("\(component.name) has no output \"\(name)\"")
      }
      return (name, value)
    }
  }

  private static func write(
    _ outputs: [(name: String, value: ComponentValue)], to path: String
  ) throws {
    var integerMemory: [OwnedBuffer<Int64>] = []
    let tensors = outputs.map { output -> SafetensorsWriter.Tensor in
      switch output.value {
      case .floats(let tensor):
        return (output.name, .f32, tensor.shape, UnsafeRawBufferPointer(tensor.values))
      case .integers(let values, let shape):
        let memory = OwnedBuffer<Int64>(count: values.count)
        _ = memory.buffer.update(fromContentsOf: values)
        integerMemory.append(memory)
        return (output.name, .i64, shape, UnsafeRawBufferPointer(memory.buffer))
      }
    }
    try withExtendedLifetime(integerMemory) {
      try SafetensorsWriter.write(to: path, tensors: tensors)
    }
  }
}
