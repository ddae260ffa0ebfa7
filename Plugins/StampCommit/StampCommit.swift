import Foundation
import PackagePlugin

/// Writes the commit that is built into a source file, anew where a source file or the commit is another.
///
/// The manifest cannot: what it has found out is kept until its own text changes.
@main
struct StampCommit: BuildToolPlugin {
  /// The file is left alone where it would say the same, so that nothing is compiled again.
  private static let script = """
    commit=$(git -C "$1" rev-parse HEAD 2>/dev/null) || commit=unknown
    test -z "$(git -C "$1" --no-optional-locks status --porcelain 2>/dev/null)" ||
      commit="$commit+changes"
    text="/// The commit that was built, with a mark where files differ from it; unknown outside a repository.
    package let commit = \\"$commit\\""
    test "$text" = "$(cat "$2" 2>/dev/null)" || printf '%s\\n' "$text" > "$2"
    """

  func createBuildCommands(context: PluginContext, target: Target) -> [Command] {
    let package = context.package
    let sources = package.targets.flatMap { target in
      (target as? any SourceModuleTarget)?.sourceFiles.map(\.url) ?? []
    }
    // Git adds a line for each commit, checkout and reset.
    let log = package.directoryURL.appending(path: ".git/logs/HEAD")
    let output = context.pluginWorkDirectoryURL.appending(path: "Commit.swift")
    return [
      .buildCommand(
        displayName: "Stamping the commit", executable: URL(filePath: "/bin/sh"),
        arguments: ["-c", Self.script, "sh", package.directoryURL.path, output.path],
        inputFiles: sources + (FileManager.default.fileExists(atPath: log.path) ? [log] : []),
        outputFiles: [output])
    ]
  }
}
