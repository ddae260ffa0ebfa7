/// One setting, declared once beside the property that holds it.
///
/// Parsing, help, the JSON key and validation follow from the declaration. One spelling is used
/// everywhere: `\.learningRate`, `"learningRate"` in JSON, `--learning-rate` on the command line.
package struct Setting<Root> {
  /// The name of the property and of the JSON key.
  package let key: String

  /// What it takes, and which numbers are in range.
  package let form: SettingForm

  /// What stands for the value in help, its unit where it has one: `STEPS`, `FILE`, `N`.
  package let unit: String

  /// What it does, in one line.
  package let summary: String

  /// Whether it may be given several times, every value counting.
  package let isRepeatable: Bool

  /// The property.
  package let keyPath: PartialKeyPath<Root>

  /// The title above it and those that follow in help.
  package private(set) var heading: String?

  /// What holds where it is left out and the property is nil, in words.
  package private(set) var unlessGiven: String?

  /// The short form on the command line.
  package private(set) var letter: Character?

  /// Whether the command cannot do without it.
  package private(set) var isRequired = false

  /// Other names on the command line, as other trainers have them.
  package private(set) var aliases: [String] = []

  /// Names of earlier versions, on the command line and in JSON; help does not show them.
  package private(set) var oldNames: [String] = []

  /// Whether the result depends on it; where it is a path, on what is there rather than on its name.
  package private(set) var decidesResult = true

  private var oldChoices: [String: String] = [:]
  private let read: (Root) -> SettingValue?
  private let write: (inout Root, SettingValue) -> Bool

  /// Declares the setting `key` that the property at `keyPath` holds.
  ///
  /// A unit is in capital letters (`STEPS`); `FILE…` and `DIR` make the text a path.
  package init<Value: SettingConvertible>(
    _ keyPath: WritableKeyPath<Root, Value>, _ key: String, _ summary: String,
    unit: String? = nil, in range: SettingRange = .all
  ) {
    let form = Value.form(in: range)
    let isPath = ["FILE", "DIR"].contains { unit?.hasPrefix($0) == true }
    self.init(
      keyPath, key, isPath ? .path : form, unit ?? Value.placeholder, summary,
      isRepeatable: Value.self is [String].Type, read: { $0[keyPath: keyPath].settingValue },
      write: { root, value in
        guard let value = Value(setting: value) else { return false }
        root[keyPath: keyPath] = value
        return true
      })
  }

  /// Declares a setting that is one of a few words.
  package init<Choice: RawRepresentable<String> & CaseIterable>(
    choice keyPath: WritableKeyPath<Root, Choice>, _ key: String, _ summary: String
  ) {
    self.init(
      choices: Choice.self, keyPath, key, summary, read: { $0[keyPath: keyPath] },
      write: { $0[keyPath: keyPath] = $1 })
  }

  /// Declares a setting that is one of a few words or nothing.
  package init<Choice: RawRepresentable<String> & CaseIterable>(
    choice keyPath: WritableKeyPath<Root, Choice?>, _ key: String, _ summary: String
  ) {
    self.init(
      choices: Choice.self, keyPath, key, summary, read: { $0[keyPath: keyPath] },
      write: { $0[keyPath: keyPath] = $1 })
  }

  private init<Choice: RawRepresentable<String> & CaseIterable>(
    choices: Choice.Type, _ keyPath: PartialKeyPath<Root>, _ key: String, _ summary: String,
    read: @escaping (Root) -> Choice?, write: @escaping (inout Root, Choice) -> Void
  ) {
    let names = Choice.allCases.map(\.rawValue)
    self.init(
      keyPath, key, .choice(names), names.joined(separator: "|"), summary, isRepeatable: false,
      read: { read($0).map { .text($0.rawValue) } },
      write: { root, value in
        guard let choice = String(setting: value).flatMap(Choice.init) else { return false }
        write(&root, choice)
        return true
      })
  }

  private init(
    _ keyPath: PartialKeyPath<Root>, _ key: String, _ form: SettingForm, _ unit: String,
    _ summary: String, isRepeatable: Bool, read: @escaping (Root) -> SettingValue?,
    write: @escaping (inout Root, SettingValue) -> Bool
  ) {
    self.keyPath = keyPath
    self.key = key
    self.form = form
    self.unit = unit
    self.summary = summary
    self.isRepeatable = isRepeatable
    self.read = read
    self.write = write
  }
}

// What a declaration may say beside.
extension Setting {
  /// Begins a group of settings with a title.
  package func heading(_ title: String) -> Setting { changed { $0.heading = title } }

  /// What holds where the property is nil, in words.
  package func unlessGiven(_ words: String) -> Setting { changed { $0.unlessGiven = words } }

  /// The command cannot do without it.
  package var required: Setting { changed { $0.isRequired = true } }

  /// A short form on the command line.
  package func letter(_ letter: Character) -> Setting { changed { $0.letter = letter } }

  /// Further names on the command line, by which people call it who know other trainers.
  package func also(_ names: String...) -> Setting { changed { $0.aliases = names } }

  /// The name that earlier versions had, still understood on the command line and in JSON.
  package func formerly(_ name: String) -> Setting { changed { $0.oldNames.append(name) } }

  /// The words for its choices that earlier versions had, still understood, each with today's.
  package func formerly(_ choices: [String: String]) -> Setting {
    changed { $0.oldChoices = choices }
  }

  /// It says what is told and kept of a training, whose result is the same.
  package var ofRecord: Setting { changed { $0.decidesResult = false } }

  /// The same setting of a struct that holds this one's at `outer`.
  package func within<Outer>(_ outer: WritableKeyPath<Outer, Root>) -> Setting<Outer> {
    let (path, read, write) = (outer as PartialKeyPath<Outer>, read, write)
    // The types of both paths fit, so that there always is one.
    guard let keyPath = path.appending(path: keyPath) else {
      preconditionFailure("\(key) is no property of \(Root.self)")
    }
    var setting = Setting<Outer>(
      keyPath, key, form, unit, summary, isRepeatable: isRepeatable,
      read: { read($0[keyPath: outer]) }, write: { write(&$0[keyPath: outer], $1) })
    setting.heading = heading
    setting.unlessGiven = unlessGiven
    setting.letter = letter
    setting.isRequired = isRequired
    setting.aliases = aliases
    setting.oldNames = oldNames
    setting.oldChoices = oldChoices
    setting.decidesResult = decidesResult
    return setting
  }

  private func changed(_ change: (inout Setting) -> Void) -> Setting {
    var setting = self
    change(&setting)
    return setting
  }
}

extension Setting {
  /// The name on the command line, without its dashes: `learning-rate`.
  package var name: String {
    key.reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : String($1) }
  }

  /// The option as typed, without a value: `--learning-rate`.
  package var option: String { "--\(name)" }

  /// The option as typed, with what stands for its value: `--steps STEPS`.
  package var usage: String { form == .flag ? option : "\(option) \(unit)" }

  /// Every name that the command line understands.
  package var names: [String] { [name] + aliases + oldNames }

  /// Every key that JSON may have for it, today's first.
  package var keys: [String] { [key] + oldNames.map(camelCased) }

  /// What `root` has for it; nil where that is nothing.
  package func value(in root: Root) -> SettingValue? { read(root) }

  /// Gives it to `root`; false where its type cannot hold the value, as a negative seed.
  package func set(_ value: SettingValue, in root: inout Root) -> Bool {
    write(&root, current(value))
  }

  /// What `text` from the command line means; nil where it means nothing.
  package func value(of text: String) -> SettingValue? {
    let value = form.value(of: current(.text(text)).description)
    return isRepeatable ? value.map { .list([$0]) } : value
  }

  /// `value` from a JSON file as it is kept: a setting that may be repeated takes a list or one
  /// value; nil where it is none.
  package func accepted(_ value: SettingValue) -> SettingValue? {
    guard isRepeatable else { return form.accepted(current(value)) }
    guard case .list(let values) = value else { return form.accepted(value).map { .list([$0]) } }
    let accepted = values.compactMap(form.accepted)
    return accepted.count == values.count ? .list(accepted) : nil
  }

  /// Throws where what `root` has is out of range.
  func validate(_ root: Root) throws(SettingError) {
    guard let value = read(root), let remedy = form.remedy(for: value) else { return }
    throw SettingError(name, value, remedy)
  }

  private func current(_ value: SettingValue) -> SettingValue {
    guard case .text(let text) = value, let current = oldChoices[text] else { return value }
    return .text(current)
  }
}

private func camelCased(_ name: String) -> String {
  let words = name.split(separator: "-")
  return words.dropFirst().reduce(String(words.first ?? "")) {
    $0 + $1.prefix(1).uppercased() + $1.dropFirst()
  }
}
