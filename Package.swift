// swift-tools-version: 6.2

import PackageDescription

/// The settings every target shares.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    // SE-0335: existential types are spelled `any`, so that their cost shows.
    .enableUpcomingFeature("ExistentialAny"),
    // SE-0444: a member is visible only where its module is imported.
    .enableUpcomingFeature("MemberImportVisibility"),
    // SE-0409: an import is an implementation detail unless it says `public`.
    .enableUpcomingFeature("InternalImportsByDefault"),
    // SE-0461: an async function runs on its caller's actor.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // SE-0446: spans and other views that may not outlive what they look at.
    .enableExperimentalFeature("Lifetimes"),
]

/// The product's targets also mark every use of unsafe memory (SE-0458).
let productSettings = swiftSettings + [.strictMemorySafety()]

let package = Package(
    name: "methodwall",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "methodwall", targets: ["methodwall"]),
        // For the benchmarks, and for anybody who wants the decision without the gateway.
        .library(name: "MethodPolicy", targets: ["MethodPolicy"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        // 1.44.0 closed GHSA-4px2-pw77-vc85 (request smuggling by `:path`).
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.44.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),
        .systemLibrary(name: "CLinux"),
        .target(name: "MethodPolicy", swiftSettings: productSettings),
        .target(name: "HTTPMessage", swiftSettings: productSettings),
        .target(name: "Locking", swiftSettings: productSettings),
        .target(
            name: "Judgement",
            dependencies: ["HTTPMessage", "MethodPolicy"],
            swiftSettings: productSettings
        ),
        .target(
            name: "Curl",
            dependencies: ["CCurl", "CLinux", "HTTPMessage", "Locking"],
            swiftSettings: productSettings
        ),
        .target(
            name: "PolicyFile",
            dependencies: [
                "CLinux", "HTTPMessage", "Judgement", "Locking", "MethodPolicy",
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: productSettings
        ),
        .target(
            name: "Gateway",
            dependencies: [
                "CLinux", "Curl", "HTTPMessage", "Judgement", "Locking", "MethodPolicy",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ],
            swiftSettings: productSettings
        ),
        .target(
            name: "Admin",
            dependencies: [
                "Locking",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            resources: [
                .embedInCode("Page/index.html"), .embedInCode("Page/page.css"),
                .embedInCode("Page/page.js"),
            ],
            swiftSettings: productSettings
        ),
        .executableTarget(
            name: "methodwall",
            dependencies: [
                "Admin", "Curl", "Gateway", "HTTPMessage", "Judgement", "Locking", "MethodPolicy",
                "PolicyFile",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: productSettings
        ),

        .target(
            name: "TestKit",
            dependencies: [
                "Locking",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/TestKit",
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "MethodPolicyTests",
            dependencies: ["MethodPolicy", "TestKit"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "HTTPMessageTests",
            dependencies: [
                "HTTPMessage", "TestKit",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "JudgementTests",
            dependencies: ["HTTPMessage", "Judgement", "MethodPolicy", "TestKit"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "HTTPMessage", "TestKit",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "FrameworkTests",
            dependencies: ["methodwall", "Locking", "TestKit"],
            exclude: ["Services"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "PolicyFileTests",
            dependencies: ["PolicyFile", "MethodPolicy", "Locking", "TestKit"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "CurlTests",
            dependencies: ["Curl", "Locking", "TestKit"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Curl", "Gateway", "HTTPMessage", "MethodPolicy", "Locking", "TestKit",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "AdminTests",
            dependencies: [
                "Admin", "Locking", "TestKit",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["methodwall", "Locking", "TestKit"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SoundnessTests",
            dependencies: ["TestKit"],
            swiftSettings: swiftSettings
        ),
    ]
)
