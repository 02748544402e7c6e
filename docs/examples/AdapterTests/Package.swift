// swift-tools-version: 6.2
import PackageDescription

// A package of its own with a program that uses Leibniz and with tests of an adapter. Replace the path by the address of
// Leibniz.
let package = Package(
  name: "AdapterTests",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "leibniz", path: "../../..")],
  targets: [
    .executableTarget(name: "Shares", dependencies: [.product(name: "Leibniz", package: "leibniz")]),
    .testTarget(
      name: "AdapterTests", dependencies: [.product(name: "LeibnizTesting", package: "leibniz")]),
  ]
)
