// SPDX-License-Identifier: Apache-2.0
// link.c - see link.h.
#include "sim/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "sim/world.h"

// ------------------------------------------------------------------ beginning

static tandem_err
session_of(struct side *me, struct device *peer, bool initiator)
{
    struct td_session_setup o = {.peer = peer->id,
        .initiator = initiator,
        .rng = td_sys_rng(&me->d->sys)};
    tandem_error e = {0};

    return td_session_new(me->d->r, &o, &me->s, &e);
}

bool
link_open(struct world *w, struct link *l, struct device *a, struct device *b)
{
    tandem_err err[2];

    memset(l, 0, sizeof(*l));
    l->side[0].d = a;
    l->side[1].d = b;
    for (size_t i = 0; i < 2; i++) {
        struct side *s = &l->side[i];

        s->stamp = s->d->writes;
        err[i] = session_of(s, l->side[1 - i].d, i == 0);
        if (err[i] != TANDEM_OK && err[i] != TANDEM_EAUTH &&
            err[i] != TANDEM_EWORKSPACE) {
            world_fail(w, COUNT_FIN_EQUAL, "a session begins with %s",
                tandem_err_name(err[i]));
        }
    }
    l->on = true;
    if (err[0] != TANDEM_OK || err[1] != TANDEM_OK) {
        link_close(w, l);
        return false;
    }
    heads_take(&l->side[0].then, a);
    heads_take(&l->side[1].then, b);
    return true;
}

void
link_close(struct world *w, struct link *l)
{
    (void)w;
    for (size_t i = 0; i < 2; i++) {
        struct side *s = &l->side[i];

        while (s->first != NULL) {
            struct letter *next = s->first->next;

            free(s->first);
            s->first = next;
        }
        td_session_free(s->s);
        heads_free(&s->then);
    }
    memset(l, 0, sizeof(*l));
}

// ------------------------------------------------------------------- carrying

static void
looked_at(struct world *w, struct link *l, size_t i, tandem_slice m)
{
    struct side *s = &l->side[i];
    struct td_msg msg;

    if (m.len > TD_MESSAGE_BYTES_MAX || td_msg_decode(m, &msg) != TANDEM_OK) {
        world_fail(w, COUNT_FIN_EQUAL, "a message that is none was said");
    }
    switch (msg.type) {
    case TD_MSG_FIN:
        s->fins++;
        break;
    case TD_MSG_STATUS:
        s->statuses++;
        s->listed += msg.u.status.listed ? 1 : 0;
        break;
    case TD_MSG_HEAD:
        s->segments++;
        break;
    case TD_MSG_DATA:
        s->data += msg.u.data.bytes.len;
        break;
    case TD_MSG_HELLO:
    case TD_MSG_ADVERT:
    case TD_MSG_WANT:
    case TD_MSG_CREDIT:
    case TD_MSG_ACK:
    case TD_MSG_SENT:
    case TD_MSG_BYE:
    default:
        break;
    }
}

// What a call of the library may have written counts as this link's.
static void
wrote(struct side *s)
{
    s->d->writes++;
    s->own++;
}

static bool
say(struct world *w, struct link *l, size_t i)
{
    struct side *s = &l->side[i];
    tandem_slice m = td_session_give(s->s, device_wall(s->d));
    struct letter *x;

    wrote(s);
    if (m.len == 0) {
        return false;
    }
    looked_at(w, l, i, m);
    x = malloc(sizeof(*x) + m.len);
    TD_ASSERT(x != NULL);
    x->next = NULL;
    x->len = m.len;
    memcpy(x->bytes, m.ptr, m.len);
    *(s->first == NULL ? &s->first : &s->last->next) = x;
    s->last = x;
    return true;
}

// A message of exactly its size, so that a reader beyond it is seen.
static void
hear(struct world *w, struct link *l, size_t i, tandem_slice m)
{
    struct side *to = &l->side[1 - i];
    uint8_t *copy = malloc(m.len > 0 ? m.len : 1);

    TD_ASSERT(copy != NULL);
    memcpy(copy, m.ptr, m.len);
    world_note(w, i);
    world_note_bytes(w, m);
    (void)!td_session_take(
        to->s, (tandem_slice){copy, m.len}, device_wall(to->d));
    wrote(to);
    free(copy);
}

static bool
arrive(struct world *w, struct link *l, size_t i)
{
    struct side *from = &l->side[i];
    struct letter *x = from->first;

    if (x == NULL) {
        return false;
    }
    if (l->cut_at != 0 && l->bytes + x->len > l->cut_at) {
        l->bytes = l->cut_at; // the rest of it never comes
        return false;
    }
    from->first = x->next;
    l->bytes += x->len;
    l->carried++;
    hear(w, l, i, (tandem_slice){x->bytes, x->len});
    free(x);
    return true;
}

bool
link_step(struct world *w, struct link *l)
{
    size_t first = world_pick(w, 2);

    if (l->stalled || (l->cut_at != 0 && l->bytes >= l->cut_at)) {
        return false;
    }
    for (size_t k = 0; k < 2; k++) {
        size_t i = (first + k) % 2;

        if (world_chance(w, 50)) {
            if (arrive(w, l, i) || say(w, l, i)) {
                return true;
            }
        } else if (say(w, l, i) || arrive(w, l, i)) {
            return true;
        }
    }
    return false;
}

// --------------------------------------------------------------------- ending

static tandem_report
report_of(const struct link *l, size_t i)
{
    tandem_report r;

    td_session_report(l->side[i].s, &r);
    return r;
}

// Nobody else wrote at either end meanwhile.
static bool
alone(const struct link *l)
{
    return l->side[0].d->writes == l->side[0].stamp + l->side[0].own &&
           l->side[1].d->writes == l->side[1].stamp + l->side[1].own;
}

// Equal roots were said: what each held then, the other holds now; and where
// nobody else wrote, the sets are one.
static void
check_sets(struct world *w, struct link *l)
{
    struct heads now[2] = {{0}};

    for (size_t i = 0; i < 2; i++) {
        struct side *me = &l->side[i], *peer = &l->side[1 - i];

        heads_take(&now[i], me->d);
        for (size_t k = 0; k < me->then.count; k++) {
            if (heads_shared(me->d, peer->d, me->then.of[k].sector) &&
                heads_shared(peer->d, me->d, me->then.of[k].sector) &&
                !heads_reach(peer->d, &me->then.of[k])) {
                world_fail(w, COUNT_FIN_EQUAL,
                    "device %zu lacks an entry of device %zu", peer->d->index,
                    me->d->index);
            }
        }
    }
    if (alone(l)) {
        for (size_t i = 0; i < 2; i++) {
            if (heads_beyond(
                    &now[i], &now[1 - i], l->side[i].d, l->side[1 - i].d) > 0) {
                world_fail(w, COUNT_FIN_EQUAL, "the sets of %zu and %zu differ",
                    l->side[0].d->index, l->side[1].d->index);
            }
        }
        world_count(w, COUNT_FIN_EQUAL);
    }
    for (size_t i = 0; i < 2; i++) {
        heads_free(&now[i]);
    }
}

// Equal from the start: one round trip, and bytes that know no number.
static void
check_equal(struct world *w, struct link *l)
{
    tandem_report r = report_of(l, 0);

    if (!alone(l) ||
        heads_beyond(&l->side[0].then, &l->side[1].then, l->side[0].d,
            l->side[1].d) > 0 ||
        heads_beyond(&l->side[1].then, &l->side[0].then, l->side[1].d,
            l->side[0].d) > 0) {
        return;
    }
    if (!r.equal || r.round_trips != 1 || r.bytes_in + r.bytes_out > 300) {
        world_fail(w, COUNT_NOTHING_NEW,
            "nothing was new: equal %d, %u round trips, %llu bytes", r.equal,
            r.round_trips, (unsigned long long)(r.bytes_in + r.bytes_out));
    }
    world_count(w, COUNT_NOTHING_NEW);
}

static void
check_end(struct world *w, struct link *l)
{
    tandem_report r[2] = {report_of(l, 0), report_of(l, 1)};

    for (size_t i = 0; i < 2; i++) {
        world_note(w, (uint64_t)r[i].state);
        if (r[i].state == TANDEM_SESSION_DONE) {
            continue;
        }
        if (!l->hostile && alone(l) && r[i].error.code != TANDEM_EAUTH) {
            world_fail(w, COUNT_FIN_EQUAL,
                "devices %zu and %zu, side %zu ends with state %d, %s: %s",
                l->side[0].d->index, l->side[1].d->index, i, (int)r[i].state,
                tandem_err_name(r[i].error.code), r[i].error.msg);
        }
        return;
    }
    if (!l->hostile) {
        check_sets(w, l);
        check_equal(w, l);
    }
}

bool
link_over(struct link *l)
{
    if (l->cut_at != 0 && l->bytes >= l->cut_at) {
        return true;
    }
    return l->side[0].first == NULL && l->side[1].first == NULL &&
           report_of(l, 0).state != TANDEM_SESSION_RUNNING &&
           report_of(l, 1).state != TANDEM_SESSION_RUNNING;
}

void
link_end(struct world *w, struct link *l)
{
    if (l->cut_at == 0 || l->bytes < l->cut_at) {
        check_end(w, l);
    }
    link_close(w, l);
}

bool
link_run(struct world *w, struct link *l)
{
    bool done;

    while (link_step(w, l)) {
    }
    done = report_of(l, 0).state == TANDEM_SESSION_DONE &&
           report_of(l, 1).state == TANDEM_SESSION_DONE;
    link_end(w, l);
    return done;
}

void
links_drop(struct world *w, struct device *d)
{
    for (size_t i = 0; i < WORLD_LINKS; i++) {
        struct link *l = &w->links[i];

        if (l->on && (l->side[0].d == d || l->side[1].d == d)) {
            link_close(w, l);
        }
    }
}

struct link *
links_free_one(struct world *w)
{
    for (size_t i = 0; i < WORLD_LINKS; i++) {
        if (!w->links[i].on) {
            return &w->links[i];
        }
    }
    return NULL;
}
