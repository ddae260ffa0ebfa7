import TestSupport
import Testing

@Suite struct RunProcessTests {
  @Test func givesExitCodeAndBothStreams() throws {
    let result = try runProcess("sh", ["-c", "echo out; echo err >&2; exit 3"])
    #expect(result.exitCode == 3)
    #expect(result.output == "out\n")
    #expect(result.errors == "err\n")
  }

  @Test func passesMoreThanAPipeHoldsBothWays() throws {
    let input = [UInt8](repeating: 65, count: 3_000_000)
    let result = try runProcess("sh", ["-c", "tee /dev/stderr"], input: input)
    #expect(result.exitCode == 0)
    #expect(result.outputBytes == input)
    #expect(result.errorBytes == input)
  }

  @Test func changesAndRemovesVariables() throws {
    let result = try runProcess(
      "sh", ["-c", "echo $PARABLE_A ${HOME-none}"], environment: ["PARABLE_A": "1", "HOME": ""])
    #expect(result.output == "1 none\n")
  }

  @Test func runsInAFolderThatIsGoneAfterwards() throws {
    var path = ""
    do {
      let folder = try TemporaryFolder()
      path = folder.path
      try folder.write("text", to: "a b")
      #expect(try runProcess("cat", ["a b"], in: path).output == "text")
    }
    #expect(try runProcess("ls", [path]).exitCode != 0)
  }

  @Test func endsWhatTakesTooLong() {
    #expect {
      try runProcess("sh", ["-c", "echo begun; sleep 1000 & sleep 1000"], timeout: 0.3)
    } throws: {
      guard case ProcessFailure.timedOut(_, _, "begun\n", "") = $0 else { return false }
      return true
    }
  }

  @Test func namesTheSignal() throws {
    #expect(try runProcess("sh", ["-c", "kill -9 $$"]).exitCode == 137)
  }

  @Test func refusesAProgramThatIsNotThere() {
    #expect(throws: ProcessFailure.self) { try runProcess("/no/such/program") }
    #expect(throws: ProcessFailure.self) { try BuiltProduct.path("no-such-product") }
  }

  @Test func findsBuiltProducts() throws {
    #expect(try runProcess(BuiltProduct.path("worker")).exitCode >= 0)
  }
}
