// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Examples",
  dependencies: [.package(name: "Parable", path: "..")],
  targets: ["TrainToy", "EncodeText"].map {
    .executableTarget(name: $0, dependencies: [.product(name: "Parable", package: "Parable")])
  }
)
