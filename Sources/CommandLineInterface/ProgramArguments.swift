import Foundation
import ParablePlatform

/// What the program was called with; an argument that is no UTF-8 is refused: it would name another
/// file here than outside.
package func programArguments(of program: String) throws(CommandLineError) -> [String] {
  for (place, argument) in CommandLine.arguments.enumerated().dropFirst() {
    guard let bytes = CommandLine.unsafeArgv[place], String(validatingCString: bytes) == nil else {
      continue
    }
    throw .unsuitable(
      what: "argument \(place) (\(quoted(argument))) is not UTF-8", CommandPlace(program: program),
      remedy: "rename the file, or name it by way of a link")
  }
  return Array(CommandLine.arguments.dropFirst())
}
