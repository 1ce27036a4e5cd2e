// SPDX-License-Identifier: Apache-2.0
// driver.h - a member that speaks the session protocol well enough to lie: it
// says what it likes, over any carrier, and makes up logs that it signs with
// keys it really has.
#ifndef TD_TESTS_HOSTILE_DRIVER_H
#define TD_TESTS_HOSTILE_DRIVER_H

#include "base/limits.h"
#include "log/log.h"
#include "replica/replica.h"
#include "session/message.h"

// How its words reach the honest side: a call, or a socket.
struct driver_carrier {
    // false: the session is over there.
    bool (*say)(void *ctx, tandem_slice m);
    // The next message from there; false: none for now.
    bool (*hear)(void *ctx, struct td_buf *out);
    // The last word was said.
    void (*end)(void *ctx);
};

// The liar begins, the honest side answers.
struct driver {
    const struct driver_carrier *carrier;
    void *ctx;
    struct td_replica *as; // whose keys and control sector it has
    tandem_device_id victim;
    tandem_id shared; // a sector both may see
    tandem_id hidden; // one that the honest side has, and `as` not
    uint64_t random;
    const struct td_buf *older; // a session of `as` that is over (carry.h)
    bool full; // as much of each lie as there can be (no sanitizer)
    bool over;
    struct td_buf m, in;
    struct td_msg_hello hello;  // what it says, until it says something else
    struct td_msg_hello theirs; // the honest side's
    struct td_msg_fin fin;      // the honest side's last one
    size_t heard[TD_MSG_EPOCH + 1];
    size_t told;               // heads the honest side told
    struct td_msg_place place; // the last one of them
    struct td_log_id forged;   // a log that was made up and stays
};

void driver_init(struct driver *d, const struct driver_carrier *carrier,
    void *ctx, struct td_replica *as, const tandem_device_id *victim,
    int64_t now_ms, uint64_t seed);
void driver_deinit(struct driver *d);
void driver_junk(struct driver *d, void *p, size_t n);
// What stands in d->m; empty afterwards. false: it is over.
bool driver_say(struct driver *d);
// All that the honest side has to say now.
void driver_listen(struct driver *d);

// --------------------------------------------------------- words of a session

// HELLO, roots of the data sectors that never were; the answer is heard.
void driver_hello(struct driver *d);
void driver_advert(
    struct driver *d, bool last, const struct td_msg_place *places, size_t n);
void driver_want(struct driver *d, const struct td_msg_want *wants, size_t n);
void driver_sent(struct driver *d);
// A FIN that says what is no lie but the roots: `same`, those it was told.
void driver_fin(struct driver *d, bool same);
// The end of a round in which nothing is wanted, and FIN.
void driver_close(struct driver *d, bool same);

// ------------------------------------------------------------- a log made up

struct forge {
    const struct td_device_keys *keys;
    struct td_opening opening;
    struct td_header last;
    uint64_t next;
    struct td_hash chain; // of the entry before `next`
    struct td_buf wires;
    size_t count; // in `wires`
    struct td_epoch_id epoch;
    struct td_payload_ref refs[TD_COMMIT_CHANGES_MAX];
};

// Entry 0 of a new log of `as`, in `sector`.
void forge_init(struct forge *f, struct driver *d, tandem_id sector);
// Entry 0 again, of the opening as it stands; nothing else is left.
void forge_open(struct forge *f);
void forge_deinit(struct forge *f);
// One more commit; payloads[i].ptr NULL: absent, `len` bytes long.
void forge_add(struct forge *f, const tandem_slice *payloads, size_t count);
// One change, of bytes nobody can open.
void forge_junk(struct forge *f, struct driver *d, size_t len);
struct td_log_id forge_log(const struct forge *f);
// The head as it stands, signed.
struct td_signed_head forge_head(const struct forge *f);
struct td_msg_place forge_place(const struct forge *f);
// The segment of what was added since the last one; empties it.
void forge_take(struct forge *f, struct td_buf *out);
// HEAD and DATA of it, as head number `n`; `last`: up to what was told.
void forge_send(struct forge *f, struct driver *d, uint64_t n, bool last);
// The same, of bytes and a signature as they are given.
void driver_segment(struct driver *d, uint64_t n, bool last, uint64_t seq,
    const struct td_sig *sig, tandem_slice bytes);

#endif
