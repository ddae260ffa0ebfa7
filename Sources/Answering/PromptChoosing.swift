import Foundation
import ParableCorpus
import ParableModel
import ParableSettings

/// What is to be tried when a method of prompting is chosen; nil leaves it open.
package struct PromptRequest: Sendable {
  /// Groups of templates, of which the best is taken; a group's templates are averaged.
  ///
  /// Nil: the best of the built-in templates, or the best few together.
  package var templates: [[PromptTemplate]]?

  /// How choices are scored; nil: what is best for each template.
  package var scoring: ChoiceScoring?

  /// In how many orders listed choices are shown.
  package var orders = 1

  /// Examples before the question; nil: what the template wants.
  package var shots: Int?

  /// Whether the mean log-probability of each place is taken off; nil: where that is better.
  package var calibrates: Bool?

  /// The most ways to ask that are averaged where templates are left open.
  package var ensemble = 3

  /// Questions to take examples from.
  package var exampleSource: [MultipleChoiceQuestion] = []

  /// Everything left open.
  package init() {}
}

/// A way to ask that was tried on the dev questions.
package struct PromptTrial: Encodable, Equatable, Sendable {
  let template: String
  let scoring: ChoiceScoring
  let isCalibrated: Bool

  /// The share of dev questions that it answered rightly.
  let accuracy: Double
}

extension Prompting {
  /// A way to ask, what it says about the dev questions, and how many it gets right.
  private struct Candidate {
    let member: PromptMember
    let scores: [[Double]]
    let right: Int
  }

  /// Chooses how to ask by the share of dev questions that are answered rightly; also returns all
  /// that was tried, unless dev has no answers to try it by.
  ///
  /// The same on every rank: all see the scores of all questions. Dev questions without an answer
  /// are passed over where others have one.
  package func choose(
    _ request: PromptRequest, dev all: [MultipleChoiceQuestion]
  ) throws -> (method: PromptMethod, trials: [PromptTrial]) {
    let known = all.filter { $0.answer != nil }
    let isAnswered = !known.isEmpty
    let dev = isAnswered ? known : all
    if isAnswered, known.count < all.count {
      note(
        "\(all.count - known.count) of \(all.count) questions of --dev have no answer: choosing by "
          + "the others")
    }
    guard isAnswered || (request.templates?.count == 1 && request.scoring != nil) else {
      throw SettingError(
        request.templates?.count == 1 ? "scoring" : "template", "chosen",
        "name one: the questions of --dev have no answers to choose by")
    }
    try request.validate()
    let groups = request.templates ?? [request.suitableTemplates]
    let shots = groups.joined().map { request.shots ?? $0.defaultShots }.max() ?? 0
    let examples = promptExamples(from: request.exampleSource, count: shots)
    guard !examples.isEmpty || (request.shots ?? 0) == 0 else {
      throw SettingError(
        "shots", "\(shots)",
        "give --examples FILE: there are no questions with answers to take examples from")
    }
    var all: [Candidate] = []
    var best: (chosen: [Candidate], right: Int)?
    for group in groups {
      let tried = try group.map { template in
        try candidates(template, request, dev: dev, examples: examples, isAnswered: isAnswered)
      }
      all += tried.joined()
      let chosen =
        request.templates == nil
        ? try ensemble(of: Array(tried.joined()), dev: dev, atMost: request.ensemble)
        : tried.compactMap(firstBest)
      let right = try rightCount(meanScores(chosen.map(\.scores)), dev)
      if best.map({ right > $0.right }) ?? true { best = (chosen, right) }
    }
    var method = PromptMethod(members: best?.chosen.map(\.member) ?? [])
    if method.members.contains(where: { $0.shots > 0 }) { method.examples = examples }
    guard isAnswered else { return (method, []) }
    method.devAccuracy = best.map { Double($0.right) / Double(dev.count) }
    let trials = all.map { candidate in
      PromptTrial(
        template: candidate.member.template.name, scoring: candidate.member.scoring,
        isCalibrated: !candidate.member.placeBias.isEmpty,
        accuracy: Double(candidate.right) / Double(dev.count))
    }
    return (method, trials)
  }

  /// Throws, before anything is computed, for the first question that does not fit into one of the
  /// prompts that are to be tried.
  package func check(
    _ request: PromptRequest, _ questions: [MultipleChoiceQuestion], of file: String
  ) throws {
    try request.validate()
    for template in (request.templates ?? [request.suitableTemplates]).joined() {
      let answers = Set(scorings(of: template, request, questions).map(\.answer))
      for answer in answers.sorted(by: { $0 == .labels && $1 != .labels }) {
        try check(questions, of: file, template, by: answer, orders: request.orders)
      }
    }
  }

  /// Every scoring of a template that the request allows, as it is and calibrated.
  private func candidates(
    _ template: PromptTemplate, _ request: PromptRequest, dev: [MultipleChoiceQuestion],
    examples: [MultipleChoiceQuestion], isAnswered: Bool
  ) throws -> [Candidate] {
    let scorings = scorings(of: template, request, dev)
    var result: [Candidate] = []
    for group in [scorings.filter { $0 == .label }, scorings.filter { $0 != .label }] {
      guard let first = group.first else { continue }
      let member = PromptMember(
        template: template, scoring: first, orders: template.showsChoices ? request.orders : 1,
        shots: min(examples.count, request.shots ?? template.defaultShots))
      let evidence = try evidence(
        dev, member, examples: examples, needsPrior: group.contains(where: \.needsPrior))
      for scoring in group {
        var plain = member
        plain.scoring = scoring
        for variant in variants(plain, request, evidence, isAnswered: isAnswered) {
          let scores = evidence.map(variant.scores)
          let right = try rightCount(scores, dev)
          if isAnswered { tell(variant.description, right: right, of: dev.count) }
          result.append(Candidate(member: variant, scores: scores, right: right))
        }
      }
    }
    return result
  }

  /// The member as it is, calibrated, or both, as the request and the template have it.
  private func variants(
    _ plain: PromptMember, _ request: PromptRequest, _ evidence: [[[ChoiceEvidence]]],
    isAnswered: Bool
  ) -> [PromptMember] {
    // Places mean nothing to a network that does not see the choices in an order.
    guard plain.template.showsChoices else { return [plain] }
    return switch request.calibrates {
    case true: [plain.calibrated(on: evidence)]
    case false: [plain]
    case nil: isAnswered ? [plain, plain.calibrated(on: evidence)] : [plain]
    }
  }

  /// The best candidate and then, while that helps, those that help most when averaged with it.
  private func ensemble(
    of candidates: [Candidate], dev: [MultipleChoiceQuestion], atMost limit: Int
  ) throws -> [Candidate] {
    guard let best = firstBest(candidates) else { return [] }
    var chosen = [best]
    var right = best.right
    while chosen.count < limit {
      let others = candidates.filter { other in !chosen.contains { $0.member == other.member } }
      let tries = try others.map { try rightCount(meanScores((chosen + [$0]).map(\.scores)), dev) }
      guard let most = tries.max(), most > right, let index = tries.firstIndex(of: most)
      else { break }
      chosen.append(others[index])
      right = most
      tell("with " + others[index].member.description, right: right, of: dev.count)
    }
    return chosen
  }

  /// The candidate with most right answers, the first of equal ones.
  private func firstBest(_ candidates: [Candidate]) -> Candidate? {
    let most = candidates.map(\.right).max()
    return candidates.first { $0.right == most }
  }

  private func rightCount(
    _ scores: [[Double]], _ questions: [MultipleChoiceQuestion]
  ) throws -> Int {
    zip(try Predictions.choices(scores, of: questions), questions).count { $0 == $1.answer }
  }

  private func tell(_ what: String, right: Int, of count: Int) {
    note(String(format: "%@: %.2f %%", what, 100 * Double(right) / Double(count)))
  }

  /// The scoring that is asked for, else those that a template and the tokenizer allow; a template
  /// that has only labels to be answered by keeps that one, so that what is wrong with them is said.
  private func scorings(
    of template: PromptTemplate, _ request: PromptRequest, _ questions: [MultipleChoiceQuestion]
  ) -> [ChoiceScoring] {
    if let scoring = request.scoring { return [scoring] }
    guard template.takesTexts else { return [.label] }
    let most = questions.max { $0.choices.count < $1.choices.count }
    let labels = try? QuestionEncoder(
      directory.vocabulary, template: template, answer: .labels, context: 1)
    let hasLabels = most.flatMap { try? labels?.continuations(of: $0) } != nil
    return ChoiceScoring.allCases.filter { $0 != .label || hasLabels }
  }
}

extension PromptRequest {
  /// Throws for what a stored method may not have.
  fileprivate func validate() throws {
    let members = max(ensemble, templates?.map(\.count).max() ?? 0)
    for (name, value, range) in [
      ("orders", orders, 1...PromptMember.mostOrders),
      ("shots", shots ?? 0, 0...PromptMember.mostShots),
      (templates == nil ? "ensemble" : "template", members, 1...PromptMethod.mostMembers),
    ] where !range.contains(value) {
      throw SettingError(
        name, "\(value)", "give \(range.lowerBound) to \(range.upperBound)")
    }
  }

  /// The built-in templates that the scoring allows.
  fileprivate var suitableTemplates: [PromptTemplate] {
    PromptTemplate.builtIn.filter { scoring != .label || $0.hasLabels }
  }
}

/// Questions to show as examples: the shortest, of different passages, one more than asked for in
/// case that one is about the passage in question.
///
/// Their answers take every place in turn.
func promptExamples(
  from questions: [MultipleChoiceQuestion], count: Int
) -> [MultipleChoiceQuestion] {
  guard count > 0 else { return [] }
  func length(_ question: MultipleChoiceQuestion) -> Int {
    question.context.utf8.count + question.question.utf8.count
      + question.choices.reduce(0) { $0 + $1.utf8.count }
  }
  let ordered = questions.indices.filter { questions[$0].answer != nil }
    .map { (length: length(questions[$0]), index: $0) }.sorted { $0 < $1 }
  var passages: Set<String> = []
  var examples: [MultipleChoiceQuestion] = []
  for (_, index) in ordered where examples.count <= count {
    let question = questions[index]
    guard let answer = question.answer, passages.insert(question.context).inserted else { continue }
    let choices = question.choices.count
    let place = examples.count % choices
    examples.append(
      question.reordered((0..<choices).map { ($0 + answer - place + choices) % choices }))
  }
  return examples
}
