import Foundation

/// Writes to standard error in one piece, so that the lines of several processes stay whole.
package func writeError(_ text: String) {
  // Where standard error is closed too, there is nobody left to tell.
  try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
}

/// `text` with everything that would begin a new line or steer a terminal spelled out.
package func singleLine(_ text: String) -> String {
  text.unicodeScalars.map { scalar in
    let isControl = [.control, .lineSeparator, .paragraphSeparator]
      .contains(scalar.properties.generalCategory)
    return isControl ? scalar.escaped(asASCII: true) : String(scalar)
  }.joined()
}

/// The width of a page of help: the terminal's behind standard output, 80 where there is none, and
/// never so wide that lines are hard to read.
package func helpWidth() -> Int { min(terminalColumns(of: STDOUT_FILENO) ?? 80, 100) }

/// The width of the terminal behind a file descriptor; nil where it is none.
package func terminalColumns(of descriptor: Int32) -> Int? {
  guard isatty(descriptor) == 1 else { return nil }
  var size = winsize()
  let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
  return isKnown ? Int(size.ws_col) : 80
}
