import ParableLaunchEnvironment
import ParablePlatform

/// What the signs of all ranks mean.
struct RankFindings {
  /// The signs in the order of the ranks, and the host of each.
  let signs: [RankSigns]
  let hosts: [Int]

  /// Ranks by their hosts, each with its name, in the order of the hosts.
  private var byHost: [(name: String, ranks: [Int])] {
    (0...(hosts.max() ?? 0)).map { host in
      let ranks = hosts.indices.filter { hosts[$0] == host }
      return (ranks.first.map { signs[$0].binding.host } ?? "", ranks)
    }
  }

  /// A line for each host where `body` finds something, else the line that says that all is well.
  private func perHost(
    _ fine: Finding, _ body: (_ name: String, _ first: RankSigns, _ ranks: Int) -> Finding?
  ) -> [Finding] {
    let found = byHost.compactMap { body($0.name, signs[$0.ranks[0]], $0.ranks.count) }
    return found.isEmpty ? [fine] : found
  }

  /// The MPI library that the program was built with against those that ranks run with.
  func mpi(builtWith built: String) -> Finding {
    let subject = "MPI"
    if let other = signs.indices.first(where: { signs[$0].mpi != signs[0].mpi }) {
      return .error(
        subject, "rank 0 runs with \(signs[0].mpi), rank \(other) with \(signs[other].mpi)",
        remedy: "install the same MPI on all hosts")
    }
    let found = signs[0].mpi
    if found == built { return .ok(subject, found) }
    func major(_ version: String) -> Substring {
      version.prefix { $0 != "." }
    }
    let what = "built with \(built), running with \(found)"
    let remedy = "build the program again here, or mind LD_LIBRARY_PATH"
    return major(found) == major(built)
      ? .warning(subject, what, remedy: remedy) : .error(subject, what, remedy: remedy)
  }

  /// Whether all ranks are of the same program.
  var builds: Finding {
    let subject = "program"
    guard let other = signs.indices.first(where: { signs[$0].build != signs[0].build }) else {
      return .ok(subject, signs[0].build)
    }
    return .error(
      subject, "rank 0 is of \(signs[0].build), rank \(other) of \(signs[other].build)",
      remedy: "start the same program on all hosts")
  }

  /// Ranks that share cores, are bound to the same one, or to none.
  var binding: [Finding] {
    let subject = "binding"
    let notes = CoreBinding.notes(on: signs.map(\.binding))
    guard notes.isEmpty else {
      return notes.map { note in
        let parts = note.split(separator: "; ", maxSplits: 1).map(String.init)
        let isDoubled = parts[0].contains(" share ") || parts[0].contains("all bound to core")
        return Finding(
          subject: subject, verdict: isDoubled ? .error : .warning, what: parts[0],
          remedy: parts.count > 1 ? parts[1] : nil)
      }
    }
    let cores = signs[0].binding.cores.count
    return [
      .ok(
        subject,
        signs.count > 1
          ? "each rank has a core of its own"
          : "one rank, free to use \(cores) core\(cores == 1 ? "" : "s")")
    ]
  }

  /// Whether others compute on the same cores, and whether the control group grants each rank one.
  var cores: [Finding] {
    let subject = "cores"
    return perHost(.ok(subject, "nobody else computes here, and no quota limits the ranks")) {
      host, first, ranks in
      if let quota = first.quota, quota < Double(ranks) {
        return .warning(
          subject,
          "\(host): the control group grants the time of \(quota.formatted()) processors to "
            + "\(ranks) rank\(ranks == 1 ? "" : "s")",
          remedy: "start fewer ranks or ask for more processors")
      }
      let cores = first.binding.hostCoreCount
      if let load = first.load, load + Double(ranks) > Double(cores) + 0.5 {
        return .warning(
          subject,
          "\(host): its load of \(load.formatted()) on \(cores) core\(cores == 1 ? "" : "s") leaves "
            + "less than one for each of \(ranks) rank\(ranks == 1 ? "" : "s")",
          remedy: "end what else runs there, wait, or start fewer ranks")
      }
      return nil
    }
  }

  /// Whether the training fits into the memory of every host.
  func memory(_ needs: RunNeeds) -> [Finding] {
    let subject = "memory"
    let most = byHost.map { needs.memory($0.ranks.count) }.max() ?? 0
    return perHost(.ok(subject, "about \(sizeText(most)) are needed and free")) {
      host, first, ranks in
      let needed = needs.memory(ranks)
      if needed > first.memoryLimit {
        return .error(
          subject,
          "\(host): about \(sizeText(needed)) are needed, \(first.memoryLimitSource) "
            + sizeText(first.memoryLimit),
          remedy: "choose a smaller network, --context or --micro-batch, or fewer ranks")
      }
      guard let free = first.freeMemory, needed > free else { return nil }
      return .warning(
        subject, "\(host): about \(sizeText(needed)) are needed, \(sizeText(free)) are free",
        remedy: "end what else has memory there")
    }
  }

  /// Whether the ranks of every host can share what they would.
  func sharedMemory(_ needs: RunNeeds) -> [Finding] {
    let subject = "shared memory"
    let most = byHost.filter { $0.ranks.count > 1 }.map { needs.sharedMemory($0.ranks.count) }.max()
    let fine = most.map { "\(sizeText($0)) are needed and free in \(signs[0].sharedFolder)" }
    return perHost(.ok(subject, fine ?? "not needed by one rank a host")) { host, first, ranks in
      guard ranks > 1 else { return nil }
      let needed = needs.sharedMemory(ranks)
      let free = first.freeSharedMemory ?? 0
      // As much more as the training itself wants to be free.
      guard free < needed + needed / 16 else { return nil }
      return .warning(
        subject,
        "\(host): \(sizeText(needed)) are needed, \(sizeText(free)) are free in "
          + "\(first.sharedFolder): ranks would speak in messages and need more memory",
        remedy: "enlarge it (a container: --shm-size; else mount -o remount,size=)")
    }
  }

  /// What variables of oneDNN and of OpenMP do to products.
  var products: [Finding] {
    let subject = "oneDNN"
    for (rank, sign) in signs.enumerated() {
      func value(_ name: String) -> String? {
        ["ONEDNN_", "DNNL_"].lazy.compactMap { sign.variables[$0 + name] }.first
      }
      if let mode = value("DEFAULT_FPMATH_MODE"), mode.lowercased() != "strict" {
        return [
          .error(
            subject, "rank \(rank): DEFAULT_FPMATH_MODE=\(mode) changes the result of products",
            remedy: "unset it, and choose --precision")
        ]
      }
      if let isa = value("MAX_CPU_ISA"), !["all", "default"].contains(isa.lowercased()) {
        return [
          .warning(
            subject, "rank \(rank): MAX_CPU_ISA=\(isa) keeps products from wider instructions",
            remedy: "unset it unless hosts differ")
        ]
      }
      if let verbose = value("VERBOSE"), verbose != "0", verbose.lowercased() != "none" {
        return [
          .warning(
            subject, "rank \(rank): VERBOSE=\(verbose) prints a line for every product",
            remedy: "unset it")
        ]
      }
      if !sign.keepsToOneThread, sign.variables["OMP_NUM_THREADS"] != "1" {
        return [
          .warning(
            subject, "rank \(rank): its threads cannot be limited from here, and ranks share cores",
            remedy: "set OMP_NUM_THREADS=1, or take a oneDNN that uses OpenMP")
        ]
      }
    }
    return [.ok(subject, "each rank computes on one thread, and no variable steers it")]
  }

  /// Whether large arrays can have huge pages.
  var hugePages: [Finding] {
    let subject = "huge pages"
    return perHost(.ok(subject, signs[0].hugePages.map { "\($0)" } ?? "the system has no choice")) {
      host, first, _ in
      guard first.hugePages == "never" else { return nil }
      return .warning(
        subject, "\(host): large arrays lie on small pages",
        remedy: "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled")
    }
  }
}
