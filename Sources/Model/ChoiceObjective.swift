/// What a question cost in training.
package struct ChoiceCost: Equatable, Sendable {
  /// Cross-entropy of the classifier in nats.
  package var classification = 0.0

  /// Cross-entropy of the text that the language model was to predict, in nats per token.
  package var language = 0.0

  /// Cross-entropy of the choices' likelihoods, as a language model ranks them, in nats.
  package var ranking = 0.0

  /// Whether the classifier's largest logit was that of the answer.
  package var isCorrect = false
}

/// Which tokens a language-model loss beside the classifier's counts.
package enum LanguageScope: String, Codable, Sendable, CaseIterable {
  /// Those of the right choice.
  case answer

  /// Those, and all of the text before.
  case all
}

/// What training on choices minimises.
package struct ChoiceObjective: Equatable, Sendable {
  /// The weight of the classifier's loss.
  package var classificationWeight: Float

  /// The weight of the language model's loss.
  package var languageWeight: Float

  /// The tokens which that counts.
  package var languageScope: LanguageScope

  /// The weight of the loss of a softmax over the choices' log-likelihoods: prompting, trained.
  package var rankingWeight: Float

  /// Whether the classifier alone learns.
  package var isBackboneFrozen: Bool

  /// Puts an objective together.
  package init(
    classificationWeight: Float = 1, languageWeight: Float = 0,
    languageScope: LanguageScope = .answer, rankingWeight: Float = 0,
    isBackboneFrozen: Bool = false
  ) {
    self.classificationWeight = classificationWeight
    self.languageWeight = languageWeight
    self.languageScope = languageScope
    self.rankingWeight = rankingWeight
    self.isBackboneFrozen = isBackboneFrozen
  }
}
