// swift-tools-version: 6.2
import Foundation
import PackageDescription

// oneDNN 2 is used where it is installed; without it (or with PARABLE_PLAIN_MATMUL=1) the matrix
// products run on the kernels of CNumerics and the package needs nothing but MPI. Version 3 has
// another interface, without what is called here.
let plainMatmul = Context.environment["PARABLE_PLAIN_MATMUL"] == "1"
let usesOneDNN = !plainMatmul && oneDNNMajorVersion(below: "/usr/include") == 2

/// The major version of the oneDNN whose headers are in a folder; nil where there are none.
func oneDNNMajorVersion(below includes: String) -> Int? {
  guard FileManager.default.fileExists(atPath: includes + "/dnnl.h") else { return nil }
  for name in ["oneapi/dnnl/dnnl_version.h", "dnnl_version.h"] {
    let text = (try? String(contentsOfFile: includes + "/" + name, encoding: .utf8)) ?? ""
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 3, words[0] == "#define", words[1] == "DNNL_VERSION_MAJOR" {
        return Int(words[2])
      }
    }
  }
  return nil
}

/// The MPI library is Open MPI, or MPICH with PARABLE_MPI=mpich.
let usesMPICH = Context.environment["PARABLE_MPI"] == "mpich"
let mpichDefine: [SwiftSetting] = usesMPICH ? [.define("MPICH")] : []

/// The header of MPI, as #include takes it, how the compiler finds it, and the library.
///
/// Debian's own names for them may mean those of the other library; elsewhere the compiler is to know.
let mpi: (header: String, settings: [CSetting], library: String) = {
  #if arch(x86_64)
  let system = "x86_64-linux-gnu"
  #elseif arch(arm64)
  let system = "aarch64-linux-gnu"
  #else
  let system = "unknown"
  #endif
  let files = FileManager.default
  if usesMPICH {
    // Its header includes others of its folder by <>.
    let folder = "/usr/include/\(system)/mpich"
    guard files.fileExists(atPath: folder + "/mpi.h") else { return ("<mpi.h>", [], "mpi") }
    return ("<mpi.h>", [.unsafeFlags(["-isystem", folder])], "mpich")
  }
  let folder = "/usr/lib/\(system)/openmpi"
  let library = try? files.destinationOfSymbolicLink(atPath: folder + "/lib/libmpi.so")
  guard let name = library?.split(separator: "/").last else { return ("<mpi.h>", [], "mpi") }
  return ("\"\(folder)/include/mpi.h\"", [], ":\(name)")
}()

/// Whether Fuzz is driven by libFuzzer, which `swift build --sanitize fuzzer` links.
let usesLibFuzzer = Context.environment["PARABLE_LIBFUZZER"] == "1"

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let oneDNN = usesOneDNN ? ["COneDNN"] : []
let oneDNNDefine: [SwiftSetting] = usesOneDNN ? [.define("ONEDNN")] : []

/// The module of a folder below Sources: `Model` is ParableModel and `CText` is CParableText, so that a
/// larger program can have modules of such names too.
func name(_ folder: String) -> String {
  guard !["Parable", "Worker", "Launcher"].contains(folder) else { return folder }
  let isC = folder.dropFirst().first?.isUppercase == true
  return isC ? "CParable" + folder.dropFirst() : "Parable" + folder
}

func modules(_ folders: [String]) -> [Target.Dependency] {
  folders.map { .init(stringLiteral: name($0)) }
}

func shim(
  _ folder: String, _ dependencies: [String] = [], settings: [CSetting] = [],
  linked: [LinkerSetting] = []
) -> Target {
  .target(
    name: name(folder), dependencies: modules(dependencies), path: "Sources/\(folder)",
    cSettings: [.treatAllWarnings(as: .error)] + settings, linkerSettings: linked)
}

func system(_ folder: String) -> Target {
  .systemLibrary(name: name(folder), path: "Sources/\(folder)")
}

func module(
  _ folder: String, _ dependencies: [String] = [], settings: [SwiftSetting] = []
) -> Target {
  .target(
    name: name(folder), dependencies: modules(dependencies), path: "Sources/\(folder)",
    swiftSettings: strict + settings)
}

func program(_ folder: String, _ dependencies: [String] = []) -> Target {
  .executableTarget(name: folder, dependencies: modules(dependencies), swiftSettings: strict)
}

func suite(
  _ name: String, _ dependencies: [String], beside: [Target.Dependency] = []
) -> Target {
  .testTarget(
    name: name, dependencies: ["TestSupport"] + beside + modules(dependencies),
    swiftSettings: strict)
}

let package = Package(
  name: "Parable",
  products: [
    .executable(name: "worker", targets: ["Worker"]),
    .executable(name: "launcher", targets: ["Launcher"]),
    .library(name: "Parable", targets: ["Parable"]),
  ],
  targets: [
    // 0: C, and what the system says about files
    shim(
      "CMPI", settings: mpi.settings + [.define("PARABLE_MPI_HEADER", to: mpi.header)],
      linked: [.linkedLibrary(mpi.library)]),
    shim("CProcess"),
    shim("CInstructions"),
    shim("CDigest", ["CInstructions"]),
    shim("CText", ["CInstructions"]),
    shim("CNumerics", ["CInstructions"], linked: [.linkedLibrary("m")]),
    // Version and commit, which training records and --version tell.
    .plugin(name: "StampCommit", capability: .buildTool()),
    .target(
      name: name("Build"), path: "Sources/Build", swiftSettings: strict, plugins: ["StampCommit"]),
    // What the environment says about ranks: the launcher must know it without MPI.
    module("LaunchEnvironment", settings: mpichDefine),
    module("Platform", ["CInstructions", "CDigest"]),
    // 1: none knows another
    module("Collective", ["Platform", "CMPI", "CProcess", "CNumerics", "LaunchEnvironment"]),
    module("Kernels", ["Platform", "CInstructions", "CNumerics"] + oneDNN, settings: oneDNNDefine),
    module("Formats", ["Platform"]),
    module("Settings", ["Platform"]),
    module("Tokenization", ["CText", "Formats", "Platform"]),
    module("Corpus", ["Formats", "Platform"]),
    // 2 to 4
    module("Model", ["Kernels", "Platform"]),
    module(
      "Training",
      [
        "Model", "Kernels", "Collective", "Tokenization", "Corpus", "Formats", "Settings",
        "Platform", "Build",
      ]),
    module(
      "Answering",
      [
        "Training", "Model", "Kernels", "Collective", "Tokenization", "Corpus", "Formats",
        "Settings", "Platform",
      ]),
    module("Grading", ["Training", "Model", "Kernels", "Collective", "Formats", "Platform"]),
    // 5: what a larger program sees, and the programs
    module(
      "Parable", ["Training", "Model", "Collective", "Tokenization", "Corpus"]),
    module("CommandLineInterface", ["Settings", "Formats", "Platform", "CProcess", "Build"]),
    program(
      "Worker",
      [
        "CommandLineInterface", "Answering", "Grading", "Training", "Model", "Kernels",
        "Collective", "LaunchEnvironment", "Tokenization", "Corpus", "Formats", "Settings",
        "Platform",
      ]),
    program(
      "Launcher",
      ["CommandLineInterface", "LaunchEnvironment", "Formats", "CProcess", "Settings", "Platform"]),
    // Tests
    .target(
      name: "TestSupport", dependencies: modules(["Collective", "LaunchEnvironment", "Platform"]),
      path: "Tests/TestSupport",
      swiftSettings: strict),
    .executableTarget(
      name: "CollectiveProbe",
      dependencies: ["TestSupport"] + modules(["Collective", "LaunchEnvironment"]),
      path: "Tests/CollectiveProbe", swiftSettings: strict),
    .target(
      name: "Fuzzing",
      dependencies: modules([
        "Formats", "Tokenization", "Corpus", "Model", "Training", "Answering",
        "CommandLineInterface", "LaunchEnvironment", "Platform",
      ]), path: "Tests/Fuzzing", exclude: ["Corpus"], swiftSettings: strict),
    .executableTarget(
      name: "Fuzz", dependencies: ["Fuzzing"] + modules(["Platform"]), path: "Tests/Fuzz",
      swiftSettings: strict + (usesLibFuzzer ? [.define("LIBFUZZER")] : [])),
    suite("FuzzTests", ["Platform"], beside: ["Fuzzing", "Fuzz"]),
    suite("PlatformTests", ["Platform", "CDigest"]),
    suite("LaunchEnvironmentTests", ["LaunchEnvironment"]),
    suite("CollectiveTests", ["Collective", "CInstructions", "CNumerics"]),
    suite("KernelsTests", ["Kernels", "CInstructions", "CNumerics", "Platform"]),
    suite("FormatsTests", ["Formats", "Platform"]),
    suite("TokenizationTests", ["Tokenization", "CInstructions", "CText", "Formats", "Platform"]),
    suite("CorpusTests", ["Corpus", "Platform"]),
    suite("ModelTests", ["Model", "Kernels", "Platform"]),
    suite(
      "TrainingTests",
      [
        "Training", "Model", "Kernels", "Collective", "Tokenization", "Corpus", "Formats",
        "Settings", "Platform",
      ]),
    suite(
      "AnsweringTests",
      [
        "Answering", "Training", "Model", "Corpus", "Tokenization", "Collective", "Formats",
        "Settings", "Platform",
      ]),
    suite("GradingTests", ["Grading", "Formats", "Worker", "Platform", "CInstructions"]),
    suite("SettingsTests", ["Settings"]),
    suite("CommandLineInterfaceTests", ["CommandLineInterface", "Settings"]),
    suite(
      "WorkerTests",
      [
        "Worker", "CommandLineInterface", "Answering", "Grading", "Training", "Model",
        "Collective", "LaunchEnvironment", "Tokenization", "Corpus", "Formats", "Settings",
        "Platform",
      ]),
    suite(
      "LauncherTests",
      ["Launcher", "CommandLineInterface", "LaunchEnvironment", "Answering", "Platform"],
      beside: ["Fuzzing"]),
    suite(
      "DistributedTests",
      ["Collective", "Formats", "Corpus", "Tokenization", "LaunchEnvironment", "CInstructions"],
      beside: ["CollectiveProbe"]),
  ] + (usesOneDNN ? [system("COneDNN")] : []),
  swiftLanguageModes: [.v6]
)
