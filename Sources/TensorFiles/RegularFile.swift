import Files
import Foundation

/// Files that are read as a whole: settings, manifests, descriptions of models.
public enum RegularFile {
  /// The bytes of the file at `path`; folders, devices and pipes are refused.
  ///
  /// - Throws: ``TensorFileError/unreadable(path:reason:remedy:)``.
  public static func contents(_ path: String) throws -> Data {
    do {
      return Data(try Files.contents(ofFile: path))
    } catch {
      throw TensorFileError.unreadable(path, error)
    }
  }

  /// Opens the file at `path` for reading and says how long it is.
  static func open(_ path: String) throws -> (descriptor: Int32, byteCount: Int) {
    do {
      return try openRegularFile(path)
    } catch {
      throw TensorFileError.unreadable(path, error)
    }
  }
}
