"""Tests of what is held against a process that uses more than before."""
import collections
import os
import unittest

from load.usage import Usage, faults


def _usage(memory_kib, **descriptors):
    return Usage(memory_kib, collections.Counter(descriptors))


class UsageTests(unittest.TestCase):
    """Growth is noticed, and nothing else is."""

    def test_same(self):
        self.assertEqual(faults(_usage(20_000, socket=4), _usage(30_000, socket=4)), [])

    def test_memory(self):
        found = faults(_usage(20_000, socket=4), _usage(30_200, socket=4))
        self.assertEqual(found, ["30200 KiB of memory, 20000 before: more than 30144"])

    def test_descriptors(self):
        found = faults(_usage(20_000, socket=4, pipe=1), _usage(20_000, socket=6))
        self.assertEqual(found, ["6 descriptors, 5 before: -1 pipe, +2 socket"])

    def test_own_process(self):
        before = Usage.of(os.getpid())
        read, write = os.pipe()
        after = Usage.of(os.getpid())
        os.close(read)
        os.close(write)
        self.assertGreater(before.memory_kib, 1000)
        self.assertEqual(after.differences(before), "+2 pipe")


if __name__ == "__main__":
    unittest.main()
