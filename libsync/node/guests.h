// SPDX-License-Identifier: Apache-2.0
// guests.h - connections of a bound line over which nobody has been heard yet:
// in all and from one address only so many at once. Beyond that the oldest is
// sent away: an honest handshake takes milliseconds, who only sits there is
// the oldest soon.
//
// (1) A socket is libzmq's; its number may be another's by the time we act on
//     it. It is shut down only while its peer is the one that came, and never
//     duplicated nor closed: what is no socket by then takes no harm (closing
//     a duplicate would take the record locks of a file, LMDB's for one, away).
//     Between look and deed a number may still become another connection's,
//     within a microsecond: that one breaks, and whoever owns it dials again.
#ifndef TD_NODE_GUESTS_H
#define TD_NODE_GUESTS_H

#include <stddef.h>
#include <stdint.h>

enum { TD_GUESTS_MAX = 128, TD_GUESTS_PER_ADDRESS = 32 };

struct td_guest {
    int fd;
    uint8_t address[16]; // IPv6, or IPv4 as ::ffff:...
    uint16_t port;
};
struct td_guests {                     // zeroed: none
    struct td_guest at[TD_GUESTS_MAX]; // oldest first
    size_t count;
    uint64_t sent_away;
};

void td_guests_come(struct td_guests *g, int fd);
// It ended, or somebody proven was heard over it.
void td_guests_go(struct td_guests *g, int fd);

#endif
