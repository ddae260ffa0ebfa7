/// What goes wrong in a command alone, in one line: `where: what; remedy`.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String
}
