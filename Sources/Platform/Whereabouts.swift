import Synchronization

/// What this process is at, in memory that others of its host may read: who waits for it can say where it
/// was seen last.
package enum Whereabouts {
  /// What a training does.
  package enum Activity: UInt32, Sendable {
    case starting, preparing, computing, summing, updating, evaluating, saving

    /// For a person: `computing gradients`.
    package var text: String {
      switch self {
      case .starting: "starting"
      case .preparing: "preparing the data"
      case .computing: "computing gradients"
      case .summing: "summing gradients"
      case .updating: "updating the weights"
      case .evaluating: "evaluating"
      case .saving: "saving"
      }
    }

    /// Whether it may wait for a disk for a while.
    package var usesDisks: Bool { self == .preparing || self == .saving }
  }

  /// What a process says of itself; it alone writes it, while others read.
  package struct Note: ~Copyable {
    private let writtenStep = Atomic<UInt32>(0)
    private let writtenActivity = Atomic<UInt32>(0)

    /// The step that it makes; 0 before the first.
    package var step: UInt32 {
      get { writtenStep.load(ordering: .relaxed) }
      nonmutating set { writtenStep.store(newValue, ordering: .relaxed) }
    }

    /// The raw value of its activity.
    package var activity: UInt32 {
      get { writtenActivity.load(ordering: .relaxed) }
      nonmutating set { writtenActivity.store(newValue, ordering: .relaxed) }
    }

    /// Nothing yet.
    package init() {}
  }

  /// Where this process writes.
  ///
  /// It changes once, while one thread is all that writes there.
  nonisolated(unsafe) package static var note = ownMemory {
    didSet {
      note.pointee.step = oldValue.pointee.step
      note.pointee.activity = oldValue.pointee.activity
    }
  }

  nonisolated(unsafe) private static let ownMemory: UnsafeMutablePointer<Note> = {
    let note = UnsafeMutablePointer<Note>.allocate(capacity: 1)
    note.initialize(to: Note())
    return note
  }()

  /// Says which step is being made.
  package static func at(step: Int) { note.pointee.step = UInt32(clamping: step) }

  /// Says what is being done.
  package static func doing(_ activity: Activity) { note.pointee.activity = activity.rawValue }
}
