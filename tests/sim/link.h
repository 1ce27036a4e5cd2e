// SPDX-License-Identifier: Apache-2.0
// link.h - a session between two devices and what carries it: each side's
// messages in order, as slowly as the plan likes, cut at any byte, or, where
// it is hostile, changed on the way. Every message is looked at (tap.h).
#ifndef TD_TESTS_SIM_LINK_H
#define TD_TESTS_SIM_LINK_H

#include "session/message.h"
#include "session/session.h"
#include "sim/heads.h"

struct letter { // one message under way
    struct letter *next;
    size_t len;
    uint8_t bytes[];
};

struct side {
    struct device *d;
    struct td_session *s;
    struct td_session_write *writing; // begun, and not ended
    uint64_t received;                // commits, as last looked at
    struct letter *first, *last;      // said, not yet heard by the other side
    uint64_t stamp;                   // the device's writes when the link began
    uint64_t own;                     // ... of them this link's
    struct heads then;                // what was held when the link began
    uint64_t credit;                  // DATA bytes it may send, as it was told
    uint64_t said, heard;             // DATA bytes it said, and that reached it
    uint64_t left, partial; // of the segment it is hearing: to come, and come
    uint64_t next;          // ... and where in it that goes on
    bool parted;            // it holds another branch than it was told of
    unsigned fins, walked, segments;
    uint64_t told; // heads it said it has
    bool lacked;   // it asked for a payload, or the key of an epoch
    struct td_epoch_id asked[TD_MSG_EPOCHS]; // keys it asked for,
    size_t asked_count;
    uint64_t given;   // ... and, a bit each, which of them it was given
    bool roots_known; // of its HELLO, as a list says them
    struct td_hash16 control_root, data_root;
};

struct link {
    bool on;
    struct side side[2]; // 0 says HELLO first
    uint64_t carried;    // messages
    uint64_t bytes;
    uint64_t cut_at; // bytes after which the link is gone; 0 never
    bool stalled;    // carries nothing for the time being
    bool hostile;    // changes messages on the way: it may end badly
    bool lossy;      // some never arrive; those that do are as they were
    uint64_t lost;   // ... so many
    uint64_t thrift; // the credit said to be granted at first; 0: the true one
    bool looked_at;  // at how it ended
    bool twin;       // of copies beside the world: counts for nothing
};

// @return false when one side would not talk to the other.
bool link_open(
    struct world *w, struct link *l, struct device *a, struct device *b);
void link_close(struct link *l);
// One side says what it has, or one message arrives. false: nothing to do.
bool link_step(struct world *w, struct link *l);
// Until nothing moves: then looks at how it ended and closes. @return whether
// both sides were done.
bool link_run(struct world *w, struct link *l);
bool link_cut(const struct link *l); // its last byte has gone
tandem_report link_report(const struct link *l, size_t i);
bool link_done(const struct link *l); // on both sides
// A side found that the other has no right any more.
bool link_denied(const struct link *l);
// Nobody else wrote at either end meanwhile.
bool link_alone(const struct link *l);
void link_end(struct world *w, struct link *l);
void side_finish(struct side *s); // ends the write that was begun
// A message of exactly its size, so that a reader beyond it is seen.
void link_hear(struct world *w, struct link *l, size_t from, tandem_slice m);
// Every link of a device goes with it.
void links_drop(struct world *w, struct device *d);
struct link *links_free_one(struct world *w);
// The first one open at this device, or NULL.
struct link *links_of(struct world *w, const struct device *d);

#endif
