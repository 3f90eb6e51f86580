"""What the clients of all versions of HTTP have in common."""
import dataclasses

NAME = "load.test"  # the host that is asked for, and that certificates are for


class Broken(Exception):
    """A connection ended before the response did.

    `was_silent`: before its first octet.
    """

    def __init__(self, what, was_silent):
        super().__init__(what)
        self.was_silent = was_silent


@dataclasses.dataclass
class Response:
    """A response; the names of fields are in lower case."""
    status: int
    fields: list
    content: bytes = b""

    def field(self, name):
        """The field's value, of several the first; None without it."""
        return next((value for known, value in self.fields if known == name), None)
