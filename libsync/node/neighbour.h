// SPDX-License-Identifier: Apache-2.0
// neighbour.h - who stands near: hears what members say of where they listen
// (beacon.h), and keeps the last word of each.
//
// (1) What is heard is believed for one thing: where it is worth a try to dial.
//     Who answers there has to prove the device's CURVE key as anywhere.
// (2) So many datagrams are looked at in a turn and in a second. What comes
//     beyond waits in the socket, or is dropped there by the system.
// (3) While a device is heard, only what it says later moves it: of what it
//     said before, a copy from elsewhere leads nobody astray.
#ifndef TD_NODE_NEIGHBOUR_H
#define TD_NODE_NEIGHBOUR_H

#include <netinet/in.h>

#include "node/beacon_message.h"
#include "tandem/node.h"

enum {
    TD_NEAR_AGAIN_MS = 1000,  // a socket that did not open; keys
    TD_NEAR_FRESH_MS = 60000, // (3)
    TD_NEAR_TURN = 32,        // (2)
    TD_NEAR_SECOND = 1024,
    TD_NEAR_KEYS = 4, // of the newest epochs
    TD_NEAR_MAX = 64
};

struct td_neighbour { // port 0: free
    tandem_device_id device;
    uint64_t said_ms, heard_ms;
    struct in_addr host;
    uint16_t port;
};

struct td_near {
    struct sockaddr_in at; // where it hears; sin_port 0: nowhere
    int fd;                // -1: not open
    uint64_t open_ms;      // not before
    struct td_key keys[TD_NEAR_KEYS];
    size_t key_count;
    uint64_t keys_ms, second_ms; // read again then; (2)
    unsigned looked;             // in this second
    uint64_t opened;             // that a key of ours fitted, ever
    struct td_neighbour heard[TD_NEAR_MAX];
};

void td_near_init(struct td_near *x);
// Closes, forgets the keys; the next turn opens again.
void td_near_close(struct td_near *x);
// A member said so, from there.
void td_near_note(struct td_near *x, const struct td_beacon_message *m,
    struct in_addr from, uint64_t now);
void td_near_turn(struct tandem_node *n, uint64_t now, bool *more);
uint64_t td_near_due(const struct td_near *x); // UINT64_MAX: never

#endif
