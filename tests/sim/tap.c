// SPDX-License-Identifier: Apache-2.0
// tap.c - see tap.h.
#include "sim/tap.h"

#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "session/state.h"
#include "sim/hostile.h"
#include "sim/keys.h"
#include "sim/look.h"
#include "sim/trouble.h"

enum {
    FINS_MAX = 3,     // the first pass and two more
    SAME_BYTES = 300, // a session of equal stores
    BASE_BYTES = 700, // a session on the cursor path,
    LOG_BYTES = 300,  // ... for each log that changed and each segment
    MEMORY = 1 << 20, // of a session, besides what its DATA makes of itself:
    MEMORY_TIMES = 3, // as bytes, decoded, being written
    THRIFT_MORE = 5000
};

// -------------------------------------------------------------------- messages

// The roots a HELLO ought to say, from the list of all logs.
static void
expect_roots(struct link *l, size_t i)
{
    struct side *me = &l->side[i];
    struct device *d = me->d;
    const struct device *peer = l->side[1 - i].d;
    size_t n = d->r->member == NULL ? 0 : td_member_sectors(d->r->member);
    uint8_t bytes[(WORLD_SECTORS + 2) * 32];
    tandem_slice s = {bytes, 0};

    me->roots_known = true;
    me->control_root = device_root(d, td_sector_control);
    // The common sector is among them, its place by its id.
    for (size_t k = 0; k < n; k++) {
        tandem_id sector = td_member_sector_at(d->r->member, k);

        if (td_id_cmp(sector, td_sector_common) != 0 && s.len == 0 &&
            heads_shared(d, peer, td_sector_common)) {
            struct td_hash16 r = device_root(d, td_sector_common);

            memcpy(bytes, td_sector_common.b, 16);
            memcpy(bytes + 16, r.b, 16);
            s.len = 32;
        }
        if (heads_shared(d, peer, sector)) {
            struct td_hash16 r = device_root(d, sector);

            TD_ASSERT(s.len + 32 <= sizeof(bytes));
            memcpy(bytes + s.len, sector.b, 16);
            memcpy(bytes + s.len + 16, r.b, 16);
            s.len += 32;
        }
    }
    if (n == 0 && heads_shared(d, peer, td_sector_common)) {
        struct td_hash16 r = device_root(d, td_sector_common);

        memcpy(bytes, td_sector_common.b, 16);
        memcpy(bytes + 16, r.b, 16);
        s.len = 32;
    }
    me->data_root = td_hash16_parts(&s, 1);
}

static void
check_hello(
    struct world *w, struct link *l, size_t i, const struct td_msg_hello *h)
{
    struct side *me = &l->side[i];

    if (i == 0) {
        expect_roots(l, i);
    }
    if (!me->roots_known) {
        return;
    }
    if (memcmp(me->control_root.b, h->control_root.b, 16) != 0 ||
        memcmp(me->data_root.b, h->data_root.b, 16) != 0) {
        world_fail(w, COUNT_TRIE,
            "device %zu says other roots than a list of its logs gives",
            me->d->index);
    }
    if (me->d->crashed && !l->twin) {
        me->d->crashed = false;
        world_count(w, COUNT_TRIE);
    }
}

static void
check_data(struct world *w, struct link *l, struct side *s)
{
    if (s->said > s->credit && !l->hostile) {
        world_fail(w, COUNT_CREDIT, "device %zu sends %llu bytes of %llu",
            s->d->index, (unsigned long long)s->said,
            (unsigned long long)s->credit);
    }
    if (s->said == s->credit) {
        world_count(w, COUNT_CREDIT);
    }
}

void
tap_said(struct world *w, struct link *l, size_t i, tandem_slice m)
{
    struct side *s = &l->side[i];
    struct td_msg msg;

    if (m.len > TD_MESSAGE_BYTES_MAX || td_msg_decode(m, &msg) != TANDEM_OK) {
        world_fail(w, COUNT_FIN_EQUAL, "a message that is none was said");
    }
    if (msg.type == TD_MSG_FIN && ++s->fins > FINS_MAX) {
        world_fail(w, COUNT_PASSES, "a pass too many");
    } else if (msg.type == TD_MSG_STATUS || msg.type == TD_MSG_NODE ||
               msg.type == TD_MSG_LEAF) {
        s->walked++;
    } else if (msg.type == TD_MSG_ADVERT) {
        s->told += msg.count;
    } else if (msg.type == TD_MSG_WANTPAYLOAD || msg.type == TD_MSG_WANTEPOCH) {
        s->lacked = true;
        if (msg.type == TD_MSG_WANTEPOCH) {
            keys_asked(s, &msg);
        }
    } else if (msg.type == TD_MSG_EPOCH) {
        keys_told(w, l, i, &msg);
    } else if (msg.type == TD_MSG_HEAD) {
        s->segments++;
    } else if (msg.type == TD_MSG_DATA) {
        s->said += msg.u.data.bytes.len;
        s->d->moved += msg.u.data.bytes.len;
        check_data(w, l, s);
    } else if (msg.type == TD_MSG_HELLO) {
        check_hello(w, l, i, &msg.u.hello);
    }
}

bool
tap_gap(const struct link *l, size_t from, tandem_slice m)
{
    const struct side *to = &l->side[1 - from];
    struct td_msg msg;

    return link_report(l, 1 - from).state == TANDEM_SESSION_RUNNING &&
           td_msg_decode(m, &msg) == TANDEM_OK && msg.type == TD_MSG_DATA &&
           (to->left == 0 || msg.u.data.offset != to->next);
}

void
tap_refused(struct world *w, const struct link *l, size_t i)
{
    if (link_report(l, i).state == TANDEM_SESSION_RUNNING) {
        world_fail(w, COUNT_GAP, "device %zu takes DATA that leaves a gap",
            l->side[i].d->index);
    }
    world_count(w, COUNT_GAP);
}

void
tap_heard(struct world *w, struct link *l, size_t from, tandem_slice m)
{
    struct side *to = &l->side[1 - from];
    struct td_msg msg;

    if (td_msg_decode(m, &msg) != TANDEM_OK) {
        return;
    }
    if (!l->hostile && !l->twin &&
        (msg.type == TD_MSG_FIN || world_chance(w, 10))) {
        hostile_keep(w, l, from, m);
    }
    if (msg.type == TD_MSG_HELLO) {
        to->credit = msg.u.hello.credit;
        if (from == 0 && !to->roots_known) {
            expect_roots(l, 1); // its own was made in this very call
        }
    } else if (msg.type == TD_MSG_APART) {
        to->parted = true;
    } else if (msg.type == TD_MSG_HEAD) {
        to->next = msg.u.head.offset;
        to->left = msg.u.head.bytes - to->next;
        to->partial = 0;
    } else if (msg.type == TD_MSG_CREDIT) {
        to->credit = msg.u.credit;
    } else if (msg.type == TD_MSG_DATA) {
        to->heard += msg.u.data.bytes.len;
        to->left -= msg.u.data.bytes.len;
        to->next += msg.u.data.bytes.len;
        to->partial = to->left == 0 ? 0 : to->partial + msg.u.data.bytes.len;
        to->d->moved += msg.u.data.bytes.len;
    }
}

// --------------------------------------------------------------------- thrift

bool
tap_thrift(struct world *w, struct link *l, size_t from, tandem_slice m)
{
    struct td_msg msg;
    struct td_buf b;

    if (l->thrift == 0 || td_msg_decode(m, &msg) != TANDEM_OK) {
        return false;
    }
    if (msg.type == TD_MSG_CREDIT) {
        return true; // kept back
    }
    if (msg.type != TD_MSG_HELLO) {
        return false;
    }
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    msg.u.hello.credit = l->thrift;
    td_msg_put_hello(&b, &msg.u.hello);
    link_hear(w, l, from, td_buf_slice(&b));
    td_buf_deinit(&b);
    return true;
}

bool
tap_grant(struct world *w, struct link *l, size_t from)
{
    struct side *to = &l->side[1 - from];
    struct td_buf b;

    if (l->thrift == 0 || to->said == 0 || to->said < to->credit ||
        to->first != NULL) {
        return false;
    }
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    td_msg_put_credit(&b,
        to->credit == l->thrift ? l->thrift + THRIFT_MORE : TD_SESSION_CREDIT);
    link_hear(w, l, from, td_buf_slice(&b));
    td_buf_deinit(&b);
    return true;
}

// ------------------------------------------------------------- memory, clocks

void
tap_clock(struct world *w, struct device *d)
{
    int64_t now = td_clock_ms(d->r->clock.last);

    if (now > d->wall_max + TD_CLOCK_AHEAD_MS + 1) {
        world_fail(w, COUNT_CLOCK_BOUND,
            "device %zu was moved %lld s beyond its own clock", d->index,
            (long long)(now - d->wall_max) / 1000);
    }
}

void
tap_memory_begin(struct world *w, struct device *d)
{
    size_t n = 1;

    for (size_t i = 0; i < WORLD_LINKS; i++) {
        const struct link *l = &w->links[i];

        n += l->on && (l->side[0].d == d || l->side[1].d == d) ? 1 : 0;
    }
    if (n == 1) {
        d->peak = d->before = d->live;
        d->sessions = 0;
        d->moved = 0;
    }
    d->sessions = n > d->sessions ? n : d->sessions;
}

void
tap_memory(struct world *w, struct device *d)
{
    uint64_t data = d->moved < d->sessions * TD_SESSION_CREDIT
                        ? d->moved
                        : d->sessions * TD_SESSION_CREDIT;
    uint64_t most = d->sessions * (uint64_t)MEMORY + MEMORY_TIMES * data;

    if (d->peak > d->before + most) {
        world_fail(w, COUNT_MEMORY,
            "device %zu: %zu bytes for %zu sessions that moved %llu", d->index,
            d->peak - d->before, d->sessions, (unsigned long long)d->moved);
    }
}

// --------------------------------------------------------------------- ending

static bool
differ(const struct link *l, const struct heads *a, const struct heads *b)
{
    return heads_beyond(a, b, l->side[0].d, l->side[1].d) > 0 ||
           heads_beyond(b, a, l->side[1].d, l->side[0].d) > 0;
}

// Both see that sector: then, as `then` was taken, and now. A right that ended
// and was given anew while others wrote may be missing in between, when the
// session settled which sectors it is about.
static bool
spoken_of(struct link *l, tandem_id sector)
{
    for (size_t i = 0; i < 2; i++) {
        const struct side *me = &l->side[i], *peer = &l->side[1 - i];
        size_t at;

        if (!heads_shared(me->d, peer->d, sector) ||
            (!link_alone(l) && td_id_cmp(sector, td_sector_control) != 0 &&
                !td_view_find(me->s, sector, &at))) {
            return false;
        }
    }
    return true;
}

// Equal roots were said: what each held then, the other holds now; and where
// nobody else wrote, the sets are one.
static void
check_sets(struct world *w, struct link *l, const struct heads now[2])
{
    for (size_t i = 0; i < 2; i++) {
        struct side *me = &l->side[i], *peer = &l->side[1 - i];

        for (size_t k = 0; k < me->then.count; k++) {
            if (spoken_of(l, me->then.of[k].sector) &&
                !heads_reach(peer->d, &me->then.of[k])) {
                world_fail(w, COUNT_FIN_EQUAL,
                    "device %zu lacks entry %llu of device %zu, which device "
                    "%zu held",
                    peer->d->index, (unsigned long long)me->then.of[k].head_seq,
                    world_author(w, &me->then.of[k].device)->index,
                    me->d->index);
            }
        }
    }
    if (!link_alone(l)) {
        return;
    }
    if (differ(l, &now[0], &now[1])) {
        world_fail(w, COUNT_FIN_EQUAL, "the sets of %zu and %zu differ",
            l->side[0].d->index, l->side[1].d->index);
    }
    world_count(w, COUNT_FIN_EQUAL);
}

// Equal from the start, and nothing lacking: one round trip, and bytes that
// know no number.
static void
check_equal(struct world *w, struct link *l)
{
    tandem_report r = link_report(l, 0);

    if (!link_alone(l) || l->side[0].lacked || l->side[1].lacked ||
        differ(l, &l->side[0].then, &l->side[1].then)) {
        return;
    }
    if (!r.equal || r.round_trips != 1 ||
        r.bytes_in + r.bytes_out > SAME_BYTES) {
        world_fail(w, COUNT_NOTHING_NEW,
            "nothing was new: equal %d, %u round trips, %llu bytes", r.equal,
            r.round_trips, (unsigned long long)(r.bytes_in + r.bytes_out));
    }
    world_count(w, COUNT_NOTHING_NEW);
}

// Data sectors that both say both may read, a bit each.
static unsigned
shared_bits(struct world *w, struct device *a, struct device *b)
{
    unsigned bits = 0;

    for (size_t i = 0; i <= w->sector_count; i++) {
        tandem_id s = i == w->sector_count ? td_sector_common : w->sectors[i];

        if (heads_shared(a, b, s) && heads_shared(b, a, s)) {
            bits |= 1u << (i == w->sector_count ? WORLD_SECTORS : i);
        }
    }
    return bits;
}

// Another session of the two is open: begun before, it may have saved a cursor
// that knows less than they had in common when they last met.
static bool
another_open(const struct world *w, const struct link *l)
{
    for (size_t i = 0; i < WORLD_LINKS; i++) {
        const struct link *o = &w->links[i];
        const struct device *a = o->side[0].d, *b = o->side[1].d;

        if (o->on && o != l &&
            ((a == l->side[0].d && b == l->side[1].d) ||
                (a == l->side[1].d && b == l->side[0].d))) {
            return true;
        }
    }
    return false;
}

// By cursor no head is told that the two had in common when they last met.
static void
check_told(struct world *w, const struct side *me, const struct heads *met)
{
    const struct heads *then = &me->then;
    uint64_t all = 0, news = 0;

    for (size_t i = 0; i < then->count; i++) {
        if (td_id_cmp(then->of[i].sector, td_sector_control) != 0) {
            all++;
            news += heads_hold(met, &then->of[i]) ? 0 : 1;
        }
    }
    if (me->walked > 0 || me->told > news) {
        world_fail(w, COUNT_TOLD,
            "device %zu tells %llu heads of %llu, of which %llu changed%s",
            me->d->index, (unsigned long long)me->told, (unsigned long long)all,
            (unsigned long long)news,
            me->walked > 0 ? ", and walks although a cursor stands" : "");
    }
    if (news > 0 && news < all) {
        world_count(w, COUNT_TOLD);
    }
}

// What a session costs besides entries follows the logs that changed since
// the two last met.
static void
check_cursor(struct world *w, struct link *l, struct heads met[2])
{
    const struct side *a = &l->side[0], *b = &l->side[1];
    tandem_report r = link_report(l, 0);
    uint64_t bytes = r.bytes_in + r.bytes_out - a->said - b->said;
    uint64_t k = a->segments + b->segments;

    if (!link_alone(l) || a->lacked || b->lacked || !met[0].taken ||
        a->d->rewritten || b->d->rewritten ||
        memcmp(a->control_root.b, b->control_root.b, 16) != 0) {
        return;
    }
    if (a->fins != 1 || b->fins != 1) {
        world_fail(w, COUNT_CURSOR_BYTES,
            "a cursor of which nothing was lost takes another pass");
    }
    for (size_t i = 0; i < 2; i++) {
        const struct side *me = &l->side[i];
        size_t at = me->d->index < l->side[1 - i].d->index ? 0 : 1;

        if (met[at].sectors == shared_bits(w, a->d, b->d) &&
            !another_open(w, l)) {
            check_told(w, me, &met[at]);
        } else if (a->walked + b->walked > 0) {
            return; // no cursor is of other sectors than then
        }
        k += heads_beyond(&me->then, &met[at], me->d, l->side[1 - i].d);
    }
    if (bytes > BASE_BYTES + LOG_BYTES * k) {
        world_fail(w, COUNT_CURSOR_BYTES, "%llu bytes for %llu logs",
            (unsigned long long)bytes, (unsigned long long)k);
    }
    world_count(w, COUNT_CURSOR_BYTES);
}

// Remember what both hold, as their cursors now say.
static void
remember(struct world *w, struct link *l, struct heads now[2])
{
    size_t a = l->side[0].d->index, b = l->side[1].d->index;
    struct heads *met = a < b ? w->met[a][b] : w->met[b][a];

    check_cursor(w, l, met);
    for (size_t i = 0; i < 2; i++) {
        size_t at = (a < b) == (i == 0) ? 0 : 1;

        heads_free(&met[at]);
        if (link_alone(l)) {
            met[at] = now[i];
            met[at].sectors = shared_bits(w, l->side[0].d, l->side[1].d);
            memset(&now[i], 0, sizeof(now[i]));
        }
    }
}

static void
check_done(struct world *w, struct link *l)
{
    struct heads now[2] = {{0}};
    bool *lost[2] = {&l->side[0].d->forgot[l->side[1].d->index],
        &l->side[1].d->forgot[l->side[0].d->index]};

    heads_take(&now[0], l->side[0].d);
    heads_take(&now[1], l->side[1].d);
    check_sets(w, l, now);
    check_equal(w, l);
    keys_done(w, l);
    remember(w, l, now);
    if ((*lost[0] || *lost[1]) && link_alone(l)) {
        world_count(w, COUNT_PEERS);
        *lost[0] = *lost[1] = false;
    }
    heads_free(&now[0]);
    heads_free(&now[1]);
}

// Rights end, and while others write a session may be cut short or find a log
// written twice. But it comes to an end, and no honest peer is ever said to
// break the protocol.
static bool
excused(const struct link *l, tandem_err err)
{
    if (err == TANDEM_EAUTH || err == TANDEM_EREVOKED) {
        return true;
    }
    return !link_alone(l) && err == TANDEM_ECUT;
}

static void
check_failed(struct world *w, struct link *l, size_t i)
{
    tandem_report r = link_report(l, i);

    if (r.state == TANDEM_SESSION_DONE || excused(l, r.error.code)) {
        return;
    }
    world_fail(w, COUNT_FIN_EQUAL,
        "devices %zu and %zu, side %zu ends with state %d, %s: %s",
        l->side[0].d->index, l->side[1].d->index, i, (int)r.state,
        tandem_err_name(r.error.code), r.error.msg);
}

// Who misses a message says so, waits for it until the link is cut, or had no
// need of it: then all that a good end promises holds.
static void
check_lossy(struct world *w, struct link *l)
{
    struct heads now[2] = {{0}};

    for (size_t i = 0; i < 2; i++) {
        tandem_report r = link_report(l, i);

        look_at(w, l->side[i].d);
        if (r.state == TANDEM_SESSION_FAILED && !excused(l, r.error.code) &&
            r.error.code != TANDEM_EPROTO) {
            world_fail(w, COUNT_LOSSY,
                "a message is lost, and device %zu says %s: %s",
                l->side[i].d->index, tandem_err_name(r.error.code),
                r.error.msg);
        }
    }
    if (link_done(l)) {
        heads_take(&now[0], l->side[0].d);
        heads_take(&now[1], l->side[1].d);
        check_sets(w, l, now);
        heads_free(&now[0]);
        heads_free(&now[1]);
    }
    trouble_unmet(w, l->side[0].d, l->side[1].d);
}

void
tap_end(struct world *w, struct link *l)
{
    for (size_t i = 0; i < 2; i++) {
        world_note(w, (uint64_t)link_report(l, i).state);
    }
    if (l->hostile) {
        look_at(w, l->side[0].d);
        look_at(w, l->side[1].d);
        trouble_unmet(w, l->side[0].d, l->side[1].d);
        return;
    }
    if (l->lossy && l->lost > 0) {
        check_lossy(w, l);
        return;
    }
    world_count(w, COUNT_PASSES);
    world_count(w, COUNT_MEMORY);
    if (l->twin) {
        return;
    }
    check_failed(w, l, 0);
    check_failed(w, l, 1);
    if (link_done(l)) {
        check_done(w, l);
    }
}
