// SPDX-License-Identifier: Apache-2.0
// beacon.h - members that stand near find each other: who listens says where by
// UDP, now and then, sealed for members; who asks hears it.
//
// (1) What is heard is believed for one thing: where it is worth a try to dial.
//     Who answers there has to prove the device's CURVE key as anywhere.
// (2) So many datagrams are looked at in a turn and in a second. What comes
//     beyond waits in the socket, or is dropped there by the system.
// (3) While a device is heard, only what it says later moves it: of what it
//     said before, a copy from elsewhere leads nobody astray.
#ifndef TD_NODE_BEACON_H
#define TD_NODE_BEACON_H

#include <netinet/in.h>

#include "node/beacon_message.h"
#include "tandem/node.h"

enum {
    TD_BEACON_EVERY_MS = 1000,
    TD_BEACON_AGAIN_MS = 1000,  // a socket that did not open; keys
    TD_BEACON_FRESH_MS = 60000, // (3)
    TD_BEACON_TURN = 32,        // (2)
    TD_BEACON_SECOND = 1024,
    TD_BEACON_KEYS = 4, // of the newest epochs
    TD_BEACON_NEAR = 64,
    TD_BEACON_WAYS = 16 // interfaces it is said on
};

struct td_near { // heard_ms 0: free
    tandem_device_id device;
    uint64_t said_ms, heard_ms;
    struct in_addr host;
    uint16_t port;
};

struct td_beacon {
    bool says, hears;
    struct sockaddr_in to; // sin_port 0: to every network it listens in
    struct sockaddr_in at; // where it hears
    uint32_t every_ms;
    uint64_t say_ms, open_ms;                // not before
    int out, in;                             // -1: not open
    struct td_key keys[TD_BEACON_KEYS], key; // to read with; to say with
    size_t key_count;
    bool has_key;
    uint64_t keys_ms, second_ms; // read again then; (2)
    unsigned looked;             // in this second
    uint64_t opened;             // that a key of ours fitted, ever
    struct td_near near[TD_BEACON_NEAR];
};

void td_beacon_init(struct td_beacon *b);
void td_beacon_free(struct td_beacon *b);  // closes, wipes
void td_beacon_sleep(struct td_beacon *b); // closes; the next turn opens again
// A member said so, from there.
void td_beacon_note(struct td_beacon *b, const struct td_beacon_message *m,
    struct in_addr from, uint64_t now);
void td_beacon_turn(struct tandem_node *n, uint64_t now, bool *more);
uint64_t td_beacon_due(const struct td_beacon *b); // UINT64_MAX: never

#endif
