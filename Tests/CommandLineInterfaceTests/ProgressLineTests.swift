import CommandLineInterface
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
