"""The requests that clients make, and what has to come of each."""
import dataclasses
import hashlib
import random

ALLOW_FILES = "GET, HEAD, OPTIONS"
ALLOW_UPLOAD = "POST, PUT, OPTIONS"
ALLOW_CHANGING = ("GET, HEAD, OPTIONS", "GET, HEAD, POST, OPTIONS")
FILE_SIZES = (0, 17, 1024, 4096, 15_000)  # the answers of origins that are killed fit into one write
LARGE_SIZES = (300_000, 1_000_000)
UPLOAD_SIZES = (1, 900, 20_000, 200_000)
_IDEMPOTENT = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}


def octets(size, seed):
    """Octets that look random and are always the same."""
    return random.Random(f"{seed}/{size}").randbytes(size)


def file_content(size):
    """The content of /files/SIZE."""
    return octets(size, "file")


def large_content(size):
    """The content of /large/SIZE."""
    return octets(size, "large")


def digest(content):
    """What content is compared by."""
    return hashlib.sha256(content).hexdigest()


@dataclasses.dataclass(frozen=True)
class Step:
    """A request and its answer. None stands for what is not looked at."""
    method: str
    path: str
    status: int
    content: bytes | None = None
    is_chunked: bool = False
    length: int | None = None
    digest: str | None = None
    allow: tuple | None = None

    def __str__(self):
        size = "" if self.content is None else f" with {len(self.content)} octets"
        return f"{self.method} {self.path}{size}"

    @property
    def is_repeatable(self):
        """Whether a client may make it again when it cannot tell what became of it."""
        return self.content is None and self.method in _IDEMPOTENT

    def fault(self, response):
        """What is wrong with the response; None if nothing is."""
        if response.status != self.status:
            via = response.field("proxy-status") or ""
            return f"status {response.status} instead of {self.status} {via}".rstrip()
        if self.allow is not None and response.field("allow") not in self.allow:
            return f"Allow is {response.field('allow')!r}, not one of {self.allow}"
        has_content = self.method != "HEAD"
        if self.length is not None:
            said = response.field("content-length")
            if said is not None and int(said) != self.length:
                return f"Content-Length {said} instead of {self.length}"
            if has_content and len(response.content) != self.length:
                return f"{len(response.content)} octets instead of {self.length}"
        if not has_content and response.content:
            return f"{len(response.content)} octets behind the answer to {self.method}"
        if self.digest is not None and has_content and digest(response.content) != self.digest:
            return f"the digest of {len(response.content)} octets differs"
        return None


def _file(method, size):
    content = file_content(size)
    return Step(method, f"/files/{size}", 200, length=size, digest=digest(content))


def _large(size, path):
    return Step("GET", f"/{path}/{size}", 200, length=size, digest=digest(large_content(size)))


def _upload(method, size, is_chunked):
    content = octets(size, "upload")
    answer = f"{digest(content)} {size}\n".encode()
    return Step(method, "/upload/content", 200, content, is_chunked, len(answer), digest(answer))


def _refused(method, path, allow, content=None):
    return Step(method, path, 405, content, allow=allow)


# Steps of about the same cost, and how often they are made.
_MIX = (
    (50, [_file("GET", size) for size in FILE_SIZES]),
    (6, [_file("HEAD", size) for size in FILE_SIZES]),
    (6, [Step("DELETE", "/items/7", 204)]),
    (3, [_large(size, path) for size in LARGE_SIZES for path in ("large", "pieces")]),
    (15, [_upload(method, size, is_chunked) for method in ("POST", "PUT") for size in UPLOAD_SIZES
          for is_chunked in (False, True)]),
    (4, [Step("OPTIONS", "/files/17", 204, allow=(ALLOW_FILES,))]),
    (4, [Step("GET", "/nowhere", 404)]),
    (12, [_refused("DELETE", "/files/17", (ALLOW_FILES,)),
          _refused("PATCH", "/files/17", (ALLOW_FILES,), octets(2000, "refused")),
          _refused("GET", "/upload/content", (ALLOW_UPLOAD,)),
          _refused("PUT", "/changing", ALLOW_CHANGING, b"x")]),
)
_STEPS = [steps for _, steps in _MIX]
_WEIGHTS = [weight for weight, _ in _MIX]

CHANGING = _refused("PUT", "/changing", None)


def steps(seed):
    """Steps without end, the same ones for the same seed."""
    chance = random.Random(seed)
    while True:
        yield chance.choice(chance.choices(_STEPS, _WEIGHTS)[0])
