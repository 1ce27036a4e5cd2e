// SPDX-License-Identifier: Apache-2.0
// beacon.h - what a node says of itself: by UDP, now and then, where it
// listens, sealed for members (beacon_message.h). Who hears it: neighbour.h.
#ifndef TD_NODE_BEACON_H
#define TD_NODE_BEACON_H

#include <netinet/in.h>

#include "tandem/node.h"

struct ifaddrs;

enum {
    TD_BEACON_EVERY_MS = 1000,
    TD_BEACON_WAYS = 16 // interfaces it is said on
};

struct td_beacon {
    uint32_t every_ms;     // 0: it says nothing
    struct sockaddr_in to; // sin_port 0: to every network it listens in
    uint64_t say_ms;       // not before
    int fd;                // -1: not open
};

void td_beacon_init(struct td_beacon *b);
void td_beacon_close(struct td_beacon *b); // the next turn opens again
void td_beacon_turn(struct tandem_node *n, uint64_t now);
uint64_t td_beacon_due(const struct td_beacon *b); // UINT64_MAX: never
// Where to say it on that interface, listening at `host`. false: not there.
bool td_beacon_way(
    const struct ifaddrs *i, struct in_addr host, struct sockaddr_in *to);

#endif
