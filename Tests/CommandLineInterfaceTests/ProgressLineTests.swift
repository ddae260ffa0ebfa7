import ParableCommandLineInterface
import Testing

@Suite struct ProgressLineTests {
  private final class Screen {
    var text = ""
    var instant = ContinuousClock.now

    func line(isTerminal: Bool, columns: Int = 80) -> ProgressLine {
      ProgressLine(
        isTerminal: isTerminal, interval: .seconds(2), columns: { columns }, now: { self.instant },
        write: { self.text += $0 })
    }
  }

  @Test func aTerminalsLineIsRewrittenAndCutToItsWidth() {
    let screen = Screen()
    let progress = screen.line(isTerminal: true, columns: 9)
    progress.show("step 1 of 3")
    screen.instant += .seconds(2)
    progress.show("step 2")
    progress.finish()
    #expect(screen.text == "\rstep 1 o\u{1B}[K\rstep 2\u{1B}[K\n")
  }

  /// Whole fields go, from the end; one alone is cut.
  @Test(arguments: [
    (80, "8 s left  step 1/3  loss 2.5"), (29, "8 s left  step 1/3  loss 2.5"),
    (28, "8 s left  step 1/3"), (12, "8 s left"), (9, "8 s left"), (5, "8 s "),
  ])
  func aNarrowTerminalLosesTheLastFields(_ columns: Int, _ shown: String) {
    let screen = Screen()
    screen.line(isTerminal: true, columns: columns).show("8 s left  step 1/3  loss 2.5")
    #expect(screen.text == "\r\(shown)\u{1B}[K")
  }

  @Test func whatAnotherStreamWritesStandsAlone() {
    let screen = Screen()
    let progress = screen.line(isTerminal: true)
    progress.show("step 1")
    progress.clear()
    progress.show("step 2")
    screen.instant += .seconds(2)
    progress.show("step 3")
    #expect(screen.text == "\rstep 1\u{1B}[K\r\u{1B}[K\rstep 3\u{1B}[K")
  }

  @Test func elsewhereLinesKeepTheirDistance() {
    let screen = Screen()
    let progress = screen.line(isTerminal: false)
    for step in 1...9 {
      progress.show("step \(step)")
      screen.instant += .milliseconds(500)
    }
    #expect(screen.text == "step 1\nstep 5\nstep 9\n")
  }

  @Test func theLastStateIsAlwaysShownAndOnce() {
    let screen = Screen()
    let progress = screen.line(isTerminal: false)
    progress.show("step 1")
    progress.show("step 2")
    progress.show("step 3")
    progress.finish()
    progress.finish()
    #expect(screen.text == "step 1\nstep 3\n")
  }

  @Test func notesStayAboveTheLine() {
    let screen = Screen()
    let progress = screen.line(isTerminal: true)
    progress.show("step 1")
    progress.note("saved")
    progress.note("again")
    #expect(screen.text == "\rstep 1\u{1B}[K\r\u{1B}[Ksaved\nagain\n")
  }

  @Test func closingLeavesTheLineAndBeginsAnother() {
    let screen = Screen()
    let progress = screen.line(isTerminal: true)
    progress.show("step 1")
    progress.close()
    progress.close()
    #expect(screen.text == "\rstep 1\u{1B}[K\n")
  }
}
