import Foundation
import Testing

@testable import Answering

@Suite struct FineTuningProgressTests {
  @Test func pathsMeanTheSameFromEveryFolder() {
    var settings = FineTuningSettings()
    settings.train = ["a.json", "/b.json"]
    settings.dev = "../c.json"
    settings.test = "d.json"
    settings.model = "runs/e"
    let here = FileManager.default.currentDirectoryPath
    let kept = FineTuningProgress(settings: settings).settings
    #expect(kept.train == [here + "/a.json", "/b.json"] && kept.dev == here + "/../c.json")
    #expect(kept.test == here + "/d.json" && kept.model == here + "/runs/e")
  }
}
