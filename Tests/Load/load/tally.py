"""What came of the requests."""
import collections
import dataclasses
import time


@dataclasses.dataclass(frozen=True)
class Failure:
    """Something that should not have happened, and when: seconds since the start."""
    seconds: float
    who: str
    what: str

    def __str__(self):
        return f"{self.seconds:8.3f} s  {self.who}: {self.what}"


class Tally:
    """Counts what went well, what a client has to put up with, and keeps what failed."""

    def __init__(self):
        self._begun = time.monotonic()
        self.answered = collections.Counter()
        self.excused = collections.Counter()
        self.origins = collections.Counter()
        self.failures = []

    def answer(self, who, response=None):
        """A request was answered as it should be."""
        self.answered[who] += 1
        origin = response.field("x-origin") if response else None
        if origin:
            self.origins[origin] += 1

    def excuse(self, why):
        """What HTTP leaves to the client to put right."""
        self.excused[why] += 1

    def fail(self, who, what):
        """A request or an expectation failed."""
        self.failures.append(Failure(time.monotonic() - self._begun, who, what))
