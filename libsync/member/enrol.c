// SPDX-License-Identifier: Apache-2.0
// enrol.c - the enrolment of a device, as a state machine on each side.
//
// Messages (canonical MessagePack arrays, <= TD_ENROL_BYTES_MAX):
//   1 COMMIT  [1, version, commitment 32]                 newcomer
//   2 COMMIT  [2, version, commitment 32]                 inviter
//   3 REVEAL  [3, random 32, sign 32, box 32, curve 32, name, mac 32]
//   4 REVEAL  [4, random 32, sign 32, box 32, curve 32, right,
//              [sector 16...], mac 32]
//   5 WELCOME [5]
//   7 YES     [7, mac 32]   newcomer
//   6 NO      [6, -code]    version = 1; a newer one is answered by NO EVERSION
// where
//   body       = the REVEAL as above, its mac left out (array of 6 and 7)
//   commitment = BLAKE2b-256(0x45 || body): the body's first element keeps the
//                two sides apart, its random 32 hide the rest
//   transcript = workspace 32 || COMMIT 1 || COMMIT 2 || body 3 || body 4
//   mac 3, 4   = keyed BLAKE2b-256(K; "td.enrol.mac" || transcript up to and
//                with this body)
//   mac 7      = keyed BLAKE2b-256(K; "td.enrol.yes" || transcript)
//   digits     = be64 of the first 8 bytes of keyed BLAKE2b-256(K;
//                "td.enrol.digits" || transcript), modulo 1,000,000
//   K          = BLAKE2b-256(0x46 || secret 16)
//
//   newcomer  WAIT_COMMIT -> WAIT_REVEAL -> DIGITS -> WELCOMED
//   inviter   WAIT_COMMIT -> WAIT_REVEAL -> DIGITS -> AGREED -> WELCOMED
//   any -> FAILED
//
// (1) Neither side reveals before it holds the other's commitment.
// (2) Digits exist only once both bodies match their commitments and macs.
// (3) FAILED is sticky; at most one NO is said.
// (4) AGREED needs the yes of both: the inviter's own and the newcomer's YES.
//     The newcomer is welcomed after its own yes only.
#include "member/enrol.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/slice.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "crypto/hash.h"
#include "member/reveal.h"

enum {
    VERSION = 1,
    KEY_DOMAIN = 0x46,
    TRANSCRIPT_MAX = 32 + 4 * TD_ENROL_BYTES_MAX
};

enum message {
    COMMIT_NEWCOMER = 1,
    COMMIT_INVITER = 2,
    REVEAL_NEWCOMER = 3,
    REVEAL_INVITER = 4,
    WELCOME = 5,
    NO = 6,
    YES = 7
};

enum state { WAIT_COMMIT, WAIT_REVEAL, DIGITS, AGREED, WELCOMED, FAILED };

struct td_enrol {
    const tandem_sys *sys;
    bool inviter;
    enum state state;
    tandem_err why; // FAILED
    uint8_t key[32];
    struct td_buf body;       // our REVEAL without its mac
    struct td_buf transcript; // as far as both have come
    struct td_buf out, given; // the next message; the one the caller holds
    uint8_t theirs[32];       // the other side's commitment
    struct td_reveal mine, peer;
    bool met;       // `peer` is filled
    bool own_yes;   // of the person here
    bool their_yes; // inviter: YES came
    char digits[7];
};

static enum message
own(const struct td_enrol *x, enum message newcomers)
{
    return x->inviter ? (enum message)(newcomers + 1) : newcomers;
}

static enum message
other(const struct td_enrol *x, enum message newcomers)
{
    return x->inviter ? newcomers : (enum message)(newcomers + 1);
}

static void
keyed(const struct td_enrol *x, const char *label, uint8_t out[32])
{
    tandem_slice parts[2] = {td_slice_str(label), td_buf_slice(&x->transcript)};

    td_hash_keyed(x->key, parts, 2, out, 32);
}

// ------------------------------------------------------------------- writing

static tandem_err
make_body(struct td_enrol *x, struct td_rng rng)
{
    uint8_t random[32];

    TD_TRY(rng.fill(rng.ctx, random, sizeof(random)));
    td_reveal_put(
        &x->body, own(x, REVEAL_NEWCOMER), random, x->inviter, &x->mine);
    td_wipe(random, sizeof(random));
    return x->body.err;
}

static void
put_commit(struct td_buf *b, enum message type, tandem_slice body)
{
    uint8_t commitment[32];

    td_reveal_commitment(body, commitment);
    td_mp_array(b, 3);
    td_mp_uint(b, type);
    td_mp_uint(b, VERSION);
    td_mp_bin(b, commitment, 32);
}

// The body with one element more. Both arrays have fewer than 16 elements, so
// the count is the low half of the first byte.
static void
put_reveal(struct td_enrol *x)
{
    uint8_t mac[32];

    td_buf_put_slice(&x->transcript, td_buf_slice(&x->body));
    keyed(x, "td.enrol.mac", mac);
    td_buf_reset(&x->out);
    td_buf_put_slice(&x->out, td_buf_slice(&x->body));
    if (x->out.err == TANDEM_OK) {
        x->out.ptr[0]++;
    }
    td_mp_bin(&x->out, mac, sizeof(mac));
}

static tandem_err
fail(struct td_enrol *x, tandem_err why, bool say)
{
    TD_ASSERT(why != TANDEM_OK);
    if (x->state == FAILED) {
        return x->why;
    }
    x->state = FAILED;
    x->why = why;
    td_buf_reset(&x->out);
    if (say) {
        td_mp_array(&x->out, 2);
        td_mp_uint(&x->out, NO);
        td_mp_uint(&x->out, td_fail_tell(why, TANDEM_EREFUSED));
    }
    return why;
}

static tandem_err
put_yes(struct td_enrol *x)
{
    uint8_t mac[32];

    if (x->out.len > 0) {
        return TANDEM_EMISUSE; // our last words have not been fetched
    }
    keyed(x, "td.enrol.yes", mac);
    td_mp_array(&x->out, 2);
    td_mp_uint(&x->out, YES);
    td_mp_bin(&x->out, mac, sizeof(mac));
    return x->out.err == TANDEM_OK ? TANDEM_OK : fail(x, x->out.err, false);
}

// ------------------------------------------------------------------- reading

static tandem_err
take_no(struct td_enrol *x, struct td_cur *c)
{
    tandem_err why = td_fail_heard(td_cur_uint_max(c, 1000));

    if (!td_cur_done(c)) {
        return fail(x, TANDEM_EPROTO, false);
    }
    return fail(x, why, false);
}

static tandem_err
take_commit(struct td_enrol *x, struct td_cur *c, tandem_slice in)
{
    uint64_t version = td_cur_uint(c);

    td_cur_bin_exact(c, x->theirs, 32);
    if (!td_cur_failed(c) && version > VERSION) {
        return fail(x, TANDEM_EVERSION, true);
    }
    if (!td_cur_done(c) || version != VERSION) {
        return fail(x, TANDEM_EPROTO, true);
    }
    if (x->inviter) {
        td_buf_put_slice(&x->transcript, in);
        td_buf_reset(&x->out);
        put_commit(&x->out, COMMIT_INVITER, td_buf_slice(&x->body));
        td_buf_put_slice(&x->transcript, td_buf_slice(&x->out));
    } else {
        td_buf_put_slice(&x->transcript, in);
        put_reveal(x);
    }
    if (x->out.err != TANDEM_OK || x->transcript.err != TANDEM_OK) {
        return fail(x, TANDEM_ENOMEM, false);
    }
    x->state = WAIT_REVEAL;
    return TANDEM_OK;
}

// The other's body back from its REVEAL: one element less, without the mac's
// 34 bytes (bin 8 header and 32).
static tandem_err
check_reveal(struct td_enrol *x, struct td_cur *c, tandem_slice in)
{
    uint8_t commitment[32], mac[32], wanted[32];
    struct td_buf body;

    td_cur_bin_exact(c, mac, 32);
    if (!td_cur_done(c)) {
        return TANDEM_EPROTO;
    }
    td_buf_init(&body, x->sys, TD_ENROL_BYTES_MAX);
    td_buf_put(&body, in.ptr, in.len - 34);
    if (body.err != TANDEM_OK) {
        td_buf_deinit(&body);
        return TANDEM_ENOMEM;
    }
    body.ptr[0]--;
    td_reveal_commitment(td_buf_slice(&body), commitment);
    td_buf_put_slice(&x->transcript, td_buf_slice(&body));
    td_buf_deinit(&body);
    if (x->transcript.err != TANDEM_OK) {
        return TANDEM_ENOMEM;
    }
    if (!td_secret_eq(commitment, x->theirs, 32)) {
        return TANDEM_EPROTO;
    }
    keyed(x, "td.enrol.mac", wanted);
    if (!td_secret_eq(mac, wanted, 32)) {
        return TANDEM_EAUTH;
    }
    if (memcmp(&x->peer.keys.sign, &x->mine.keys.sign, 32) == 0) {
        return TANDEM_EPROTO; // our own words come back
    }
    return TANDEM_OK;
}

static tandem_err
take_reveal(struct td_enrol *x, struct td_cur *c, tandem_slice in)
{
    uint8_t h[32];
    tandem_err err = td_reveal_get(c, !x->inviter, &x->peer)
                         ? check_reveal(x, c, in)
                         : TANDEM_EPROTO;

    if (err != TANDEM_OK) {
        return fail(x, err, err != TANDEM_ENOMEM);
    }
    if (x->inviter) {
        put_reveal(x);
        if (x->out.err != TANDEM_OK || x->transcript.err != TANDEM_OK) {
            return fail(x, TANDEM_ENOMEM, false);
        }
    }
    keyed(x, "td.enrol.digits", h);
    (void)snprintf(
        x->digits, sizeof(x->digits), "%06u", (unsigned)(td_be64(h) % 1000000));
    x->met = true;
    x->state = DIGITS;
    return TANDEM_OK;
}

static void
agree(struct td_enrol *x)
{
    if (x->own_yes && x->their_yes) {
        x->state = AGREED;
    }
}

static tandem_err
take_yes(struct td_enrol *x, struct td_cur *c)
{
    uint8_t mac[32], wanted[32];

    td_cur_bin_exact(c, mac, 32);
    if (!td_cur_done(c)) {
        return fail(x, TANDEM_EPROTO, true);
    }
    keyed(x, "td.enrol.yes", wanted);
    if (!td_secret_eq(mac, wanted, 32)) {
        return fail(x, TANDEM_EAUTH, true);
    }
    x->their_yes = true;
    agree(x);
    return TANDEM_OK;
}

tandem_err
td_enrol_take(struct td_enrol *x, tandem_slice in)
{
    struct td_cur c;
    uint64_t type;

    if (x->state == FAILED) {
        return x->why;
    }
    if (in.len > TD_ENROL_BYTES_MAX || !td_cur_open(&c, in)) {
        return fail(x, TANDEM_EPROTO, true);
    }
    // The count of elements is checked with what the type asks for: a cursor
    // that is not at its end, or that ran past it, is refused by each.
    (void)td_cur_array(&c, 8);
    type = td_cur_uint(&c);
    if (td_cur_failed(&c)) {
        return fail(x, TANDEM_EPROTO, true);
    }
    if (type == NO) {
        return take_no(x, &c);
    }
    if (x->state == WAIT_COMMIT && type == other(x, COMMIT_NEWCOMER)) {
        return take_commit(x, &c, in);
    }
    if (x->state == WAIT_REVEAL && type == other(x, REVEAL_NEWCOMER)) {
        return take_reveal(x, &c, in);
    }
    if (x->state == DIGITS && x->inviter && !x->their_yes && type == YES) {
        return take_yes(x, &c);
    }
    if (x->state == DIGITS && x->own_yes && !x->inviter && type == WELCOME &&
        td_cur_done(&c)) {
        x->state = WELCOMED;
        return TANDEM_OK;
    }
    return fail(x, TANDEM_EPROTO, true);
}

tandem_slice
td_enrol_give(struct td_enrol *x)
{
    struct td_buf spare = x->given;

    if (x->out.len == 0 || x->out.err != TANDEM_OK) {
        return (tandem_slice){NULL, 0};
    }
    x->given = x->out;
    x->out = spare;
    td_buf_reset(&x->out);
    return td_buf_slice(&x->given);
}

// -------------------------------------------------------------- from the host

static bool
side_valid(const struct td_enrol_side *s)
{
    if (!s->inviter) {
        return s->name != NULL && td_reveal_name_valid(td_slice_str(s->name));
    }
    return s->right >= TANDEM_RIGHT_READER && s->right <= TANDEM_RIGHT_ADMIN &&
           s->sector_count <= TANDEM_GRANT_SECTORS_MAX &&
           (s->sector_count == 0 || s->sectors != NULL);
}

static tandem_err
begin(struct td_enrol *x, const struct td_enrol_side *s)
{
    tandem_slice secret = {s->secret, sizeof(s->secret)};
    struct td_hash key = td_hash_parts(KEY_DOMAIN, &secret, 1);

    memcpy(x->key, key.b, sizeof(x->key));
    td_wipe(&key, sizeof(key));
    td_buf_init(&x->body, x->sys, TD_ENROL_BYTES_MAX);
    td_buf_init(&x->out, x->sys, TD_ENROL_BYTES_MAX);
    td_buf_init(&x->given, x->sys, TD_ENROL_BYTES_MAX);
    td_buf_init(&x->transcript, x->sys, TRANSCRIPT_MAX);
    TD_TRY(make_body(x, s->rng));
    td_buf_put(&x->transcript, s->workspace.b, 32);
    if (!x->inviter) {
        put_commit(&x->out, COMMIT_NEWCOMER, td_buf_slice(&x->body));
        td_buf_put_slice(&x->transcript, td_buf_slice(&x->out));
    }
    return x->out.err != TANDEM_OK ? x->out.err : x->transcript.err;
}

tandem_err
td_enrol_new(const struct td_enrol_side *s, struct td_enrol **out)
{
    struct td_enrol *x;
    tandem_err err;

    if (!side_valid(s)) {
        return TANDEM_EVALUE;
    }
    x = td_alloc(s->sys, sizeof(*x));
    if (x == NULL) {
        return TANDEM_ENOMEM;
    }
    x->sys = s->sys;
    x->inviter = s->inviter;
    x->mine.keys = s->keys;
    x->state = WAIT_COMMIT;
    if (s->inviter) {
        x->mine.right = s->right;
        x->mine.sector_count = s->sector_count;
        for (size_t i = 0; i < s->sector_count; i++) {
            x->mine.sectors[i] = s->sectors[i];
        }
    } else {
        (void)snprintf(x->mine.name, sizeof(x->mine.name), "%s", s->name);
    }
    err = begin(x, s);
    if (err != TANDEM_OK) {
        td_enrol_free(x);
        return err;
    }
    *out = x;
    return TANDEM_OK;
}

void
td_enrol_free(struct td_enrol *x)
{
    const tandem_sys *sys;

    if (x == NULL) {
        return;
    }
    sys = x->sys;
    td_buf_wipe(&x->body);
    td_buf_wipe(&x->transcript);
    td_buf_deinit(&x->body);
    td_buf_deinit(&x->transcript);
    td_buf_deinit(&x->out);
    td_buf_deinit(&x->given);
    td_wipe(x, sizeof(*x));
    td_free(sys, x, sizeof(*x));
}

tandem_err
td_enrol_answer(struct td_enrol *x, bool same)
{
    // The newcomer's YES may have enrolled it already: a no would come too
    // late.
    if (x->state != DIGITS || (x->own_yes && (same || !x->inviter))) {
        return TANDEM_EMISUSE;
    }
    if (!same) {
        (void)fail(x, TANDEM_EREFUSED, true);
        return TANDEM_OK;
    }
    if (!x->inviter) {
        TD_TRY(put_yes(x));
    }
    x->own_yes = true;
    agree(x);
    return TANDEM_OK;
}

tandem_err
td_enrol_welcome(struct td_enrol *x)
{
    // Agreed, our REVEAL has left: without it nobody makes a YES.
    if (x->state != AGREED || x->out.len > 0) {
        return TANDEM_EMISUSE;
    }
    td_mp_array(&x->out, 1);
    td_mp_uint(&x->out, WELCOME);
    if (x->out.err != TANDEM_OK) {
        return fail(x, x->out.err, false);
    }
    x->state = WELCOMED;
    return TANDEM_OK;
}

void
td_enrol_refuse(struct td_enrol *x, tandem_err why)
{
    (void)fail(x, why, true);
}

tandem_slice
td_enrol_expired(void)
{
    static const uint8_t no[3] = {0x92, NO, -TANDEM_EEXPIRED};

    return (tandem_slice){no, sizeof(no)};
}

tandem_err
td_enrol_error(const struct td_enrol *x)
{
    return x->state == FAILED ? x->why : TANDEM_OK;
}

const char *
td_enrol_digits(const struct td_enrol *x)
{
    return x->met ? x->digits : NULL;
}

const struct td_device_public *
td_enrol_peer(const struct td_enrol *x)
{
    return x->met ? &x->peer.keys : NULL;
}

const char *
td_enrol_peer_name(const struct td_enrol *x)
{
    return x->met ? x->peer.name : "";
}

void
td_enrol_grant(const struct td_enrol *x, tandem_right *right,
    const tandem_id **sectors, size_t *count)
{
    const struct td_reveal *r = x->inviter ? &x->mine : &x->peer;

    *right = r->right;
    *sectors = r->sectors;
    *count = r->sector_count;
}

bool
td_enrol_welcomed(const struct td_enrol *x)
{
    return !x->inviter && x->state == WELCOMED;
}

bool
td_enrol_agreed(const struct td_enrol *x)
{
    return x->inviter && (x->state == AGREED || x->state == WELCOMED);
}
