import Foundation
import ParableFormats
import ParablePlatform

/// `manifest.json` of a folder: the SHA-256 of its files, by which a damaged one is found.
package struct Manifest: Codable, Equatable {
  /// What the file is called.
  package static let file = "manifest.json"

  /// Digests as hexadecimal digits, by the names of the files.
  package var sha256: [String: String]

  /// Writes the manifest of some files of `folder`, after all of them; without `names`, of all.
  package static func write(in folder: String, of names: [String]? = nil) throws {
    let names = try names ?? FileManager.default.contentsOfDirectory(atPath: folder)
    var digests: [String: String] = [:]
    for name in names where name != file {
      digests[name] = try SHA256.hexDigest(ofFile: folder + "/" + name)
    }
    try Manifest(sha256: digests).write(in: folder)
  }

  /// Writes this manifest, after the files that it lists.
  func write(in folder: String) throws {
    try DurableFile.write(
      [UInt8](JSONEncoder.pretty.encode(self)), to: folder + "/" + Self.file)
  }

  /// The digest that the manifest of a folder has of a file; nil where it has none.
  static func digest(of name: String, in folder: String) -> String? {
    (try? contents(ofFile: folder + "/" + file)).flatMap {
      try? JSONDecoder().decode(Manifest.self, from: Data($0)).sha256[name]
    }
  }

  /// Takes the manifest away before its files are replaced one by one.
  ///
  /// Whole files that nothing vouches for are better than whole files that are called damaged,
  /// should the process end before the new manifest is written.
  package static func remove(in folder: String) throws {
    guard unlink(folder + "/" + file) == 0 || errno == ENOENT else {
      throw FileError.writing(folder + "/" + file)
    }
    if FileManager.default.fileExists(atPath: folder) {
      try DurableFile.synchronize(folder: folder)
    }
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
  ///   - passedOver: Files that are not looked at.
  /// - Returns: Part of a sentence, such as `model.safetensors is not what was written`.
  package static func damage(
    in folder: String, requiring required: [String], isAll: Bool = true,
    passingOver passedOver: Set<String> = []
  ) -> String? {
    guard let data = (try? contents(ofFile: folder + "/" + file)).map({ Data($0) }),
      let manifest = try? JSONDecoder().decode(Manifest.self, from: data)
    else { return "it has no readable \(file)" }
    for name in required where manifest.sha256[name] == nil {
      return "\(file) does not list \(name)"
    }
    for (name, digest) in manifest.sha256.sorted(by: { $0.key < $1.key })
    where !passedOver.contains(name) {
      guard isPlainName(name) else {
        return "\(file) lists \(quoted(name)), which is no file of the folder"
      }
      let path = folder + "/" + name
      guard FileManager.default.fileExists(atPath: path) else {
        if !isAll && !required.contains(name) { continue }
        return "\(name) is missing"
      }
      guard let found = try? SHA256.hexDigest(ofFile: path) else {
        return "\(name) cannot be read"
      }
      if found != digest { return "\(name) is not what was written" }
    }
    return nil
  }

  /// Whether a name cannot lead out of its folder.
  private static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.contains("/") && !name.contains("\0")
  }
}
