/// How training counts a pair of neighbouring tokens.
package enum PairCounting: String, Sendable, CaseIterable {
  /// Once for each distinct word that holds it, times the word's frequency.
  case presence
  /// As often as it stands in the text.
  case occurrence
}
