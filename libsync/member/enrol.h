// SPDX-License-Identifier: Apache-2.0
// enrol.h - two devices get to know each other by a code and six digits; a
// state machine without I/O, and the code's text.
//
//   newcomer -> inviter  1 COMMIT  hash of (random, keys, name)
//   inviter -> newcomer  2 COMMIT  hash of (random, keys, grant)
//   newcomer -> inviter  3 REVEAL  random, keys, name, mac under the secret
//   inviter -> newcomer  4 REVEAL  random, keys, grant, mac under the secret
//   (both show six digits = keyed hash of the whole transcript; either side
//    may refuse, both must say yes, in whatever order)
//   newcomer -> inviter  7 YES     mac under the secret, over the transcript
//   (7 and the inviter's own yes: now the enrol entry is written)
//   inviter -> newcomer  5 WELCOME (the same connection goes on as a session)
//   either               6 NO      reason code
// Both commit before they reveal, so nobody in the middle can search keys that
// give equal digits: it has one try in a million. Layouts: enrol.c, code.c.
#ifndef TD_MEMBER_ENROL_H
#define TD_MEMBER_ENROL_H

#include "base/arena.h"
#include "base/fail.h"
#include "crypto/device.h"
#include "tandem/member.h"
#include "tandem/node.h"

#define TD_CODE_TEXT_MAX   400
#define TD_ENROL_LIFE_MS   (10 * 60 * 1000)
#define TD_ENROL_BYTES_MAX 2048 // one message

struct td_code {
    struct td_hash workspace;
    uint8_t curve[32]; // one-time CURVE public key of the inviter
    uint8_t secret[16];
    char endpoint[128];
};
// Text: Crockford base32 in groups, a check of 4 bytes at its end; case and
// dashes and spaces do not matter on reading. EVALUE, EVERSION.
tandem_err td_code_write(const struct td_code *c, char *out, size_t room);
tandem_err td_code_read(const char *text, struct td_code *out, tandem_error *e);

struct td_enrol;

struct td_enrol_side {
    const tandem_sys *sys;
    struct td_device_public keys; // ours
    struct td_hash workspace;
    uint8_t secret[16];
    struct td_rng rng;
    // inviter
    bool inviter;
    tandem_right right;
    const tandem_id *sectors; // copied
    size_t sector_count;
    // newcomer
    const char *name; // copied
};
tandem_err td_enrol_new(const struct td_enrol_side *s, struct td_enrol **out);
void td_enrol_free(struct td_enrol *x);
// EPROTO (sticky), EREFUSED the other side said no, EAUTH wrong secret.
tandem_err td_enrol_take(struct td_enrol *x, tandem_slice in);
tandem_slice td_enrol_give(struct td_enrol *x); // empty = nothing to send
const char *td_enrol_digits(const struct td_enrol *x); // NULL = not yet
const struct td_device_public *td_enrol_peer(const struct td_enrol *x);
const char *td_enrol_peer_name(const struct td_enrol *x);
void td_enrol_grant(const struct td_enrol *x, tandem_right *right,
    const tandem_id **sectors, size_t *count);
// EMISUSE too early, over, or a second time; but the inviter may take its yes
// back until both have said it. The newcomer's yes makes YES the next message,
// the inviter's sends nothing.
tandem_err td_enrol_answer(struct td_enrol *x, bool same);
// Inviter, both agreed: WELCOME is the next message. Once the enrol entry is
// durable. EMISUSE else.
tandem_err td_enrol_welcome(struct td_enrol *x);
// End it from here with a code (EEXPIRED...), said to the other side in a NO.
void td_enrol_refuse(struct td_enrol *x, tandem_err why);
// A NO for somebody without a machine of his own: a second comer. 3 bytes.
tandem_slice td_enrol_expired(void);
tandem_err td_enrol_error(const struct td_enrol *x); // OK while it lives
bool td_enrol_welcomed(const struct td_enrol *x);    // newcomer: 5 came
// Inviter: it said yes, and the newcomer's YES came.
bool td_enrol_agreed(const struct td_enrol *x);

#endif
