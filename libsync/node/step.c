// SPDX-License-Identifier: Apache-2.0
// step.c - a node's turns, one after another, until something is to be told.
//
// A turn never waits: it answers knocks, takes frames and sends what may go (at
// most TD_TURN_FRAMES a talk and way), looks at timers. Events
// are flags on what they speak of, so none is ever lost for want of memory.
#include "node/enrolment.h"

#include <stdio.h>
#include <string.h>

static void
turn(struct tandem_node *n, bool *more)
{
    uint64_t now = td_node_mono(n);

    *more = n->more = false;
    td_door_knocks(n, now, more);
    if (!n->asleep) {
        td_beacon_turn(n, now);
        td_near_turn(n, now, more);
    }
    if (n->door != NULL) {
        td_door_turn(n, now, more);
    }
    for (size_t i = 0; i < n->talk_max; i++) {
        if (!n->talks[i].incoming && td_talk_live(&n->talks[i])) {
            td_dial_turn(&n->talks[i], now, more);
        }
    }
    for (struct tandem_enrol *x = n->enrols; x != NULL; x = x->next) {
        td_enrolment_turn(x, now, more);
    }
    *more = *more || n->more;
    // A commit above may have been slow: timers wait until what the peers sent
    // meanwhile has been heard, but a flood does not keep them for ever.
    if (*more && ++n->busy < TD_TURNS_BUSY) {
        return;
    }
    n->busy = 0;
    for (size_t i = 0; i < n->talk_max; i++) {
        if (n->talks[i].incoming) {
            td_talk_timers(&n->talks[i], now);
        } else {
            td_dial_timers(&n->talks[i], now);
        }
    }
}

static void
whom(const struct td_talk *t, tandem_event *ev)
{
    ev->peer = t->peer;
    ev->incoming = t->incoming;
    (void)snprintf(ev->address, sizeof(ev->address), "%s", t->address);
}

static void
numbers(const struct td_talk *t, tandem_event *ev)
{
    ev->report = t->report;
    ev->kind_count = t->kind_count;
    memcpy(ev->kinds, t->kinds, sizeof(ev->kinds));
}

// The talk whose event it was is free again once it is over.
static bool
talk_event(struct td_talk *t, tandem_event *ev)
{
    if (!t->say_started && !t->say_over) {
        return false;
    }
    whom(t, ev);
    if (t->say_started) {
        t->say_started = false;
        ev->kind = TANDEM_EVENT_STARTED;
        return true;
    }
    ev->kind = TANDEM_EVENT_FINISHED;
    numbers(t, ev);
    td_talk_reset(t);
    return true;
}

static bool
next_event(struct tandem_node *n, tandem_event *ev)
{
    for (struct tandem_enrol *x = n->enrols; x != NULL; x = x->next) {
        if (x->moved) {
            x->moved = false;
            ev->kind = TANDEM_EVENT_ENROL;
            ev->peer = tandem_enrol_peer(x);
            ev->incoming = x->inviter;
            return true;
        }
    }
    for (size_t i = 0; i < n->talk_max; i++) {
        if (talk_event(&n->talks[i], ev)) {
            return true;
        }
    }
    if (n->stranger) {
        n->stranger = false;
        ev->kind = TANDEM_EVENT_STRANGER;
        ev->incoming = true;
        return true;
    }
    return false;
}

static bool
pending(const struct tandem_node *n)
{
    for (size_t i = 0; i < n->talk_max; i++) {
        if (n->talks[i].say_started || n->talks[i].say_over) {
            return true;
        }
    }
    return n->stranger;
}

static uint64_t
sooner(uint64_t max, uint64_t now, uint64_t due)
{
    uint64_t left = due > now ? due - now : 0;

    return left < max ? left : max;
}

// Milliseconds until something falls due by the clock, at most `max`.
static uint64_t
until_due(const struct tandem_node *n, uint64_t now, uint64_t max)
{
    for (size_t i = 0; i < n->talk_max; i++) {
        max = sooner(max, now, td_talk_due(&n->talks[i]));
    }
    for (const struct tandem_enrol *x = n->enrols; x != NULL; x = x->next) {
        if (td_enrolment_live(x) || x->line != NULL) {
            max = sooner(max, now, x->due_ms);
            max = sooner(max, now, td_talk_due(&x->talk));
            max = x->probe_ms == 0 ? max : sooner(max, now, x->probe_ms);
        }
    }
    if (!n->asleep) {
        max = sooner(max, now, td_beacon_due(&n->beacon));
        max = sooner(max, now, td_near_due(&n->near));
    }
    return max;
}

static tandem_err
step(struct tandem_node *n, uint32_t max_ms, tandem_event *ev, bool *more)
{
    const uint64_t begun = td_node_mono(n);
    bool woken = false;

    for (;;) {
        uint64_t now, left;
        bool busy;

        turn(n, &busy);
        if (next_event(n, ev)) {
            *more = busy || pending(n);
            return TANDEM_OK;
        }
        now = td_node_mono(n);
        left = now - begun < max_ms ? max_ms - (now - begun) : 0;
        if (left == 0 || woken) {
            *more = busy;
            return TANDEM_OK;
        }
        if (!busy) {
            td_node_tidy(n, &busy);
        }
        // One millisecond more than due: waiting rounds down.
        left = busy ? 0 : until_due(n, now, left) + 1;
        TD_TRY(
            td_wire_wait(n->wire, (int)(left > 60000 ? 60000 : left), &woken));
    }
}

tandem_err
tandem_node_step(tandem_node *n, uint32_t max_ms, tandem_event *ev, bool *more,
    tandem_error *e)
{
    tandem_event out;
    bool again = false;
    tandem_err err;

    td_fail_clear(e);
    if (n == NULL || ev == NULL || more == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(td_node_usable(n, e));
    memset(&out, 0, sizeof(out));
    err = step(n, max_ms, &out, &again);
    if (err != TANDEM_OK) {
        n->failed = err == TANDEM_EFAILED;
        return td_fail_code(e, err);
    }
    *ev = out;
    *more = again;
    return TANDEM_OK;
}

tandem_err
tandem_node_progress(tandem_node *n, size_t i, tandem_event *out)
{
    if (n == NULL || out == NULL) {
        return TANDEM_EMISUSE;
    }
    for (size_t k = 0; k < n->talk_max; k++) {
        struct td_talk *t = &n->talks[k];

        if (!td_talk_live(t) || t->session == NULL || i-- > 0) {
            continue;
        }
        td_talk_collect(t);
        memset(out, 0, sizeof(*out));
        whom(t, out);
        numbers(t, out);
        return TANDEM_OK;
    }
    return TANDEM_ENOTFOUND;
}

void
tandem_node_wake(tandem_node *n)
{
    if (n != NULL) {
        td_wire_wake(n->wire);
    }
}

size_t
tandem_node_active(const tandem_node *n)
{
    size_t count = 0;

    for (size_t i = 0; i < n->talk_max; i++) {
        count += td_talk_live(&n->talks[i]) ? 1 : 0;
    }
    for (struct tandem_enrol *x = n->enrols; x != NULL; x = x->next) {
        count += td_enrolment_live(x) ? 1 : 0;
    }
    return count;
}
