import TestKit
import Testing

@testable import methodwall

@Suite("Versions", .blocking)
struct VersionTests {
    @Test("--version tells the version, the libcurl in use and its TLS library")
    func tellsVersions() throws {
        let result = try ChildProcess.run(try Programs.methodwall(), ["--version"])
        #expect(result.status == 0)
        #expect(result.error.isEmpty)
        let lines = result.output.split(separator: "\n")
        let line = try #require(lines.first)
        let match = try #require(
            line.wholeMatch(of: /(\S+) \(libcurl (\S+), (.+)\)/),
            "\(result.output)"
        )
        #expect(String(match.1) == Methodwall.version)
        // The curl of the system runs on the same library.
        let curl = try ChildProcess.run(try Programs.installed("curl"), ["--version"])
        #expect(curl.output.contains("libcurl/\(match.2) \(match.3) "), "\(curl.output)")
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("warning: libcurl ") })
    }

    private static func warning(of number: UInt32) -> String? {
        let parts = [number >> 16, number >> 8 & 0xFF, number & 0xFF]
        return KnownFaults.warning(of: number, parts.map { "\($0)" }.joined(separator: "."))
    }

    @Test(
        "What is wrong with a libcurl is told, with its version and a better one",
        arguments: [
            (0, ["libcurl 0.0.0", "7.87.0"]),
            (0x07_5601, ["libcurl 7.86.1", "7.87.0"]),
            (0x08_0B01, ["libcurl 8.11.1", "CVE-2025-0665", "8.12.0"]),
        ] as [(UInt32, [String])]
    )
    func warnsOfFaults(_ number: UInt32, _ parts: [String]) throws {
        let warning = try #require(Self.warning(of: number))
        #expect(warning.hasPrefix("warning: "))
        #expect(!warning.contains("\n"))
        for part in parts { #expect(warning.contains(part), "\(warning)") }
    }

    @Test(
        "The versions around them are not warned of",
        arguments: [
            0x07_5700, 0x07_5801, 0x08_0300, 0x08_0B00, 0x08_0B02, 0x08_0C00, 0x09_0000,
        ] as [UInt32]
    )
    func acceptsOthers(_ number: UInt32) {
        #expect(Self.warning(of: number) == nil)
    }
}
