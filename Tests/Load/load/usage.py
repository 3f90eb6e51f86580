"""What a process uses, and whether it has become more."""
import collections
import contextlib
import dataclasses
import os
import re

_GROWTH_PARTS, _GROWTH_KIB = 1.2, 6 * 1024


@dataclasses.dataclass(frozen=True)
class Usage:
    """Resident memory, and open descriptors counted by what they are."""
    memory_kib: int
    descriptors: collections.Counter

    @classmethod
    def of(cls, pid):
        """What a process uses now."""
        with open(f"/proc/{pid}/status") as file:
            memory = int(re.search(r"^VmRSS:\s+(\d+) kB", file.read(), re.M).group(1))
        kinds = collections.Counter()
        for each in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):  # closed since it was listed
                kinds[re.sub(r":\[\d+\]$", "", os.readlink(f"/proc/{pid}/fd/{each}"))] += 1
        return cls(memory, kinds)

    @property
    def count(self):
        """How many descriptors there are."""
        return self.descriptors.total()

    def differences(self, base):
        """What there is more or less of than in `base`, in words."""
        kinds = sorted({*self.descriptors, *base.descriptors})
        changes = [(self.descriptors[kind] - base.descriptors[kind], kind) for kind in kinds]
        return ", ".join(f"{change:+d} {kind}" for change, kind in changes if change)


def faults(base, end):
    """What of `end` is more than it may be after `base`."""
    found = []
    if end.descriptors != base.descriptors:
        found.append(f"{end.count} descriptors, {base.count} before: {end.differences(base)}")
    bound = base.memory_kib * _GROWTH_PARTS + _GROWTH_KIB
    if end.memory_kib > bound:
        found.append(f"{end.memory_kib} KiB of memory, {base.memory_kib} before: more than "
                     f"{bound:.0f}")
    return found
