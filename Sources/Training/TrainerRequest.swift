import ParableCollective

extension Trainer {
  /// What is asked for, beside the settings that decide the result.
  package struct Request {
    /// The folder; nil takes the next free one.
    package var folder: String?

    /// Whether to go on from the folder's newest checkpoint, with its settings.
    package var resumes = false

    /// Whether to go on where inputs or environment are not what the checkpoint knows.
    package var allowsChanges = false

    /// Ends the training after this step, saved; the schedule stays that of all steps.
    package var stopAfter: Int?

    /// How gradients travel; nil chooses.
    package var collective: CollectiveTransport?

    /// Whether to go on where a checkpoint cannot be written, but for the last one.
    package var goesOnUnsaved = false

    /// Where the training hears that it is to stop, to be continued.
    package var stops = StopSource()

    /// Whether to measure where the time goes.
    package var profiles = false

    /// The record of a training that this one repeats: it has to learn from the same.
    package var repeats: TrainingRecord<Task.Settings, Task.Progress>?

    /// Gets the record of each step on the first rank; what it throws ends the training.
    package var check: @Sendable (StepRecord) throws -> Void = { _ in }

    /// The settings of a training that is not resumed.
    package var settings: Task.Settings

    /// Asks for a training with these settings in the next free folder.
    package init(_ settings: Task.Settings) { self.settings = settings }
  }
}
