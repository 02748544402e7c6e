// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "leibniz",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "leibniz", targets: ["LeibnizCLI"]),
    .library(name: "Leibniz", targets: ["Leibniz"]),
    .library(name: "LeibnizTesting", targets: ["LeibnizTesting"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    .package(url: "https://github.com/pointfreeco/xctest-dynamic-overlay", from: "1.5.0"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(
      name: "CLAPACKE", pkgConfig: "lapacke",
      providers: [.apt(["liblapacke-dev"]), .brew(["lapack"])]),
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl"])]),
    .target(name: "StrictJSON"),
    .target(name: "Vocabulary"),
    .target(name: "Files"),
    // A Mac has CryptoKit.
    .target(name: "Fingerprints", dependencies: [.target(name: "CCrypto", condition: .when(platforms: [.linux]))]),
    .target(name: "RegularExpressions"),
    .target(name: "Safetensors", dependencies: ["Files", "StrictJSON"]),
    .target(name: "LinearAlgebra", dependencies: ["COpenBLAS", "CLAPACKE"]),
    .target(name: "Architectures", dependencies: ["StrictJSON"]),
    .target(
      name: "Checkpoints",
      dependencies: [
        "Architectures", "Files", "Fingerprints", "LinearAlgebra", "RegularExpressions", "Safetensors", "StrictJSON",
      ]),
    .target(name: "Jinja"),
    .target(name: "Prompts", dependencies: ["Files", "Fingerprints", "Jinja", "StrictJSON"]),
    .target(name: "Tokenization", dependencies: ["Files", "RegularExpressions", "StrictJSON"]),
    .target(
      name: "PairedForward", dependencies: ["Architectures", "Checkpoints", "LinearAlgebra", "Vocabulary"]),
    .target(name: "ReferenceForward", dependencies: ["Architectures", "Checkpoints", "Vocabulary"]),
    .target(name: "Statistics"),
    .target(name: "Results", dependencies: ["StrictJSON", "Vocabulary"]),
    .target(name: "Attribution", dependencies: ["LinearAlgebra", "Results", "Statistics"]),
    .target(name: "CPageResources", exclude: ["files"]),
    .target(name: "Reporting", dependencies: ["CPageResources", "Fingerprints", "Results"]),
    .target(
      name: "WeightAttribution", dependencies: ["Architectures", "Checkpoints", "LinearAlgebra", "Results"]),
    .target(
      name: "Measures",
      dependencies: [
        "Architectures", "Attribution", "Checkpoints", "LinearAlgebra", "PairedForward", "ReferenceForward", "Results",
        "StrictJSON",
      ]),
    .target(
      name: "LongRuns",
      dependencies: ["Attribution", "Checkpoints", "Files", "Fingerprints", "PairedForward", "Results", "StrictJSON"]),
    .target(
      name: "Subjects",
      dependencies: [
        "Architectures", "Attribution", "Checkpoints", "LinearAlgebra", "LongRuns", "Measures", "PairedForward",
        "Prompts", "ReferenceForward", "Results", "Tokenization", "Vocabulary",
      ]),
    .target(
      name: "Analyses",
      dependencies: [
        "Architectures", "Attribution", "Checkpoints", "LinearAlgebra", "LongRuns", "Measures", "PairedForward",
        "ReferenceForward", "Results", "StrictJSON", "Subjects",
      ]),
    .target(
      name: "Interventions",
      dependencies: [
        "Architectures", "Attribution", "Checkpoints", "LinearAlgebra", "LongRuns", "Measures", "PairedForward",
        "ReferenceForward", "Results", "Statistics", "StrictJSON", "Subjects", "Vocabulary",
      ]),
    .target(
      name: "Leibniz",
      dependencies: [
        "Analyses", "Attribution", "Checkpoints", "Files", "Interventions", "LongRuns", "Measures", "PairedForward",
        "Prompts", "Reporting", "Results", "StrictJSON", "Subjects", "WeightAttribution",
      ]),
    .target(
      name: "Expectations",
      dependencies: ["Results", "Statistics", .product(name: "Yams", package: "Yams")]),
    .target(
      name: "LeibnizTesting",
      dependencies: [
        "Expectations", "Leibniz", "LinearAlgebra", "Results",
        .product(name: "IssueReporting", package: "xctest-dynamic-overlay"),
        // Found at run time, not by a call: without it a failure is printed and not recorded.
        .product(name: "IssueReportingTestSupport", package: "xctest-dynamic-overlay"),
      ]),
    .executableTarget(
      name: "LeibnizCLI",
      dependencies: [
        "Checkpoints", "Expectations", "Files", "Leibniz", "Prompts", "Reporting", "Results", "StrictJSON",
        "Tokenization",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(name: "LeibnizBenchmarks", dependencies: ["Architectures", "Leibniz", "LinearAlgebra"]),
    .executableTarget(
      name: "LeibnizFuzzing",
      dependencies: [
        "Architectures", "Checkpoints", "Leibniz", "LinearAlgebra", "Prompts", "Safetensors", "StrictJSON",
        "Tokenization",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "FingerprintsTests", dependencies: ["Fingerprints"]),
    .testTarget(name: "FilesTests", dependencies: ["Files"]),
    .testTarget(name: "StrictJSONTests", dependencies: ["LinearAlgebra", "StrictJSON"]),
    .testTarget(name: "RegularExpressionsTests", dependencies: ["RegularExpressions"]),
    .testTarget(name: "SafetensorsTests", dependencies: ["LinearAlgebra", "Safetensors"]),
    .testTarget(name: "LinearAlgebraTests", dependencies: ["LinearAlgebra"]),
    .testTarget(name: "StatisticsTests", dependencies: ["LinearAlgebra", "Statistics"]),
    .testTarget(name: "ArchitecturesTests", dependencies: ["Architectures", "StrictJSON"]),
    .testTarget(
      name: "CheckpointsTests",
      dependencies: ["Architectures", "Checkpoints", "LinearAlgebra", "OracleFixtures", "StrictJSON"],
      exclude: ["Fixtures"]),
    .testTarget(name: "JinjaTests", dependencies: ["Jinja", "StrictJSON"]),
    .testTarget(name: "PromptsTests", dependencies: ["Jinja", "Prompts", "StrictJSON"]),
    .testTarget(name: "TokenizationTests", dependencies: ["Tokenization"]),
    .testTarget(
      name: "PairedForwardTests",
      dependencies: [
        "Architectures", "Checkpoints", "LeibnizTesting", "LinearAlgebra", "OracleFixtures", "PairedForward",
        "ReferenceForward", "Vocabulary",
      ]),
    .testTarget(
      name: "ReferenceForwardTests",
      dependencies: ["Architectures", "Checkpoints", "OracleFixtures", "ReferenceForward", "Results", "Vocabulary"]),
    .testTarget(name: "WeightAttributionTests", dependencies: ["LinearAlgebra", "Results", "WeightAttribution"]),
    .testTarget(name: "AttributionTests", dependencies: ["Attribution", "LinearAlgebra", "Results"]),
    .testTarget(name: "ResultsTests", dependencies: ["AnalysisFixtures", "Results", "StrictJSON"]),
    .testTarget(
      name: "ReportingTests", dependencies: ["AnalysisFixtures", "Fingerprints", "Reporting", "Results"],
      exclude: ["Goldens"]),
    .target(
      name: "OracleFixtures", dependencies: ["Results", "StrictJSON"], path: "Tests/OracleFixtures"),
    .target(name: "AnalysisFixtures", dependencies: ["LinearAlgebra", "Results"], path: "Tests/AnalysisFixtures"),
    .testTarget(
      name: "ExpectationsTests",
      dependencies: [
        "AnalysisFixtures", "Expectations", "LeibnizCLI", "Results",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], exclude: ["Goldens"]),
    .testTarget(
      name: "LeibnizTestingTests", dependencies: ["AnalysisFixtures", "LeibnizTesting"], exclude: ["Goldens"]),
    .target(
      name: "PairFixtures", dependencies: ["Leibniz", "LeibnizTesting", "LinearAlgebra"], path: "Tests/PairFixtures"),
    .testTarget(
      name: "LeibnizTests",
      dependencies: [
        "AnalysisFixtures", "Analyses", "Architectures", "Attribution", "Checkpoints", "Interventions", "Leibniz",
        "LeibnizTesting", "LinearAlgebra", "LongRuns", "Measures", "OracleFixtures", "PairFixtures", "PairedForward",
        "Prompts", "ReferenceForward", "Reporting", "Results", "StrictJSON", "Subjects", "WeightAttribution",
      ]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "Analyses", "Architectures", "Attribution", "Checkpoints", "Interventions", "Leibniz", "LeibnizCLI",
        "LeibnizTesting", "LinearAlgebra", "LongRuns", "Measures", "OracleFixtures", "PairFixtures", "PairedForward",
        "Prompts", "ReferenceForward", "Reporting", "Results", "StrictJSON", "Subjects",
      ]),
  ]
)
