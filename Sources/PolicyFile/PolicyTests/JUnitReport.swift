import MethodPolicy

/// A load's tests and errors as JUnit XML, which continuous integration shows.
///
/// A suite is a policy file, a case is a test, and each error that is not a failed test is a case
/// of its own, so that a file that cannot be loaded does not look like one without tests.
public enum JUnitReport {
    /// The report of one load.
    ///
    /// - Parameters:
    ///   - load: What came of loading.
    ///   - diagnostics: Errors found outside the policies: in the configuration file.
    /// - Returns: An XML document.
    public static func xml(_ load: PolicyLoad, _ diagnostics: [Diagnostic] = []) -> String {
        var suites: [Suite] = []
        var places: [String: Int] = [:]
        func place(of file: String) -> Int {
            if let present = places[file] { return present }
            suites.append(Suite(name: file))
            places[file] = suites.count - 1
            return suites.count - 1
        }
        for file in load.files { _ = place(of: file) }
        for test in load.tests { suites[place(of: test.location.file)].tests.append(test) }
        let failed = Diagnostic.Code.testFailed.rawValue
        for error in diagnostics + load.diagnostics
        where error.severity == .error && error.code != failed {
            suites[place(of: error.location.file)].errors.append(error)
        }
        var xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"
        xml += attribute("name", "methodwall") + counts(suites) + ">\n"
        for suite in suites { write(suite, to: &xml) }
        return xml + "</testsuites>\n"
    }

    private struct Suite {
        var name: String
        var tests: [PolicyTestResult] = []
        var errors: [Diagnostic] = []
    }

    private static func counts(_ suites: [Suite]) -> String {
        let tests = suites.reduce(0) { $0 + $1.tests.count + $1.errors.count }
        let failures = suites.reduce(0) { $0 + $1.tests.count { !$0.passed } }
        let errors = suites.reduce(0) { $0 + $1.errors.count }
        return attribute("tests", "\(tests)") + attribute("failures", "\(failures)")
            + attribute("errors", "\(errors)")
    }

    private static func write(_ suite: Suite, to xml: inout String) {
        xml += "  <testsuite" + attribute("name", suite.name) + counts([suite]) + ">\n"
        for error in suite.errors {
            open(error.code, "load", suite.name, error.location.line, to: &xml)
            xml += ">\n      <error" + attribute("type", error.code)
            xml += attribute("message", error.message) + ">" + escaped(error.rendered())
            xml += "</error>\n    </testcase>\n"
        }
        for test in suite.tests {
            open(test.text, test.policy, suite.name, test.location.line, to: &xml)
            guard !test.passed else {
                xml += "/>\n"
                continue
            }
            let text = "\(test.location)\n\(test.message)"
            xml += ">\n      <failure" + attribute("type", Diagnostic.Code.testFailed.rawValue)
            xml += attribute("message", test.message) + ">" + escaped(text)
            xml += "</failure>\n    </testcase>\n"
        }
        xml += "  </testsuite>\n"
    }

    private static func open(
        _ name: String,
        _ kind: String,
        _ file: String,
        _ line: Int,
        to xml: inout String
    ) {
        xml += "    <testcase" + attribute("name", name) + attribute("classname", kind)
        xml += attribute("file", file)
        if line > 0 { xml += attribute("line", "\(line)") }
    }

    private static func attribute(_ name: String, _ value: String) -> String {
        " \(name)=\"" + escaped(value) + "\""
    }

    /// The text with what XML 1.0 reads as markup escaped, and what it cannot hold replaced
    /// (section 2.2).
    private static func escaped(_ text: String) -> String {
        var output = ""
        output.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x26: output += "&amp;"
            case 0x3C: output += "&lt;"
            case 0x3E: output += "&gt;"
            case 0x22: output += "&quot;"
            case 0x27: output += "&apos;"
            // As they are, attributes would turn them into spaces.
            case 0x09, 0x0A, 0x0D: output += "&#\(scalar.value);"
            case 0..<0x20, 0x7F...0x9F, 0xFFFE, 0xFFFF: output += "\u{FFFD}"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
