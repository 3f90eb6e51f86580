"""Lines of the refusal log, made up, and the requests that make a gateway write such lines.

The real gateway is held against this list: see checks_contract.py.
"""

BREW = {
    "methodwall.reason": "unknown_method", "http.response.status_code": 501,
    "methodwall.rule": None, "methodwall.rule_at": None, "methodwall.allow": None,
}


def refusal(method="DELETE", path="/users", **more):
    """A line as GET /refusals tells it; None leaves a key out."""
    line = {
        "timestamp": "2026-03-01T10:20:30.456Z", "methodwall.decision": "refused",
        "methodwall.reason": "method_not_allowed", "http.response.status_code": 405,
        "http.request.method": method, "url.path": path, "server.address": "shop.example.com",
        "network.protocol.version": "1.1", "client.address": "192.0.2.7", "client.port": 50222,
        "user_agent.original": "curl/7.88.1", "methodwall.policy": "shop", "methodwall.rule": "/users",
        "methodwall.rule_at": "policies/shop.yaml:10", "methodwall.allow": "GET, HEAD, POST, OPTIONS",
        "methodwall.policy_version": "v-1", "methodwall.request_id": "5f3a0c1b2d4e6f78",
    }
    line.update(more)
    return {key: value for key, value in line.items() if value is not None}


class Kind:
    """A kind of refusal: a request, the fields it has beside the usual, and what its line has."""

    def __init__(self, method, target, fields=(), times=1, **line):
        self.method = method
        self.target = target
        self.host = line.get("server.address", "shop.example.com")
        self.fields = fields
        # Identical attempts in quick succession become one line more, at the end of a second.
        self.times = times
        self.line = refusal(method, target.partition("?")[0][:2048], **line)

    def request(self):
        """The octets that bring it about."""
        fields = [f"Host: {self.host}", "User-Agent: curl/7.88.1", *self.fields]
        head = "\r\n".join([f"{self.method} {self.target} HTTP/1.1", *fields])
        before = f"{head}\r\n\r\n" * (self.times - 1)
        return f"{before}{head}\r\nConnection: close\r\n\r\n".encode()


KINDS = {
    "method": Kind("DELETE", "/users"),
    "repeated": Kind("PUT", "/users", times=4, **{"methodwall.repeated": 2}),
    "would refuse": Kind("DELETE", "/report/2026", **{
        "methodwall.decision": "would_refuse", "server.address": "stock.example.com",
        "methodwall.policy": "stock", "methodwall.rule": "/report/**",
        "methodwall.rule_at": "policies/stock.yaml:7", "methodwall.allow": "GET, HEAD, OPTIONS"}),
    "failed": Kind("GET", "/report/broken", **{
        "methodwall.decision": "failed", "methodwall.reason": "http_response_incomplete",
        "http.response.status_code": 502, "server.address": "stock.example.com",
        "methodwall.policy": "stock", "methodwall.rule": "/report/**",
        "methodwall.rule_at": "policies/stock.yaml:7", "methodwall.allow": None,
        "methodwall.upstream": "legacy", "methodwall.target": "http://127.0.0.1:8080",
        "user_agent.original": None}),
    "unknown method": Kind("BREW", "/coffee", **BREW),
    "claim": Kind("POST", "/users?_method=DELETE", ["Content-Length: 0"], **{
        "methodwall.reason": "override_not_allowed", "methodwall.effective_method": "DELETE",
        "methodwall.override_carrier": "query _method"}),
    "no rule": Kind("GET", "/nowhere", **BREW | {
        "methodwall.reason": "no_rule_for_path", "http.response.status_code": 404}),
    "client": Kind("DELETE", "/admin/1", **{
        "methodwall.reason": "client_not_allowed", "http.response.status_code": 403,
        "methodwall.rule": "/admin/**", "methodwall.rule_at": "policies/shop.yaml:15"}),
    "malformed": Kind("GET", "/users", ["Content-Length: 1", "Transfer-Encoding: chunked"], **BREW | {
        "methodwall.reason": "malformed_request", "http.response.status_code": 400,
        "methodwall.detail": "content_length_with_transfer_encoding", "methodwall.policy": None}),
    "cut": Kind("GET", f"/{'long/' * 500}", **BREW | {
        "methodwall.reason": "no_rule_for_path", "http.response.status_code": 404,
        "methodwall.truncated": ["url.path"]}),
}
