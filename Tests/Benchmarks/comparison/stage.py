"""What every measurement needs: the proxies, the origin, the cores and how long to go on."""
from dataclasses import dataclass


@dataclass
class Stage:
    """`core` is the proxies', `load_core` that of the origin and the loads.

    `seconds` is the length of a load and `runs` how many rounds there are; `files` is how many files a
    process may open.
    """
    peers: list
    origin: object
    core: int
    load_core: int
    runs: int
    seconds: float
    folder: str
    files: int

    def say(self, text):
        """Tells what is going on while it is going on."""
        print(text, flush=True)
