import Foundation
import ParableCollective
import ParablePlatform

/// Something to be found out from a file by one rank for all.
struct FileWork {
  /// The file.
  let path: String

  /// What a byte costs, beside SHA-256.
  var cost = 1.0

  /// What is found, as one line.
  let find: (_ path: String) throws -> String
}

extension Communicator {
  /// Does this work, dealt so that the busiest rank has little to do (the longest first, each to the rank
  /// that has the least), and returns on every rank what was found, empty for a file that is not there.
  ///
  /// - Throws: `SharedFailure` on all ranks.
  func share(_ work: [FileWork]) throws -> [String] {
    let sizes = try fromFirstRank { work.map { byteCount(ofFile: $0.path) } }
    let costs = zip(work, sizes).map { $0.cost * Double($1) }
    var busy = Array(repeating: 0.0, count: size)
    var dealt: [[Int]] = Array(repeating: [], count: size)
    for place in work.indices.sorted(by: { (costs[$0], $1) > (costs[$1], $0) }) {
      let rank = busy.indices.min { busy[$0] < busy[$1] } ?? 0
      // Files of nothing are dealt out as well.
      busy[rank] += costs[place] + 1
      dealt[rank].append(place)
    }
    let own = try together {
      try dealt[rank].map { place in
        let path = work[place].path
        return FileManager.default.fileExists(atPath: path) ? try work[place].find(path) : ""
      }
    }
    let all = try allGather([UInt8](own.joined(separator: "\n").utf8)).map {
      String(decoding: $0, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }
    var found = Array(repeating: "", count: work.count)
    for (places, lines) in zip(dealt, all) {
      for (place, line) in zip(places, lines) { found[place] = String(line) }
    }
    return found
  }
}

private func byteCount(ofFile path: String) -> Int {
  var status = stat()
  return stat(path, &status) == 0 ? Int(status.st_size) : 0
}
