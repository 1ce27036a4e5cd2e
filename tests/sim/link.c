// SPDX-License-Identifier: Apache-2.0
// link.c - see link.h.
#include "sim/link.h"

#include <stdlib.h>
#include <string.h>

#include "session/state.h"
#include "sim/hostile.h"
#include "sim/tap.h"
#include "sim/trouble.h"
#include "sim/world.h"

// -------------------------------------------------------------------- writing

// What a call of the library may have written counts as this link's.
static void
wrote(struct side *s)
{
    s->d->writes++;
    s->own++;
    tap_clock(s->d->w, s->d);
    tap_memory(s->d->w, s->d);
}

void
side_finish(struct side *s)
{
    td_session_write_run(s->writing);
    (void)!td_session_write_end(s->writing, device_wall(s->d));
    s->writing = NULL;
    s->d->writer = NULL;
    wrote(s);
}

// Where the carrier writes: one step of it. false: nothing is to be written,
// or another session is writing there.
static bool
write_some(struct side *s)
{
    if (s->writing != NULL) {
        side_finish(s);
        return true;
    }
    if (!s->d->outside || s->d->writer != NULL ||
        !td_session_write_ready(s->s)) {
        return false;
    }
    if (td_session_write_begin(s->s, device_wall(s->d), &s->writing) ==
        TANDEM_OK) {
        s->d->writer = s;
    } else {
        s->writing = NULL;
    }
    wrote(s);
    return true;
}

// ------------------------------------------------------------------ beginning

static tandem_err
session_of(struct side *me, struct device *peer, bool initiator)
{
    struct td_session_setup o = {.peer = peer->id,
        .initiator = initiator,
        .outside = me->d->outside,
        .rng = td_sys_rng(&me->d->sys)};
    tandem_error e = {0};

    device_finish(me->d);

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

        tap_memory_begin(w, s->d);
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
        link_close(l);
        return false;
    }
    heads_take(&l->side[0].then, a);
    heads_take(&l->side[1].then, b);
    heads_keep_shared(&l->side[0].then, a, b);
    heads_keep_shared(&l->side[1].then, a, b);
    return true;
}

// One side may have saved a cursor, of what was held when the session began:
// sessions of the two that ended meanwhile knew more.
static bool
half_done(const struct side *s)
{
    return s->s != NULL && (s->s->phase == TD_PHASE_DONE || s->s->fin_in);
}

void
link_close(struct link *l)
{
    for (size_t i = 0; i < 2; i++) {
        struct side *s = &l->side[i];

        if (s->s != NULL && s->d->outside) { // as every carrier does
            device_finish(s->d);
            td_session_cut(s->s);
            while (write_some(s)) {
            }
        }
        if (!l->looked_at && !l->twin && half_done(s)) {
            trouble_unmet(s->d->w, l->side[0].d, l->side[1].d);
        }
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
    model_wrote(s->d);
    tap_said(w, l, i, m);
    x = malloc(sizeof(*x) + m.len);
    TD_ASSERT(x != NULL);
    x->next = NULL;
    x->len = m.len;
    memcpy(x->bytes, m.ptr, m.len);
    *(s->first == NULL ? &s->first : &s->last->next) = x;
    s->last = x;
    return true;
}

// Something came from a device whose clock is far ahead.
static void
heard_from_afar(struct world *w, struct link *l, size_t i)
{
    struct side *me = &l->side[i];
    uint64_t received = link_report(l, i).commits_received;

    if (received > me->received &&
        device_wall(l->side[1 - i].d) > me->d->wall_max + DEVICE_FAR_MS) {
        world_count(w, COUNT_CLOCK_BOUND);
    }
    me->received = received;
}

void
link_hear(struct world *w, struct link *l, size_t from, tandem_slice m)
{
    struct side *to = &l->side[1 - from];
    uint8_t *copy = malloc(m.len > 0 ? m.len : 1);
    bool gap;

    TD_ASSERT(copy != NULL);
    if (to->d->outside && td_session_write_first(to->s)) {
        device_finish(to->d);
        while (td_session_write_first(to->s) && write_some(to)) {
        }
    }
    if (m.len > 0) {
        memcpy(copy, m.ptr, m.len);
    }
    if (!l->twin) {
        world_note(w, from);
        world_note_bytes(w, m);
    }
    gap = tap_gap(l, from, m);
    (void)!td_session_take(
        to->s, (tandem_slice){copy, m.len}, device_wall(to->d));
    free(copy);
    heard_from_afar(w, l, 1 - from);
    wrote(to);
    if (gap) {
        tap_refused(w, l, 1 - from);
    }
    tap_heard(w, l, from, m);
}

// Where another session's write keeps one of the two from going on: that one
// comes to its end.
static bool
wait_for_writer(struct side *s)
{
    struct side *other = s->d->writer;

    if (other == NULL || other == s || !td_session_write_ready(s->s)) {
        return false;
    }
    side_finish(other);
    return true;
}

static bool
arrive(struct world *w, struct link *l, size_t i)
{
    struct side *from = &l->side[i];
    struct letter *x = from->first;

    if (x == NULL) {
        return tap_grant(w, l, i);
    }
    if (l->cut_at != 0 && l->bytes + x->len > l->cut_at) {
        l->bytes = l->cut_at; // the rest of it never comes
        return false;
    }
    from->first = x->next;
    l->bytes += x->len;
    l->carried++;
    if (l->hostile) {
        hostile_carry(w, l, i, x);
    } else if (l->lossy && world_chance(w, 8)) {
        hostile_lose(w, l);
    } else if (!tap_thrift(w, l, i, (tandem_slice){x->bytes, x->len})) {
        link_hear(w, l, i, (tandem_slice){x->bytes, x->len});
    }
    free(x);
    return true;
}

bool
link_cut(const struct link *l)
{
    return l->cut_at != 0 && l->bytes >= l->cut_at;
}

bool
link_step(struct world *w, struct link *l)
{
    size_t first = world_pick(w, 2);

    if (l->stalled || link_cut(l)) {
        return false;
    }
    for (size_t k = 0; k < 2; k++) {
        size_t i = (first + k) % 2;

        if (world_chance(w, 60) && write_some(&l->side[i])) {
            heard_from_afar(w, l, i);
            return true;
        }
        if (world_chance(w, 50)) {
            if (arrive(w, l, i) || say(w, l, i)) {
                return true;
            }
        } else if (say(w, l, i) || arrive(w, l, i)) {
            return true;
        }
    }
    return write_some(&l->side[0]) || write_some(&l->side[1]) ||
           wait_for_writer(&l->side[0]) || wait_for_writer(&l->side[1]);
}

// --------------------------------------------------------------------- ending

tandem_report
link_report(const struct link *l, size_t i)
{
    tandem_report r;

    td_session_report(l->side[i].s, &r);
    return r;
}

bool
link_done(const struct link *l)
{
    return link_report(l, 0).state == TANDEM_SESSION_DONE &&
           link_report(l, 1).state == TANDEM_SESSION_DONE;
}

bool
link_denied(const struct link *l)
{
    return link_report(l, 0).error.code == TANDEM_EAUTH ||
           link_report(l, 1).error.code == TANDEM_EAUTH;
}

bool
link_alone(const struct link *l)
{
    return l->side[0].d->writes == l->side[0].stamp + l->side[0].own &&
           l->side[1].d->writes == l->side[1].stamp + l->side[1].own;
}

void
link_end(struct world *w, struct link *l)
{
    if (!link_cut(l)) {
        tap_end(w, l);
        l->looked_at = true;
    }
    link_close(l);
}

bool
link_run(struct world *w, struct link *l)
{
    bool done;

    while (link_step(w, l)) {
    }
    done = link_done(l);
    link_end(w, l);
    return done;
}

void
links_drop(struct world *w, struct device *d)
{
    struct link *l;

    while ((l = links_of(w, d)) != NULL) {
        link_close(l);
    }
}

struct link *
links_of(struct world *w, const struct device *d)
{
    for (size_t i = 0; i < WORLD_LINKS; i++) {
        struct link *l = &w->links[i];

        if (l->on && (l->side[0].d == d || l->side[1].d == d)) {
            return l;
        }
    }
    return NULL;
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
