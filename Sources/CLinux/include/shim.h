// The Linux calls that Swift's Glibc module leaves out, in shapes that Swift can use safely:
// epoll's own event holds a union with a pointer in it.
#ifndef METHODWALL_CLINUX_SHIM_H
#define METHODWALL_CLINUX_SHIM_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

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

#endif
