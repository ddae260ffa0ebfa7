import Foundation
import ParableCollective
import ParableCorpus
import ParableKernels
import ParableModel
import ParableTraining

/// What prompting has to tell while it runs.
package enum PromptingEvent: Sendable {
  /// A fact in one line.
  case note(String)

  /// How far the questions of this rank are done.
  case progress(String, done: Int, of: Int)
}

/// A language model that answers questions by the likelihood of their choices, on any number of
/// ranks: each scores its contiguous part of the questions.
package final class Prompting {
  let directory: ModelDirectory
  private let communicator: any Communicator
  private let model: any LanguageModel
  let report: (PromptingEvent) -> Void
  private var toldCuts: Set<String> = []

  /// Loads a model, on every rank.
  package init(
    _ directory: ModelDirectory, communicator: any Communicator, precision: Precision = .fp32,
    report: @escaping (PromptingEvent) -> Void = { _ in }
  ) throws {
    self.directory = directory
    self.communicator = communicator
    self.report = report
    model = precision.makeLanguageModel(
      try directory.loadParameters(),
      capacity: ChoiceSequence.usualLength(context: directory.configuration.context),
      trainable: false)
  }

  /// The log-probabilities of the choices of all questions, the same on every rank: the mean over
  /// the method's members.
  package func scores(
    _ questions: [MultipleChoiceQuestion], by method: PromptMethod
  ) throws -> [[Double]] {
    let scores = try method.members.map { member in
      try evidence(
        questions, member, examples: method.examples, needsPrior: member.scoring.needsPrior
      ).map(member.scores)
    }
    return meanScores(scores)
  }

  /// Throws, before anything is computed, for the first question that does not fit into one of the
  /// method's prompts.
  package func check(
    _ method: PromptMethod, _ questions: [MultipleChoiceQuestion], of file: String
  ) throws {
    for member in method.members {
      try check(
        questions, of: file, member.template, by: member.scoring.answer,
        orders: member.template.showsChoices ? member.orders : 1)
    }
  }

  /// The same for one template and one way to answer it.
  func check(
    _ questions: [MultipleChoiceQuestion], of file: String, _ template: PromptTemplate,
    by answer: PromptAnswer, orders: Int
  ) throws {
    let encoder = try QuestionEncoder(
      directory.vocabulary, template: template, answer: answer,
      context: directory.configuration.context)
    for (index, question) in questions.enumerated() {
      let name = recordName(file, index, question.id)
      try encoder.check(question, name: name)
      guard !encoder.surelyFits(question) else { continue }
      // Where choices are listed their order can change how many tokens the list has.
      for order in choiceOrders(question.choices.count, atMost: orders).dropFirst() {
        try encoder.check(question.reordered(order), name: name)
      }
    }
  }

  /// What the network says about the choices of all questions: by question, order and choice.
  ///
  /// Choices that the prompt does not list have no order.
  func evidence(
    _ questions: [MultipleChoiceQuestion], _ member: PromptMember,
    examples: [MultipleChoiceQuestion], needsPrior: Bool
  ) throws -> [[[ChoiceEvidence]]] {
    let template = member.template
    let encoder = try QuestionEncoder(
      directory.vocabulary, template: template, answer: member.scoring.answer,
      context: directory.configuration.context, examples: examples, shots: member.shots)
    let orderLimit = template.showsChoices ? member.orders : 1
    let fit = ContextFit(source: template.name, encoder: encoder)
    if let note = try fit.cuts(in: questions, communicator), toldCuts.insert(note).inserted {
      report(.note(note))
    }
    let own = WorkPartition(itemCount: questions.count, partCount: communicator.size)
      .range(of: communicator.rank)
    var values: [ChoiceEvidence] = []
    var lacking = 0.0
    for (done, question) in questions[own].enumerated() {
      var fewest = member.shots
      for order in choiceOrders(question.choices.count, atMost: orderLimit) {
        let shown = question.reordered(order)
        let (sequence, shots) = try encoder.prompt(shown)
        let likelihoods = model.logLikelihoods(sequence)
        let priors =
          needsPrior
          ? model.logLikelihoods(try encoder.sequence(shown, hidesPassage: true)) : nil
        for (choice, text) in shown.choices.enumerated() {
          values.append(
            ChoiceEvidence(
              logLikelihood: likelihoods[choice].reduce(0, +),
              logPrior: priors?[choice].reduce(0, +) ?? 0,
              tokens: likelihoods[choice].count, bytes: text.utf8.count))
        }
        fewest = min(fewest, shots)
      }
      lacking += fewest < member.shots ? 1 : 0
      report(.progress(template.name, done: done + 1, of: own.count))
    }
    let without = try communicator.allGather(values: [lacking]).joined().reduce(0, +)
    if without > 0 {
      report(
        .note(
          "\(template.name): \(member.shots) examples do not fit the context of "
            + "\(directory.configuration.context) tokens, \(Int(without)) of \(questions.count) "
            + "questions have fewer"))
    }
    return try gathered(values, questions, orderLimit: orderLimit)
  }

  private func gathered(
    _ values: [ChoiceEvidence], _ questions: [MultipleChoiceQuestion], orderLimit: Int
  ) throws -> [[[ChoiceEvidence]]] {
    var all = Array(try communicator.allGather(values: values).joined())[...]
    return questions.map { question in
      let count = question.choices.count
      return choiceOrders(count, atMost: orderLimit).map { _ in
        defer { all = all.dropFirst(count) }
        return Array(all.prefix(count))
      }
    }
  }
}

/// The mean of several methods' log-probabilities, question by question.
func meanScores(_ scores: [[[Double]]]) -> [[Double]] {
  guard let first = scores.first else { return [] }
  let sums = scores.dropFirst().reduce(first) { sums, rows in
    zip(sums, rows).map { zip($0, $1).map { $0 + $1 } }
  }
  return sums.map { $0.map { $0 / Double(scores.count) } }
}
