// SPDX-License-Identifier: Apache-2.0
// guests.c - connections over which nobody has been heard yet.
#include "node/guests.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fail.h"

// false: no TCP connection any more.
static bool
peer_of(int fd, struct td_guest *out)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } peer;
    socklen_t len = sizeof(peer);

    memset(&peer, 0, sizeof(peer));
    memset(out, 0, sizeof(*out));
    out->fd = fd;
    if (getpeername(fd, &peer.any, &len) != 0) {
        return false;
    }
    if (peer.any.sa_family == AF_INET) {
        out->address[10] = out->address[11] = 0xff;
        memcpy(out->address + 12, &peer.in.sin_addr, 4);
        out->port = peer.in.sin_port;
        return true;
    }
    if (peer.any.sa_family == AF_INET6) {
        memcpy(out->address, &peer.in6.sin6_addr, 16);
        out->port = peer.in6.sin6_port;
        return true;
    }
    return false;
}

static bool
same_address(const struct td_guest *a, const struct td_guest *b)
{
    return memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

static void
forget(struct td_guests *g, size_t i)
{
    g->count--;
    memmove(&g->at[i], &g->at[i + 1], (g->count - i) * sizeof(g->at[0]));
}

static void
send_away(struct td_guests *g, size_t i)
{
    struct td_guest now;

    if (peer_of(g->at[i].fd, &now) && same_address(&now, &g->at[i]) &&
        now.port == g->at[i].port && shutdown(now.fd, SHUT_RDWR) == 0) {
        g->sent_away++;
    }
    forget(g, i);
}

void
td_guests_come(struct td_guests *g, int fd)
{
    struct td_guest guest;
    size_t oldest = 0, neighbours = 0;

    td_guests_go(g, fd); // its end was missed
    if (!peer_of(fd, &guest)) {
        return;
    }
    for (size_t i = g->count; i > 0; i--) {
        if (same_address(&g->at[i - 1], &guest)) {
            neighbours++;
            oldest = i - 1;
        }
    }
    if (neighbours >= TD_GUESTS_PER_ADDRESS) {
        send_away(g, oldest);
    } else if (g->count == TD_GUESTS_MAX) {
        send_away(g, 0);
    }
    TD_ASSERT(g->count < TD_GUESTS_MAX);
    g->at[g->count++] = guest;
}

void
td_guests_go(struct td_guests *g, int fd)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->at[i].fd == fd) {
            forget(g, i);
            return;
        }
    }
}
