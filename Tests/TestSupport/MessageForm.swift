/// Whether a text has the form of every message, one line `where: what; remedy`, with none of the
/// words of the libraries below in it.
package func isMessage(_ text: String) -> Bool {
  let foreign = ["NSCocoa", "Domain", "The operation", "Optional(", "CocoaError", "error 256"]
  return text.wholeMatch(of: /[^\n]+?: [^\n]+?; [^\n]+/) != nil
    && !foreign.contains { text.contains($0) } && !text.hasSuffix(".")
}
