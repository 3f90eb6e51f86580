// For valgrind only. Its sigsuspend takes signals out of the caller's mask in place, and libdispatch
// keeps that mask in read-only memory, so that valgrind ends with a segmentation fault. Preloaded, this
// one hands over a copy.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    return (int)syscall(SYS_rt_sigsuspend, &copy, 8);  // 8: the octets of the kernel's sigset_t
}
