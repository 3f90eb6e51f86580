import Testing

/// Every parser against its oracle, for a few seconds each.
///
/// `Fuzzer` says how to run them longer; `Tests/Fuzzing` runs the same targets under libFuzzer.
@Suite("Fuzz", .serialized, .timeLimit(.minutes(60)))
struct ParserFuzzTests {
    @Test("R-13, R-30 to R-43, B-14, B-50: requests, mutated, against NIOHTTP1")
    func requestsAreReadAsNIODoes() throws {
        var fuzzer = Fuzzer(RequestHeadTarget())
        try fuzzer.run()
    }

    @Test("B-20 to B-27, B-34 to B-36: paths, mutated, against decoding and encoding by definition")
    func pathsAreReadByDefinition() throws {
        var fuzzer = Fuzzer(CanonicalPathTarget())
        try fuzzer.run()
    }

    @Test("R-39, B-52: content, mutated and split, against NIOHTTP1 and a naive decoder")
    func contentIsReadAsByOthers() throws {
        var fuzzer = Fuzzer(BodyTarget())
        try fuzzer.run()
    }

    @Test("B-04: what PHP, Rack or Werkzeug would take for an override is found or refused")
    func overridesAreFoundOrRefused() throws {
        var fuzzer = Fuzzer(FormTarget())
        try fuzzer.run()
    }

    @Test("R-40, B-57: responses, mutated, against NIOHTTP1")
    func responsesAreReadAsNIODoes() throws {
        var fuzzer = Fuzzer(ResponseHeadTarget())
        try fuzzer.run()
    }
}
