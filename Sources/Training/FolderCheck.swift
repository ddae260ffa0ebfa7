import Foundation
import ParableFormats
import ParablePlatform
import ParableTokenization

/// Compares the files of a folder with its manifest.
package struct FolderCheck {
  private let folder: String
  private let manifest: Manifest?
  private let list: DigestList?

  /// What is wrong with the manifest itself, by the list of digests beside it; nil where nothing is known.
  package let faultOfManifest: String?

  /// What is wrong with the list of digests; nil where nothing is, or where there is none.
  package let faultOfList: String?

  /// Reads the manifest and the list of digests of a folder; other files are not touched.
  package init(_ folder: String) {
    self.folder = folder
    let bytes = try? contents(ofFile: folder + "/" + Manifest.file)
    let listBytes = try? contents(ofFile: folder + "/" + DigestList.file)
    manifest = bytes.flatMap { try? JSONDecoder().decode(Manifest.self, untrusted: Data($0)) }
    list = listBytes.map { DigestList($0) }
    let digest = bytes.map { $0.withUnsafeBytes { SHA256.hexDigest(of: $0) } }
    guard let manifest, let bytes, let digest, let listBytes else {
      (faultOfManifest, faultOfList) = (nil, nil)
      return
    }
    let isOther = list?.contradicts(manifest: digest) == true
    let isWhole = isOther || listBytes == DigestList(of: manifest, bytes).bytes
    faultOfManifest = isOther ? "is not what was written, by \(DigestList.file)" : nil
    faultOfList = isWhole ? nil : "is not what was written"
  }

  /// The files of which something is known besides the manifest, in order; nil where there is no readable
  /// manifest.
  package var names: [String]? { manifest?.sha256.keys.sorted() }

  /// What is wrong with a listed file, as a sentence; nil where it is as it was written.
  package func fault(of name: String, mayBeMissing: Bool = false) -> String? {
    guard Self.isPlainName(name) else {
      return "\(Manifest.file) lists \(quoted(name)), which is no file of the folder"
    }
    let path = folder + "/" + name
    guard FileManager.default.fileExists(atPath: path) else {
      return mayBeMissing ? nil : "\(name) is missing"
    }
    guard let found = try? SHA256.hexDigest(ofFile: path) else { return "\(name) cannot be read" }
    guard found != digest(of: name) else { return nil }
    let part = manifest?.tensors?[name].flatMap { Manifest.damagedPart(ofFile: path, $0) }
    return "\(name) is not what was written" + (part.map { " \($0)" } ?? "")
  }

  /// A damaged manifest gives way to the list of digests.
  private func digest(of name: String) -> String? {
    faultOfManifest == nil ? manifest?.sha256[name] : list?.digests[name]
  }

  /// What is wrong with each file, the manifest and the list of digests among them; nil where one is as
  /// it was written.
  package func all() -> [FileVerdict] {
    guard let names else {
      let what =
        Manifest.isThere(in: folder)
        ? "cannot be read" : "is missing, and nothing else says what was written"
      return [FileVerdict(file: Manifest.file, fault: "\(Manifest.file) \(what)")]
    }
    var verdicts = [
      FileVerdict(file: Manifest.file, fault: faultOfManifest.map { "\(Manifest.file) \($0)" })
    ]
    if list != nil {
      verdicts.append(
        FileVerdict(file: DigestList.file, fault: faultOfList.map { "\(DigestList.file) \($0)" }))
    }
    return verdicts + names.map { FileVerdict(file: $0, fault: fault(of: $0)) }
  }

  /// Whether a name cannot lead out of its folder.
  private static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.contains("/") && !name.contains("\0")
  }
}

/// A file, and what is wrong with it.
package struct FileVerdict: Equatable, Sendable {
  /// The file's name in its folder.
  package let file: String

  /// A sentence without its end; nil where the file is as it was written.
  package let fault: String?
}

extension Vocabulary {
  /// Reads a tokenizer's directory, whose files have to be what its manifest says where it has one, as
  /// a model and a checkpoint do.
  package static func load(verifying folder: String) throws -> Vocabulary {
    if Manifest.isThere(in: folder),
      let damage = Manifest.damage(in: folder, requiring: [], isAll: false, where: isRead)
    {
      throw TrainingError.file(
        path: folder, reason: damage,
        remedy: "restore it, or delete \(Manifest.file) if the change was wanted")
    }
    return try load(directory: folder)
  }

  private static func isRead(_ name: String) -> Bool {
    ["tokenizer.json", "vocab.json", "merges.txt"].contains(name)
  }
}
