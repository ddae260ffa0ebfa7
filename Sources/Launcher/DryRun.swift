import Foundation
import ParablePlatform

extension Launch.Prepared {
  /// What would be started where, as `--dry-run` shows it.
  var report: String {
    let slots = place.slots(coreCount: AvailableCores().count)
    var lines = [
      "\(Self.amount(plan.rankCount, "rank")) on \(Self.amount(plan.shares.count, "host")), of "
        + Self.amount(slots, "slot")
    ]
    lines += plan.shares.map(line)
    lines += notes
    if let work {
      let idle = work.share.idleCount(ranks: plan.rankCount)
      lines.append("micro-batches: \(work.share.microBatchCount), \(idle) ranks would idle")
      if idle > 0, let note = work.share.idleNote(ranks: plan.rankCount) { lines.append(note) }
    }
    let sets = Set(plan.shares.compactMap { facts[$0.host]?.instructionSet }).sorted()
    if sets.count > 1 {
      lines.append(
        "hosts: unlike instruction sets, \(sets.joined(separator: ", ")); use hosts that are alike")
    }
    lines.append("command: " + plan.commandLine)
    return lines.map { $0 + "\n" }.joined()
  }

  /// `a: ranks 0 to 63 of 64 slots, 9.1 GB of 256.0 GB`, and where that is too much, so.
  private func line(_ share: LaunchPlan.Share) -> String {
    let count = share.ranks.count
    let ranks =
      count == 1
      ? "rank \(share.ranks.lowerBound)"
      : "ranks \(share.ranks.lowerBound) to \(share.ranks.upperBound - 1)"
    var line = "\(share.host): \(ranks) of \(Self.amount(share.slots, "slot"))"
    guard let wanted = work?.bytesPerHost else { return line }
    let memory = facts[share.host]?.memory
    line += ", memory \(Self.gigabytes(wanted))"
    if let memory {
      line += " of \(Self.gigabytes(memory))" + (wanted > memory ? ", which is too little" : "")
    }
    return line
  }

  private static func amount(_ count: Int, _ what: String) -> String {
    "\(count) \(what)\(count == 1 ? "" : "s")"
  }

  private static func gigabytes(_ bytes: Int) -> String {
    String(format: "%.2f GB", Double(bytes) / 1e9)
  }
}
