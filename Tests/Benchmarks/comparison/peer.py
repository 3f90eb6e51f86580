"""What all proxies have in common: they get a site, are started, answer, and are told to reload."""
import http.client
import os
import tempfile
import time

from measuring.process import Server, free_port
from comparison import binaries
from comparison.exchange import ask

START_SECONDS = 60  # how long a proxy may take until it answers


class Cannot(Exception):
    """A proxy cannot do what a scenario asks for; the text says why."""


class Peer:
    """A proxy. Subclasses write its configuration and say how it is started and reloaded."""

    name = ""
    refusal = (405,)  # the status of a method that is refused
    lacks = {}  # what it cannot do: the name of an ability, and why
    environment = {}  # what is added to its environment

    def __init__(self):
        self.program = binaries.find(self.name)

    def version(self):
        """Its version's number."""
        return binaries.version(self.name, self.program)

    def write(self, folder, site, port, origin):
        """Writes the configuration for `site` to `folder`."""
        raise NotImplementedError

    def command(self, folder, port):
        """The command that starts it in the foreground with the configuration in `folder`."""
        raise NotImplementedError

    def start(self, site, origin, core):
        """Starts it on the core and returns it Running once it answers."""
        folder = tempfile.TemporaryDirectory(prefix=f"compare-{self.name}-")
        port = free_port()
        self.write(folder.name, site, port, origin)
        began = time.monotonic()
        server = self.launch(folder.name, site, port, origin, core)
        return Running(self, server, port, folder, began, origin)

    def launch(self, folder, site, port, origin, core):
        """The Server, started."""
        return Server(self.command(folder, port), core, f"{folder}/output.log", self.environment,
                      folder)

    def reload(self, running, site):
        """Puts the new site in force, as its users would."""
        raise Cannot("no reload")

    def replace(self, running, site):
        """Writes the configuration anew while it runs."""
        self.write(running.folder, site, running.port, running.origin)


class Running:
    """A proxy that runs and answers. `start_seconds` is how long that took."""

    def __init__(self, peer, server, port, folder, began, origin):
        self.peer, self.server, self.port, self.origin = peer, server, port, origin
        self.folder, self._temporary = folder.name, folder
        try:
            server.wait_for(self._answers, START_SECONDS, "its first right answer")
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.monotonic() - began

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends it and removes its files."""
        self.server.stop()
        self._temporary.cleanup()

    def _answers(self):
        try:
            return ask(self.port, "GET", "/status", seconds=2).status == 200
        except (OSError, http.client.HTTPException):
            return False


def write_file(path, text):
    """Replaces a file by renaming, so that nobody who watches it reads half of it."""
    with open(path + ".new", "w") as file:
        file.write(text)
    os.replace(path + ".new", path)
