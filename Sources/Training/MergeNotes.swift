import ParableTokenization

extension Vocabulary {
  /// What is to be said of merges of an imported tokenizer that do not decide as they stand.
  package func notesOnMerges(in path: String) -> [String] {
    var notes: [String] = []
    if ignoredMergeCount > 0 {
      let (merges, are) =
        ignoredMergeCount == 1 ? ("merge makes", "it is") : ("merges make", "they are")
      notes.append(
        "\(path): \(ignoredMergeCount) \(merges) no token of the vocabulary; \(are) ignored")
    }
    if differingMergeCount > 0 {
      notes.append(
        "\(path): \(differingMergeCount) merges are split in another way than the ids say; "
          + "the ids decide")
    }
    return notes
  }
}
