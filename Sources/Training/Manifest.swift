import Foundation
import ParableFormats
import ParablePlatform

/// `manifest.json` of a folder: the SHA-256 of its files, by which a damaged one is found.
///
/// Beside it stands ``DigestList``, which vouches for the manifest in turn.
package struct Manifest: Codable, Equatable {
  /// What the file is called.
  package static let file = "manifest.json"

  /// Digests as hexadecimal digits, by the names of the files.
  package var sha256: [String: String]

  /// Of each safetensors file what ``tensorDigests(ofFile:)`` gives, by which a damaged tensor is named;
  /// nil in what earlier versions wrote.
  package var tensors: [String: [String: String]]?

  /// Writes the manifest of some files of `folder`, after all of them; without `names`, of all.
  package static func write(in folder: String, of names: [String]? = nil) throws {
    let names = try names ?? FileManager.default.contentsOfDirectory(atPath: folder)
    var manifest = Manifest(sha256: [:])
    for name in names where ![file, DigestList.file, ModelCard.file].contains(name) {
      try manifest.add(name, in: folder)
    }
    try manifest.write(in: folder)
  }

  /// Writes a file of a folder, and what the folder's manifest says of it where there is one.
  ///
  /// In between nothing vouches for the file: should the process end there, it is not called damaged.
  package static func replace(_ name: String, in folder: String, by bytes: [UInt8]) throws {
    var manifest = isThere(in: folder) ? try? Manifest(folder: folder) : nil
    if manifest?.sha256.removeValue(forKey: name) != nil { try manifest?.write(in: folder) }
    try DurableFile.write(bytes, to: folder + "/" + name)
    try manifest?.add(name, in: folder)
    try manifest?.write(in: folder)
  }

  private mutating func add(_ name: String, in folder: String) throws {
    sha256[name] = try SHA256.hexDigest(ofFile: folder + "/" + name)
    guard Self.hasTensors(name),
      let digests = try? Self.tensorDigests(ofFile: folder + "/" + name)
    else { return }
    tensors = tensors ?? [:]
    tensors?[name] = digests
  }

  /// Writes this manifest and the list of digests, after the files that they list.
  func write(in folder: String) throws {
    let bytes = [UInt8](try JSONEncoder.pretty.encode(self))
    try DigestList.remove(in: folder)
    try DurableFile.write(bytes, to: folder + "/" + Self.file)
    try DigestList(of: self, bytes).write(in: folder)
  }

  /// Reads the manifest of a folder.
  init(folder: String) throws {
    self = try JSONDecoder().decode(
      Manifest.self, untrusted: Data(contents(ofFile: folder + "/" + Self.file)))
  }

  init(sha256: [String: String]) { self.sha256 = sha256 }

  /// The digest that the manifest of a folder has of a file; nil where it has none.
  static func digest(of name: String, in folder: String) -> String? {
    (try? Manifest(folder: folder))?.sha256[name]
  }

  /// Whether `folder` has a manifest, readable or not.
  package static func isThere(in folder: String) -> Bool {
    var status = stat()
    return lstat(folder + "/" + file, &status) == 0
  }

  /// What is wrong with a folder that has a manifest; nil where each file is as it was written.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - required: Files that have to be there and listed.
  ///   - isAll: Whether every listed file has to be there; otherwise one that is not required may
  ///     have been left out.
  ///   - isWanted: Whether a listed file is looked at.
  /// - Returns: Part of a sentence, such as `model.safetensors is not what was written`.
  package static func damage(
    in folder: String, requiring required: [String], isAll: Bool = true,
    where isWanted: (String) -> Bool = { _ in true }
  ) -> String? {
    let check = FolderCheck(folder)
    guard let names = check.names else { return "it has no readable \(file)" }
    if let fault = check.faultOfManifest { return "\(file) \(fault)" }
    for name in required where !names.contains(name) {
      return "\(file) does not list \(name)"
    }
    for name in names where isWanted(name) {
      let isOptional = !isAll && !required.contains(name)
      if let fault = check.fault(of: name, mayBeMissing: isOptional) { return fault }
    }
    return nil
  }
}
