// SPDX-License-Identifier: Apache-2.0
// cutter.h - a TCP relay on 127.0.0.1 that cuts its connections, one after
// another, each after so many bytes of both directions together.
#ifndef TD_TESTS_NODE_CUTTER_H
#define TD_TESTS_NODE_CUTTER_H

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "node/node_help.h"

enum { CUTS_MAX = 16 };

struct cutter {
    int fd;
    struct sockaddr_in here, to;
    pthread_t thread;
    atomic_bool stop;
    size_t cut[CUTS_MAX]; // of connection i; those behind the last run freely
    size_t cuts;
    bool reset;           // RST instead of FIN
    bool last;            // after the last cut nobody is there any more
    atomic_size_t served; // connections so far
    atomic_size_t bytes;  // of all
};

static inline struct sockaddr_in
loopback(uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET};

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in.sin_port = htons(port);
    return in;
}

// A listening socket at a port the system picks, told in `*at`.
static inline int
listen_here(struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof(*at);

    *at = loopback(0);
    assert_true(fd >= 0);
    assert_int_equal(0, bind(fd, (struct sockaddr *)at, sizeof(*at)));
    assert_int_equal(0, listen(fd, 16));
    assert_int_equal(0, getsockname(fd, (struct sockaddr *)at, &len));
    return fd;
}

static inline uint16_t
port_of(const char *address)
{
    return (uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10);
}

// The device of `address` at another port.
static inline void
address_at(const char *address, const struct sockaddr_in *at, char out[192])
{
    (void)snprintf(out, 192, "tcp://127.0.0.1:%u%s",
        (unsigned)ntohs(at->sin_port), strchr(address, '#'));
}

// Up to `left` bytes from one side to the other; 0 = closed.
static inline ssize_t
relay(int from, int to, size_t left)
{
    uint8_t chunk[4096];
    ssize_t n = recv(
        from, chunk, left < sizeof(chunk) ? left : sizeof(chunk), MSG_DONTWAIT);
    ssize_t sent = 0;

    while (sent < n) {
        ssize_t k = send(to, chunk + sent, (size_t)(n - sent), MSG_NOSIGNAL);

        if (k <= 0) {
            return 0;
        }
        sent += k;
    }
    return n;
}

static inline void
cutter_serve(struct cutter *c, int a, int b, size_t left)
{
    while (left > 0 && !atomic_load(&c->stop)) {
        struct pollfd p[2] = {{a, POLLIN, 0}, {b, POLLIN, 0}};

        if (poll(p, 2, 20) <= 0) {
            continue;
        }
        for (int i = 0; i < 2 && left > 0; i++) {
            ssize_t n;

            if (p[i].revents == 0) {
                continue;
            }
            n = relay(p[i].fd, p[1 - i].fd, left);
            if (n <= 0) {
                return;
            }
            left -= (size_t)n;
            atomic_fetch_add(&c->bytes, (size_t)n);
        }
    }
}

static inline void
drop(int fd, bool reset)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    if (reset) {
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    }
    (void)close(fd);
}

static inline void *
cutter_run(void *arg)
{
    struct cutter *c = arg;

    while (!atomic_load(&c->stop)) {
        struct pollfd p = {c->fd, POLLIN, 0};
        size_t i = atomic_load(&c->served);
        int a, b;

        if (c->last && i == c->cuts && c->fd >= 0) {
            (void)close(c->fd);
            c->fd = -1;
        }
        if (c->fd < 0) {
            (void)poll(NULL, 0, 20);
            continue;
        }
        if (poll(&p, 1, 20) <= 0) {
            continue;
        }
        a = accept(c->fd, NULL, NULL);
        b = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        atomic_fetch_add(&c->served, 1);
        if (a >= 0 && b >= 0 &&
            connect(b, (struct sockaddr *)&c->to, sizeof(c->to)) == 0) {
            cutter_serve(c, a, b, i < c->cuts ? c->cut[i] : SIZE_MAX);
        }
        drop(a, c->reset);
        drop(b, c->reset);
    }
    return NULL;
}

// Set cut, cuts, reset, last before.
static inline void
cutter_open(struct cutter *c, const char *address)
{
    c->to = loopback(port_of(address));
    c->fd = listen_here(&c->here);
    atomic_init(&c->stop, false);
    atomic_init(&c->served, 0);
    atomic_init(&c->bytes, 0);
    assert_int_equal(0, pthread_create(&c->thread, NULL, cutter_run, c));
}

static inline void
cutter_close(struct cutter *c)
{
    atomic_store(&c->stop, true);
    assert_int_equal(0, pthread_join(c->thread, NULL));
    if (c->fd >= 0) {
        (void)close(c->fd);
    }
}

#endif
