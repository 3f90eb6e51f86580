"""What came of a run, in words and figures."""

_SHOWN_MAX = 30


def text(run, seconds):
    """The report of a run that took so long."""
    tally = run.tally
    lines = [f"{'answered as it should be':<60}{'':>8}"]
    lines += [f"  {who:<58}{count:>8}" for who, count in sorted(tally.answered.items())]
    lines += [f"  {'all together, by origin: ' + _origins(tally):<58}{tally.answered.total():>8}"]
    lines += ["left to the client to put right"]
    lines += [f"  {why:<68}{count:>8}" for why, count in sorted(tally.excused.items())]
    lines += ["meanwhile"]
    lines += [f"  {fact}" for fact in run.facts]
    lines += [f"{'used when idle':<44}{'memory':>12}{'descriptors':>14}"]
    lines += [f"  {when:<42}{usage.memory_kib / 1024:>8.1f} MiB{usage.count:>14}"
              for when, usage in run.usages]
    lines += [f"failed: {len(tally.failures)}"]
    lines += [f"  {failure}" for failure in tally.failures[:_SHOWN_MAX]]
    if len(tally.failures) > _SHOWN_MAX:
        lines.append(f"  and {len(tally.failures) - _SHOWN_MAX} more")
    logged = run.failed_lines() if tally.failures else []
    if logged:
        lines.append(f"logged as failed: {len(logged)}")
        lines += [f"  {line}" for line in logged[:_SHOWN_MAX]]
    lines.append(f"{'FAILED' if tally.failures else 'passed'} after {seconds:.0f} s")
    return "\n".join(line.rstrip() for line in lines)


def _origins(tally):
    return ", ".join(f"{name} {count}" for name, count in sorted(tally.origins.items()))
