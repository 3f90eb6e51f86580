import Foundation
import TestKit
import Testing

@testable import PolicyFile

/// The report for continuous integration.
@Suite struct JUnitReportTests {
    /// Prints what an XML parser sees, one line an element with text.
    private static let script = """
        import sys, xml.etree.ElementTree as tree
        root = tree.parse(sys.argv[1]).getroot()
        print(root.tag, root.get("tests"), root.get("failures"), root.get("errors"))
        for suite in root:
            print(suite.tag, suite.get("tests"), suite.get("failures"), suite.get("errors"))
            for case in suite:
                inside = " ".join(child.tag + " " + child.get("type") for child in case)
                print(case.tag, repr(case.get("name")), case.get("line"), inside)
        """

    private func seen(_ xml: String, in folder: TemporaryFolder) throws -> [String] {
        try folder.write(Self.script, to: "read.py")
        try folder.write(xml, to: "report.xml")
        let result = try ChildProcess.run(
            "/usr/bin/python3",
            [folder.path("read.py"), folder.path("report.xml")]
        )
        #expect(result.status == 0, "\(result.error)")
        return result.output.split(separator: "\n").map(String.init)
    }

    @Test("an XML parser sees every test, failure and error", .enabled(if: hasPython))
    func isWellFormed() throws {
        let fixture = try PolicyFixture(
            "methodwall: 1\npaths: { '/a&b': GET }\ntests:\n- GET /a&b -> forward\n"
                + "- GET /a&b?x=<\"'> -> forward\n- PUT /a&b -> 404\n- \"GET /é -> 400\"\n"
        )
        let lines = try seen(JUnitReport.xml(fixture.loadAll()), in: fixture.folder)
        #expect(
            lines == [
                "testsuites 4 1 0", "testsuite 4 1 0", "testcase 'GET /a&b -> forward' 4 ",
                "testcase 'GET /a&b?x=<\"\\'> -> forward' 5 ",
                "testcase 'PUT /a&b -> 404' 6 failure test-failed",
                "testcase 'GET /é -> 400' 7 ",
            ]
        )
    }

    @Test("files that cannot be loaded are errors", .enabled(if: hasPython))
    func reportsErrors() throws {
        let fixture = try PolicyFixture("methodwall: 1\npaths: { /a: \"<&]]>\\u0001\" }\n")
        try fixture.folder.write("methodwall: 1\nhosts: [a]\npaths: { /a: GET }\n", to: "a.yaml")
        let load = fixture.loadAll()
        let lines = try seen(JUnitReport.xml(load), in: fixture.folder)
        #expect(lines.first == "testsuites \(load.diagnostics.count) 0 \(load.diagnostics.count)")
        #expect(lines.dropFirst().first == "testsuite 0 0 0")
        #expect(lines.count { $0.hasPrefix("testcase '") && $0.contains("error ") } > 0)
    }

    /// A stage without Python cannot ask it; where the tests run there is one.
    private static var hasPython: Bool {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")
    }
}
