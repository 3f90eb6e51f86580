"""What strace and clients write is read right."""
import unittest

from .calls import names, sums
from .origin import message_length
from .scenarios import SCENARIOS

TRACE = """\
7 epoll_wait(4<anon_inode:[eventpoll]>, [], 64, 0) = 1
7 read(9<TCP:[127.0.0.1:1->127.0.0.1:2]>, ""..., 2048) = 48
7 read(9<TCP:[127.0.0.1:1->127.0.0.1:2]>, 0x7f, 2048) = -1 EAGAIN (Resource temporarily unavailable)
7 write(5<anon_inode:[eventfd]>, ""..., 8) = 8
7 recvfrom(9<TCP:[127.0.0.1:1->127.0.0.1:2]>,  <unfinished ...>
8 write(6</tmp/refused.log>, ""..., 300) = 300
7 <... recvfrom resumed>0x7f, 10, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)
8 futex(0x7f, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>
9 <... restart_syscall resumed>) = 0
7 --- SIGTERM {si_signo=SIGTERM} ---
"""


class ReadingTests(unittest.TestCase):
    def test_calls_of_a_trace(self):
        self.assertEqual(
            list(names(TRACE.splitlines(keepends=True))),
            ["epoll_wait", "read", "read EAGAIN", "write wake-up", "write", "recvfrom EAGAIN", "futex"])

    def test_each_call_is_in_one_sum(self):
        calls = {"read": 2, "read EAGAIN": 3, "recvfrom EAGAIN": 1, "write": 1, "write wake-up": 1,
                 "futex EAGAIN": 1, "epoll_wait": 1, "epoll_ctl": 5, "accept4 EAGAIN": 1, "close": 1}
        self.assertEqual(sums(calls), {"receives": 2, "sends": 1, "again": 4, "epoll_wait": 1,
                                       "epoll_ctl": 5, "wakeups": 2, "other": 2})

    def test_length_of_a_request(self):
        for scenario in SCENARIOS:
            request = scenario.request(1)
            self.assertEqual(message_length(request + request), len(request), scenario.name)
            for end in range(0, len(request), 97):
                self.assertIsNone(message_length(request[:end]), scenario.name)


if __name__ == "__main__":
    unittest.main()
