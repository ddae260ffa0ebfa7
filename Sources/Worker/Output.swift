import Foundation
import ParableCommandLineInterface
import ParableFormats
import ParablePlatform

/// Nobody reads the standard output any more.
struct OutputClosed: Error {}

/// What a command writes to standard output; only rank 0 of a job has one.
final class Output {
  private let isActive: Bool
  private let isJSON: Bool
  private let progress: ProgressLine?

  /// Makes the output of a rank; `progress` is taken away where it shares the terminal.
  init(isActive: Bool, isJSON: Bool, progress: ProgressLine? = nil) {
    self.isActive = isActive
    self.isJSON = isJSON
    self.progress = progress
  }

  /// Writes a line for people; with `--json` the one object stands instead of all of them.
  func line(_ text: String) throws {
    if !isJSON { try self.text("\(text)\n") }
  }

  /// Writes `text` as it is, at once.
  func text(_ text: String) throws {
    var text = text
    try text.withUTF8 { try bytes(UnsafeRawBufferPointer($0)) }
  }

  /// Writes bytes as they are, at once.
  func bytes(_ bytes: UnsafeRawBufferPointer) throws {
    guard isActive else { return }
    progress?.clear()
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = write(
        STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EPIPE {
        throw OutputClosed()
      } else if errno != EINTR {
        throw FileError.writing("the standard output")
      }
    }
  }

  /// Prints a command's result: `object` with `--json`, else its rows as two columns.
  ///
  /// A row without a value is a title of those that follow.
  func result(_ object: some Encodable, _ rows: [(name: String, value: String)]) throws {
    if isJSON { return try self.object(object) }
    let longest = rows.filter { !$0.value.isEmpty }.map(\.name.count).max() ?? 0
    let width = max(16, longest + 1)
    for (name, value) in rows {
      let column = value.isEmpty ? name.count : width
      try line(name.padding(toLength: column, withPad: " ", startingAt: 0) + value)
    }
  }

  /// Writes the one JSON object that `--json` asks for.
  func object(_ value: some Encodable) throws {
    let encoder = JSONEncoder.line
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    try text(String(decoding: encoder.encode(value), as: UTF8.self) + "\n")
  }
}

extension ProgressLine {
  /// Shows how much of an activity is done, in percent.
  func share(_ activity: String, _ done: Int, of count: Int) {
    show("\(activity): \(100 * done / max(1, count)) %")
  }

  /// The progress line of this process on standard error; ranks above 0 keep silent.
  static func onStandardError(isActive: Bool) -> ProgressLine {
    // Under mpirun standard error is a pipe; the launcher then tells the terminal's width.
    let told = ProcessInfo.processInfo.environment["PARABLE_TERMINAL_COLUMNS"].flatMap { Int($0) }
    return ProgressLine(
      isTerminal: (told ?? terminalColumns(of: STDERR_FILENO)) != nil,
      columns: { terminalColumns(of: STDERR_FILENO) ?? told ?? 80 },
      write: { if isActive { writeError($0) } })
  }
}
