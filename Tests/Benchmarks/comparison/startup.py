"""How long a proxy takes from its start to its first right answer."""
from measuring.process import NotReady
from comparison.rows import Row, from_runs
from comparison.site import PLAIN

STARTS = 3  # a run


def measure(stage):
    """One row: milliseconds from exec to the first forwarded answer, six rules."""
    row = Row("startup", "start to first answer", "ms")
    runs = []
    for _ in range(STARTS * stage.runs):
        run = {}
        for peer in stage.peers:
            try:
                with peer.start(PLAIN, stage.origin.port, stage.core) as here:
                    run[peer.name] = here.start_seconds * 1000
            except NotReady as error:
                row.missing[peer.name] = f"FAILED: {error}"
                stage.say(f"  {peer.name} FAILED: {error}")
        runs.append(run)
    return [from_runs(row, runs)]
