// The Linux calls that Swift's Glibc module leaves out, in shapes that Swift can use safely:
// epoll's own event holds a union with a pointer in it.
#ifndef METHODWALL_CLINUX_SHIM_H
#define METHODWALL_CLINUX_SHIM_H

#include <linux/aio_abi.h>
#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const uint32_t clinux_in = EPOLLIN;
static const uint32_t clinux_out = EPOLLOUT;
static const uint32_t clinux_error = EPOLLERR;
static const uint32_t clinux_hangup = EPOLLHUP | EPOLLRDHUP;
static const uint32_t clinux_edge = EPOLLET;
static const uint32_t clinux_one_shot = EPOLLONESHOT;

struct clinux_event {
    uint64_t key;
    uint32_t mask;
};

static inline int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

// Here because `struct stat` comes to Swift from more than one module once Foundation is linked.
static inline int clinux_is_regular_file(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

// What tells one state of a file from another; all zero for one that is not there.
struct clinux_stamp {
    uint64_t device, inode;
    int64_t bytes, modified_nanoseconds;
};

static inline struct clinux_stamp clinux_stamp(const char *path) {
    struct stat status;
    struct clinux_stamp stamp = {0, 0, 0, 0};
    if (stat(path, &status) != 0) return stamp;
    stamp.device = status.st_dev;
    stamp.inode = status.st_ino;
    stamp.bytes = status.st_size;
    stamp.modified_nanoseconds =
        (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
    return stamp;
}

static inline int clinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline int clinux_epoll_add(int epoll, int descriptor, uint32_t mask, uint64_t key) {
    struct epoll_event event = {.events = mask, .data = {.u64 = key}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

static inline int clinux_epoll_modify(int epoll, int descriptor, uint32_t mask, uint64_t key) {
    struct epoll_event event = {.events = mask, .data = {.u64 = key}};
    return epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event);
}

static inline int clinux_epoll_remove(int epoll, int descriptor) {
    return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, 0);
}

// At most 128 events; the number of them, or -1.
static inline int clinux_epoll_wait(
    int epoll, struct clinux_event *events, int capacity, int timeout_milliseconds
) {
    struct epoll_event found[128];
    int count = epoll_wait(epoll, found, capacity < 128 ? capacity : 128, timeout_milliseconds);
    for (int index = 0; index < count; index++) {
        events[index].key = found[index].data.u64;
        events[index].mask = found[index].events;
    }
    return count;
}

// Linux's asynchronous I/O (io_setup(2), io_submit(2)), for one thing: that the kernel itself writes
// to an eventfd when a descriptor becomes readable (IOCB_CMD_POLL with IOCB_FLAG_RESFD).

// The context, or 0.
static inline uint64_t clinux_aio_setup(void) {
    aio_context_t context = 0;
    return syscall(SYS_io_setup, 2, &context) == 0 ? context : 0;
}

static inline void clinux_aio_destroy(uint64_t context) { syscall(SYS_io_destroy, context); }

// Has `event` written once when `descriptor` is readable, at once if it is already; 0, or -1.
static inline int clinux_aio_poll(uint64_t context, int descriptor, int event) {
    struct iocb request = {
        .aio_lio_opcode = IOCB_CMD_POLL,
        .aio_fildes = (uint32_t)descriptor,
        .aio_buf = POLLIN,
        .aio_flags = IOCB_FLAG_RESFD,
        .aio_resfd = (uint32_t)event,
    };
    struct iocb *requests[1] = {&request};
    return syscall(SYS_io_submit, context, 1, requests) == 1 ? 0 : -1;
}

// Takes the completions off the context's ring, which the kernel shares with the process, so that
// there is room for the next one; nothing has to be known of them.
static inline void clinux_aio_reap(uint64_t context) {
    struct ring {
        uint32_t id, number, head, tail, magic, compatible, incompatible, length;
    } *ring = (struct ring *)(uintptr_t)context;
    if (ring->magic == 0xa10a10a1 && ring->incompatible == 0) {
        uint32_t tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
        __atomic_store_n(&ring->head, tail, __ATOMIC_RELEASE);
    } else {
        struct io_event events[4];
        syscall(SYS_io_getevents, context, 0, 4, events, 0);
    }
}

#endif
