/// All plots and the scenes that they share, ready to be told.
struct StoryBook: Sendable {
  static let english = StoryBook(
    plots: [
      StoryScene.homePlots, StoryScene.friendPlots, StoryScene.makingPlots,
      StoryScene.adventurePlots,
      StoryScene.animalPlots, StoryScene.fablePlots,
    ].flatMap { Array($0) }, shared: Array(StoryScene.shared), lexicon: .english)

  let lexicon: Lexicon
  let plots: [StoryScene]
  let shared: [String: StoryScene]

  private init(
    plots: [(key: String, value: String)], shared: [(key: String, value: String)], lexicon: Lexicon
  ) {
    self.lexicon = lexicon
    self.plots = plots.map { StoryScene($0.key, $0.value, lexicon: lexicon) }
    self.shared = Dictionary(
      uniqueKeysWithValues: shared.map {
        ($0.key, StoryScene($0.key, $0.value, lexicon: lexicon))
      })
  }
}
