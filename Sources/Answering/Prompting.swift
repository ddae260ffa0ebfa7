import ParableCollective
import ParableCorpus
import ParableKernels
import ParableModel
import ParableTraining

/// A language model that answers questions by the likelihood of their choices, on any number of
/// ranks: each scores its contiguous part of the questions.
package final class Prompting {
  let directory: ModelDirectory
  private let communicator: any Communicator
  private let model: any LanguageModel
  let note: (String) -> Void
  private let progress: (_ template: String, _ done: Int, _ of: Int) -> Void
  private var toldCuts: Set<String> = []

  /// Loads a model, on every rank; `note` gets facts in one line, `progress` what this rank has done.
  package init(
    _ directory: ModelDirectory, communicator: any Communicator, precision: Precision = .fp32,
    note: @escaping (String) -> Void = { _ in },
    progress: @escaping (_ template: String, _ done: Int, _ of: Int) -> Void = { _, _, _ in }
  ) throws {
    self.directory = directory
    self.communicator = communicator
    self.note = note
    self.progress = progress
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
        questions, of: file, member.template, by: member.scoring.answer, orders: member.orders)
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
    let orderLimit = template.showsChoices ? orders : 1
    for (index, question) in questions.enumerated() {
      let name = recordName(file, index, question.id)
      try encoder.check(question, name: name)
      guard !encoder.surelyFits(question) else { continue }
      // Where choices are listed their order can change how many tokens the list has.
      for order in choiceOrders(question.choices.count, atMost: orderLimit).dropFirst() {
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
    let cuts = try encoder.cuts(in: questions, of: template.name, communicator)
    if let cuts, toldCuts.insert(cuts).inserted { note(cuts) }
    let own = communicator.part(of: questions.count)
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
      progress(template.name, done + 1, own.count)
    }
    let without = try communicator.allGather(values: [lacking]).joined().reduce(0, +)
    if without > 0 {
      note(
        "\(template.name): \(member.shots) examples do not fit the context of "
          + "\(directory.configuration.context) tokens, \(Int(without)) of \(questions.count) "
          + "questions have fewer")
    }
    let counts = questions.map(\.choices.count)
    let rows = try communicator.gather(
      values, inRowsOf: counts.map { $0 * choiceOrders($0, atMost: orderLimit).count })
    return zip(rows, counts).map { row, count in
      stride(from: 0, to: row.count, by: max(1, count)).map { Array(row[$0..<$0 + count]) }
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
