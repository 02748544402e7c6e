// swift-tools-version: 6.2
import PackageDescription

// A package of its own whose only content is tests of an adapter. Replace the path by the address of Leibniz.
let package = Package(
  name: "AdapterTests",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "leibniz", path: "../../..")],
  targets: [
    .testTarget(
      name: "AdapterTests", dependencies: [.product(name: "LeibnizTesting", package: "leibniz")])
  ]
)
