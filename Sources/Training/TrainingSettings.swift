import ParableKernels
import ParableModel
import ParableSettings

/// The settings that every kind of training has.
package struct TrainingSettings: Equatable, Sendable {
  /// Examples (sequences or questions) per step, of all ranks together; nil means as many as the
  /// training finds fit.
  package var batch: Int?

  /// Examples per micro-batch, whose gradient is computed at once; ranks share out micro-batches.
  ///
  /// Nil means as many as the training finds fit.
  package var microBatch: Int?

  /// The learning rate after the warm-up.
  package var learningRate = 1e-3

  /// How the learning rate falls after the warm-up.
  package var schedule = LearningRateSchedule.Shape.cosine

  /// The learning rate at the end; nil means the schedule's own: a tenth of the highest, or zero.
  package var minimumLearningRate: Double?

  /// Steps in which the learning rate rises; nil means the training's own number, and at most a
  /// tenth of all steps.
  package var warmupSteps: Int?

  /// The same as a share of all steps; nil where it is given in steps, or not at all.
  package var warmupShare: Double?

  /// Decoupled weight decay, on matrices only.
  package var weightDecay = 0.1

  /// What updates the matrices of the blocks; AdamW updates the rest.
  package var optimizer = Optimizer.Kind.adamw

  /// Muon's learning rate after the warm-up; its warm-up and decay are those of the learning rate.
  package var muonLearningRate = 0.02

  /// The decay of Muon's momentum.
  package var muonMomentum = 0.95

  /// AdamW's decay of the first moment.
  package var beta1 = 0.9

  /// AdamW's decay of the second moment.
  package var beta2 = 0.95

  /// The norm that gradients are clipped to.
  package var gradientClipping = 1.0

  /// Where all chance comes from.
  package var seed: UInt64 = 1

  /// How activations are stored and products are made.
  package var precision = Precision.fp32

  /// Whether the bits of the result are those of this kind of processor or of any.
  package var bits = Bits.fast

  /// Steps that change nothing but their number: the way past what spoils a training.
  package var skipSteps = StepRanges()

  /// How many times the running median of its norm a gradient may have for its step to be made; nil
  /// means any.
  package var spikeFactor: Double?

  /// Steps skipped one after the other with which the training ends; nil means
  /// ``defaultMaximumSkipped``.
  package var maximumSkipped: Int?

  /// Steps between two checks of the memory of weights and moments; nil means ``defaultCheckEvery``.
  package var checkEvery: Int?

  /// Steps between two checkpoints.
  package var saveEvery = 100

  /// How many checkpoints stay; nil means all.
  package var keepCheckpoints: Int?

  /// Enough for a few bad batches, and few enough to notice that the network has diverged.
  package static let defaultMaximumSkipped = 10

  /// So often that it costs less than 0.2 % of a step.
  package static let defaultCheckEvery = 50

  /// The defaults.
  package init() {}

  /// AdamW with these settings.
  package var adamW: AdamW { AdamW(beta1: beta1, beta2: beta2, weightDecay: weightDecay) }

  /// Muon with these settings; nil where AdamW does all.
  package var muon: Muon? {
    guard optimizer == .muon else { return nil }
    return Muon(
      momentum: muonMomentum, rateFactor: learningRate > 0 ? muonLearningRate / learningRate : 0,
      weightDecay: weightDecay)
  }

  /// The learning rate of every step of `steps`, with a warm-up of at most `defaultWarmup` steps
  /// where none is set.
  package func learningRates(steps: Int, defaultWarmup: Int) -> LearningRateSchedule {
    LearningRateSchedule(
      schedule, maximum: learningRate,
      minimum: minimumLearningRate ?? schedule.minimum(below: learningRate),
      warmupSteps: warmupSteps ?? warmupShare.map { Int(($0 * Double(steps)).rounded()) }
        ?? LearningRateSchedule.warmupSteps(preset: defaultWarmup, steps: steps), totalSteps: steps)
  }

  /// Keeps the warm-up of a schedule, in steps, whatever it was given as.
  package mutating func settle(_ schedule: LearningRateSchedule) {
    (warmupSteps, warmupShare) = (schedule.warmupSteps, nil)
  }

  /// Takes what a training that goes on after step `done`, without those that were `skipped`, may be
  /// given anew: more steps to skip, and what changes nothing of the result.
  ///
  /// - Throws: For a step to skip that was made already.
  package mutating func goOn(
    with asked: TrainingSettings, after done: Int, skipped: StepRanges
  ) throws(SettingError) {
    if let step = asked.skipSteps.first(upTo: done, notIn: skipSteps.union(skipped)) {
      throw SettingError(
        "skip-steps", asked.skipSteps.description,
        "step \(step) is in the checkpoint of step \(done) already: name later steps, or take "
          + "newer checkpoints away")
    }
    skipSteps = skipSteps.union(asked.skipSteps)
    maximumSkipped = asked.maximumSkipped ?? maximumSkipped
    checkEvery = asked.checkEvery ?? checkEvery
  }

  /// Throws for values that exclude each other.
  package func validateTogether() throws(SettingError) {
    if let warmupShare, warmupSteps != nil {
      throw SettingError("warmup-share", warmupShare, "give it or --warmup-steps, not both")
    }
    if let batch, let microBatch, !batch.isMultiple(of: microBatch) {
      throw SettingError(
        "batch", batch, "give a multiple of the micro-batch \(microBatch), or change --micro-batch")
    }
  }

  /// Throws where the learning rate would rise towards its end, which makes no sense in a training
  /// that begins.
  package func validateRates() throws(SettingError) {
    guard let minimumLearningRate, minimumLearningRate > learningRate else { return }
    throw SettingError(
      "minimum-learning-rate", minimumLearningRate,
      "give at most the learning rate, \(learningRate)")
  }
}

extension TrainingSettings {
  /// All settings, of a training whose examples are `examples`; `unlessGiven` says what holds where
  /// a setting is nil.
  package static func settings(
    of examples: String, unlessGiven: [PartialKeyPath<TrainingSettings>: String]
  ) -> [Setting<TrainingSettings>] {
    let declared: [Setting<TrainingSettings>] = [
      Setting(
        \.batch, "batch", "\(examples) per step, all ranks together", unit: examples.uppercased(),
        in: .from(1, to: SizeBounds.batch)
      ).also("batch-size"),
      Setting(
        \.microBatch, "microBatch", "\(examples) whose gradient is computed at once",
        unit: examples.uppercased(), in: .from(1)
      ).formerly("grain"),
      Setting(
        \.learningRate, "learningRate", "learning rate after the warm-up", in: .from(0)
      ).also("lr"),
      Setting(
        \.minimumLearningRate, "minimumLearningRate", "learning rate at the end", in: .from(0)
      ).also("min-lr").unlessGiven("a tenth of the highest, or 0 where the schedule is no cosine"),
      Setting(
        choice: \.schedule, "schedule",
        "how the learning rate falls; wsd falls in the last fifth of the steps alone"),
      Setting(
        \.warmupSteps, "warmupSteps", "steps in which the learning rate rises", unit: "STEPS",
        in: .from(0)
      ).also("warmup"),
      Setting(
        \.warmupShare, "warmupShare", "the same as a share of all steps", in: .from(0, to: 1)
      ).unlessGiven("see --warmup-steps"),
      Setting(
        choice: \.optimizer, "optimizer",
        "what updates the matrices of the blocks; adamw updates the rest"),
      Setting(
        \.muonLearningRate, "muonLearningRate",
        "Muon's learning rate after the warm-up; it rises and falls as the other one", in: .from(0)
      ),
      Setting(
        \.muonMomentum, "muonMomentum", "decay of Muon's momentum", in: .from(0, below: 1)),
      Setting(\.weightDecay, "weightDecay", "decay of matrices, decoupled", in: .from(0)),
      Setting(\.beta1, "beta1", "AdamW's decay of the first moment", in: .from(0, below: 1)),
      Setting(\.beta2, "beta2", "AdamW's decay of the second moment", in: .from(0, below: 1)),
      Setting(
        \.gradientClipping, "gradientClipping", "norm that gradients are clipped to",
        unit: "NORM", in: .above(0)
      ).also("max-norm", "grad-clip").formerly("maximum-norm"),
      Setting(
        \.spikeFactor, "spikeFactor",
        "skip steps whose gradient norm is more than so many times the running median",
        in: .above(1)
      ).unlessGiven("none is skipped for its norm"),
      Setting(
        \.skipSteps, "skipSteps", "steps to skip, such as 810-830 or 5,9-12; also with --resume"
      ).unlessGiven("none"),
      Setting(\.seed, "seed", "where all chance comes from", in: .from(0)),
      Setting(choice: \.precision, "precision", "how activations are stored"),
      Setting(
        choice: \.bits, "bits",
        "portable: the same result on every processor with AVX2, at the speed of the plain kernel"),
      Setting(
        \.saveEvery, "saveEvery", "steps between two checkpoints", unit: "STEPS", in: .from(1)
      ).ofRecord.heading("Record"),
      Setting(
        \.keepCheckpoints, "keepCheckpoints", "checkpoints that stay", unit: "CHECKPOINTS",
        in: .from(1)
      ).ofRecord.formerly("keep").unlessGiven("all"),
      Setting(
        \.maximumSkipped, "maximumSkipped",
        "steps skipped in a row, as no numbers or spikes, that end the training", unit: "STEPS",
        in: .from(1)
      ).ofRecord.unlessGiven("\(defaultMaximumSkipped)"),
      Setting(
        \.checkEvery, "checkEvery", "steps between two checks of weights and moments in memory",
        unit: "STEPS", in: .from(1)
      ).ofRecord.unlessGiven("\(defaultCheckEvery)"),
    ]
    return declared.map { setting in
      unlessGiven[setting.keyPath].map(setting.unlessGiven) ?? setting
    }
  }
}
