"""The policy that every proxy gets, told without any proxy's language."""
from dataclasses import dataclass

CORS_ORIGIN = "https://app.example.com"
CORS_MAX_AGE = 600  # seconds that a browser may remember a preflight


@dataclass(frozen=True)
class Rule:
    """Which methods a path accepts.

    `kind` says what `path` stands for: `exact` for itself, `under` for everything below (it ends in a
    slash), `number` for itself and one segment of digits (it ends in a slash as well).
    """
    path: str
    methods: tuple
    kind: str = "exact"
    cors: bool = False

    @property
    def forwarded(self):
        """Methods that reach the service."""
        return [each for method in self.methods
                for each in ((method, "HEAD") if method == "GET" else (method,))]

    @property
    def allow(self):
        """The value of Allow: OPTIONS is answered by the proxy, so it is accepted as well."""
        return ", ".join([*self.forwarded, "OPTIONS"])


@dataclass(frozen=True)
class Site:
    """Rules, and whether bodies are to stream through instead of being buffered first."""
    rules: tuple
    streaming: bool = False

    @property
    def is_large(self):
        """Whether nobody would write the rules one by one any more, but generate tables."""
        return len(self.rules) > 1000


STATUS = Rule("/status", ("GET",))

RULES = (
    STATUS,
    Rule("/users", ("GET", "POST"), cors=True),
    Rule("/users/", ("GET", "PUT", "PATCH", "DELETE"), "number", cors=True),
    Rule("/files/", ("GET",), "under"),
    Rule("/upload", ("POST",)),
    Rule("/chunked", ("POST",)),
)

PLAIN = Site(RULES)
STREAMING = Site(RULES, streaming=True)

METHODS = (("GET",), ("GET", "POST"), ("GET", "PATCH"), ("GET", "POST", "DELETE"))


def numbered_path(number):
    """The path of one of many rules."""
    return f"/service{number // 100:03d}/resource{number % 100:02d}"


def many_rules(count):
    """A site with /status and `count` exact paths, none of which accepts PUT."""
    return Site((STATUS, *(Rule(numbered_path(number), METHODS[number % len(METHODS)])
                           for number in range(count))))


def changing(count, accepts_post):
    """A site of many rules in which /changing accepts POST, or does not."""
    rule = Rule("/changing", ("GET", "POST") if accepts_post else ("GET",))
    return Site((rule, *many_rules(count).rules))
