// SPDX-License-Identifier: Apache-2.0
// door.c - sessions that come to us: one ROUTER for all members, and who is
// let in.
//
// A talk is found by routing id and key together: the routing id is the
// peer's choice, the key is what ZAP proved for this very frame.
#include "node/enrolment.h"

#include <string.h>

#include "base/slice.h"

static void
stranger(struct tandem_node *n, uint64_t now)
{
    // Whoever knocks a thousand times is told once.
    if (now >= n->stranger_ms) {
        n->stranger = true;
        n->stranger_ms = now + TD_STRANGER_EVERY_MS;
    }
}

// Its own entry, a free one, or the one that began longest ago.
static struct td_knocker *
knocker(struct tandem_node *n, const char *address)
{
    struct td_knocker *oldest = &n->knockers[0];

    for (size_t i = 0; i < TD_KNOCKERS; i++) {
        struct td_knocker *k = &n->knockers[i];

        if (k->count > 0 && strcmp(k->address, address) == 0) {
            return k;
        }
        if (k->since_ms < oldest->since_ms) {
            oldest = k;
        }
    }
    memset(oldest, 0, sizeof(*oldest));
    memcpy(oldest->address, address, sizeof(oldest->address));
    return oldest;
}

// Who knocks too often hears nothing for a while: each try then takes it the
// handshake's whole time, and a place among the guests.
static bool
too_often(struct tandem_node *n, const struct td_knock *k, uint64_t now)
{
    struct td_knocker *who = knocker(n, k->address);

    if (who->count == 0 || now >= who->since_ms + TD_KNOCKS_MS) {
        who->since_ms = now;
        who->count = 0;
    }
    return ++who->count > TD_KNOCKS_MAX;
}

static enum td_welcome
judge(struct tandem_node *n, const struct td_knock *k, uint64_t now)
{
    tandem_device_id who;

    if (strcmp(k->domain, "enrol") == 0) {
        // Who got this far holds the code's one-time key.
        return td_enrolment_open(n) ? TD_LET_IN : TD_REFUSED;
    }
    if (strcmp(k->domain, "member") != 0 ||
        memcmp(k->key, n->curve.pub, 32) == 0) {
        return TD_REFUSED; // our own keys: a copy of this store
    }
    if (td_node_member(n, k->key, &who)) {
        return TD_LET_IN;
    }
    stranger(n, now);
    return TD_NOT_YET; // its enrolment may reach us any moment
}

void
td_door_knocks(struct tandem_node *n, uint64_t now, bool *more)
{
    struct td_knock k;

    for (int i = 0; td_wire_knock(n->wire, &k); i++) {
        enum td_welcome how = judge(n, &k, now);

        if (how == TD_LET_IN || !too_often(n, &k, now)) {
            td_wire_answer(n->wire, &k, how);
        }
        if (i == TD_TURN_FRAMES) {
            *more = true;
            return;
        }
    }
}

static struct td_talk *
find(struct tandem_node *n, const struct td_frame *f)
{
    for (size_t i = 0; i < n->talk_max; i++) {
        struct td_talk *t = &n->talks[i];

        if (t->incoming && td_talk_live(t) && t->line == n->door &&
            t->route_len == f->route_len &&
            memcmp(t->route, f->route, f->route_len) == 0 &&
            memcmp(t->key, f->key, sizeof(t->key)) == 0) {
            return t;
        }
    }
    return NULL;
}

// Places a device has, those of sessions the host has not heard the end of
// included: who begins again and again leaves the others theirs.
static size_t
places(const struct tandem_node *n, const struct td_frame *f)
{
    size_t count = 0;

    for (size_t i = 0; i < n->talk_max; i++) {
        const struct td_talk *t = &n->talks[i];

        count += t->incoming && t->state != TD_TALK_FREE &&
                         memcmp(t->key, f->key, sizeof(t->key)) == 0
                     ? 1
                     : 0;
    }
    return count;
}

// The same device begins anew: what it had begun before is cut.
static void
supersede(struct tandem_node *n, const struct td_frame *f)
{
    for (size_t i = 0; i < n->talk_max; i++) {
        struct td_talk *t = &n->talks[i];

        if (t->incoming && td_talk_live(t) &&
            memcmp(t->key, f->key, sizeof(t->key)) == 0) {
            td_talk_end(t, TANDEM_ECUT, false);
        }
    }
}

static void
begin(struct tandem_node *n, const struct td_frame *f,
    const tandem_device_id *who, uint64_t now)
{
    struct td_talk *t;
    tandem_err err;

    if (places(n, f) == TD_TALKS_PER_KEY) {
        td_talk_refuse(n->door, f, TANDEM_ECUT); // it tries again, later
        return;
    }
    supersede(n, f);
    t = td_node_free_talk(n);
    if (t == NULL) {
        td_talk_refuse(n->door, f, TANDEM_EREFUSED);
        return;
    }
    t->incoming = true;
    t->peer = *who;
    memcpy(t->key, f->key, sizeof(t->key));
    t->line = n->door;
    memcpy(t->route, f->route, f->route_len);
    t->route_len = f->route_len;
    err = td_talk_begin(t, f->body.ptr + 1, now);
    if (err != TANDEM_OK) {
        td_talk_refuse(n->door, f, err);
        td_talk_reset(t);
        return;
    }
    td_talk_frame(t, f->body, now);
}

static void
take(struct tandem_node *n, const struct td_frame *f, uint64_t now)
{
    struct td_talk *t = find(n, f);
    tandem_device_id who;
    uint8_t kind;

    if (f->body.len < 9) {
        return;
    }
    kind = f->body.ptr[0];
    if (!td_node_member(n, f->key, &who)) {
        if (t != NULL) {
            td_talk_end(t, TANDEM_EUNKNOWN, true);
        } else {
            td_talk_refuse(n->door, f, TANDEM_EUNKNOWN);
        }
        stranger(n, now);
        return;
    }
    if (t != NULL && td_talk_is(t, f->body)) {
        td_talk_frame(t, f->body, now);
    } else if (kind == 'H') {
        begin(n, f, &who, now);
    } else if (kind == 'S') {
        td_talk_refuse(n->door, f, TANDEM_ECUT);
    }
}

// Frames of one turn: as many for each that came to us as a line of its own
// would have.
static size_t
share(const struct tandem_node *n)
{
    size_t count = 0;

    for (size_t i = 0; i < n->talk_max; i++) {
        count += n->talks[i].incoming && td_talk_live(&n->talks[i]) ? 1 : 0;
    }
    return TD_TURN_FRAMES * (count > 0 ? count : 1);
}

void
td_door_turn(struct tandem_node *n, uint64_t now, bool *more)
{
    bool gone = false;
    struct td_frame f;

    for (int i = 0; i < TD_TURN_FRAMES; i++) {
        enum td_line_event ev = td_line_event(n->door);

        if (ev == TD_LINE_QUIET) {
            break;
        }
        gone = gone || ev == TD_LINE_GONE;
    }
    for (size_t i = 0; gone && i < n->talk_max; i++) {
        if (n->talks[i].incoming && n->talks[i].line == n->door) {
            td_talk_probe(&n->talks[i], now);
        }
    }
    for (size_t i = share(n); td_line_recv(n->door, &f) == TANDEM_OK; i--) {
        take(n, &f, now);
        if (i == 1) {
            *more = true;
            break;
        }
    }
    for (size_t i = 0; i < n->talk_max; i++) {
        if (n->talks[i].incoming) {
            td_talk_pump(&n->talks[i], now);
        }
    }
}
