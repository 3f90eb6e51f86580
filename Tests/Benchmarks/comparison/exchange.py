"""One request and its response, for checks and probes that need no speed."""
import http.client
from dataclasses import dataclass, field


@dataclass
class Response:
    """What came back; field names in small letters."""
    status: int
    fields: dict
    content: bytes


@dataclass
class Probe:
    """A request, and what a right answer to it looks like.

    `allow` and `fields` are what the response's fields have to be; `length` is how long its content has to
    be, `holds` is a test of the content.
    """
    method: str
    path: str
    status: tuple
    headers: dict = field(default_factory=dict)
    body: object = None
    allow: str = None
    fields: dict = field(default_factory=dict)
    length: int = None
    holds: object = None


def ask(port, method, path, headers=None, body=None, chunked=False, seconds=10):
    """Sends a request on a new connection and returns the Response."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request(method, path, body=body, headers=headers or {}, encode_chunked=chunked)
        response = connection.getresponse()
        content = response.read()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, named, content)
    finally:
        connection.close()


def what_is_wrong(port, probe):
    """Why the answer to the probe is not right; None if it is."""
    chunked = not isinstance(probe.body, (bytes, type(None)))
    body = iter(probe.body) if chunked else probe.body
    headers = {**probe.headers, **({"Transfer-Encoding": "chunked"} if chunked else {})}
    try:
        response = ask(port, probe.method, probe.path, headers, body, chunked)
    except (OSError, http.client.HTTPException) as error:
        return f"{probe.method} {probe.path}: {error!r}"
    problem = _difference(response, probe)
    return f"{probe.method} {probe.path}: {problem}" if problem else None


def _difference(response, probe):
    if response.status not in probe.status:
        return f"status {response.status} instead of {' or '.join(map(str, probe.status))}"
    if probe.allow is not None and _members(response.fields.get("allow")) != _members(probe.allow):
        return f"Allow: {response.fields.get('allow')} instead of {probe.allow}"
    for name, value in probe.fields.items():
        if not _members(value) <= _members(response.fields.get(name)):
            return f"{name}: {response.fields.get(name)} instead of {value}"
    if probe.length is not None and len(response.content) != probe.length:
        return f"{len(response.content)} octets of content instead of {probe.length}"
    if probe.holds and not probe.holds(response.content):
        return f"wrong content: {response.content[:60]!r}"
    return None


def _members(value):
    return {member.strip().lower() for member in (value or "").split(",") if member.strip()}
