// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that what benchmarks need stays out of the product's graph.
let package = Package(
    name: "methodwall-benchmarks",
    platforms: [.macOS(.v26)],
    dependencies: [.package(name: "methodwall", path: "../..")],
    targets: [
        .executableTarget(
            name: "decision-benchmark",
            dependencies: [.product(name: "MethodPolicy", package: "methodwall")],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
            ]
        )
    ]
)
