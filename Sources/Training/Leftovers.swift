import Foundation

extension RunFolder {
  /// Deletes what a process that was ended has left half written.
  ///
  /// Only whoever holds the run's lock may: another process may be writing the same names. Files
  /// that were not written by this program stay.
  package func deleteLeftovers() {
    for (folder, isLeftover) in [
      (path, Self.isPartial), (tokens, Self.isPartial), (tokenizer, Self.isPartial),
      (checkpoints, { $0.hasPrefix(".writing-") && Self.step(of: String($0.dropFirst(9))) != nil }),
    ] as [(String, (String) -> Bool)] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names where isLeftover(name) {
        try? FileManager.default.removeItem(atPath: folder + "/" + name)
      }
    }
  }

  /// Whether a file of this name is one that was to be renamed when it is whole: `latest.12-0.partial`
  /// of a durable file, `training.u16.partial` and `training.u16.partial-3` of the ranks' tokens.
  private static func isPartial(_ name: String) -> Bool {
    let durable = /.+\.[0-9]+-[0-9]+\.partial/
    let tokens = /(training|validation)\.u(16|32)\.partial(-[0-9]+)?/
    return name == "stories.txt.writing" || name.wholeMatch(of: durable) != nil
      || name.wholeMatch(of: tokens) != nil
  }
}
