import Collective
import Corpus
import TensorFiles

extension DocumentReader {
  /// A digest of the text of all files, made by all ranks together and the same for any number of
  /// them: the SHA-256 of the pieces' SHA-256.
  func fingerprint(_ communicator: any Communicator) throws -> String {
    let mine = share(of: communicator)
    var own: [UInt8] = []
    for piece in mine {
      var digest = SHA256()
      try bytes(of: piece).withUnsafeBytes { digest.update($0) }
      own += digest.finalize()
    }
    let all = try communicator.allGather(own).flatMap { $0 }
    return all.withUnsafeBytes { SHA256.hexDigest(of: $0) }
  }

  /// The pieces that this rank works on: contiguous, and as many as any other rank's.
  func share(of communicator: any Communicator) -> ArraySlice<CorpusPiece> {
    pieces[
      WorkPartition(itemCount: pieces.count, partCount: communicator.size)
        .range(of: communicator.rank)]
  }
}
