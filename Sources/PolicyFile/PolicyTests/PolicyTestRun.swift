import HTTPMessage
import Judgement
import MethodPolicy

/// Runs the tests of policy files by the code that judges requests.
struct PolicyTestRun: ~Copyable {
    private let policies: JudgedPolicies
    private var judge = RequestJudge()
    private var policy: CompiledPolicy?
    /// A host that the policy serves.
    private var host = "localhost"

    init(_ snapshot: PolicySnapshot) {
        policies = JudgedPolicies(snapshot)
    }

    /// Says whose tests come next.
    mutating func begin(_ policy: CompiledPolicy) {
        self.policy = policy
        host = Self.host(servedBy: policy, in: policies.snapshot)
    }

    /// Runs one test of the policy that was begun.
    mutating func result(of test: PolicyTest) -> PolicyTestResult {
        let outcome = outcome(of: test.request)
        return PolicyTestResult(
            text: test.text,
            location: test.location,
            policy: policy?.name ?? "",
            outcome: outcome.description,
            passed: outcome.contradiction(of: test.expectation) == nil,
            rule: outcome.rule?.location
        )
    }

    private mutating func outcome(of request: TestRequest) -> TestOutcome {
        let octets = request.head(host: request.host ?? host)
        let bytes = octets.span
        var head = RequestHead()
        switch head.parse(bytes, limits: MessageLimits()) {
        case .malformed(let fault): return TestOutcome(fault)
        case .incomplete: return TestOutcome(MessageFault(.invalidRequestLine))
        case .complete: break
        }
        let judgement = judge.judge(
            head,
            bytes,
            by: policies,
            client: Client(address: request.address)
        )
        return TestOutcome(judgement, of: request, upstreams: policies.snapshot.upstreams)
    }

    /// The policy's first exact host, else one made from its first wildcard, else `localhost`: one
    /// that no other policy takes from it.
    private static func host(servedBy policy: CompiledPolicy, in snapshot: PolicySnapshot) -> String
    {
        if let exact = policy.hosts.first(where: { !$0.hasPrefix("*") }) { return exact }
        let ending = policy.hosts.first.map { String($0.dropFirst()) }
        var candidate = ending.map { "host" + $0 } ?? "localhost"
        // Another file may name one host below the wildcard, but not all of these.
        for number in 1...1_000 {
            let octets = Array(candidate.utf8)
            if snapshot.policy(forHost: octets.span) === policy { break }
            candidate = "host-\(number)" + (ending ?? ".localhost")
        }
        return candidate
    }
}
