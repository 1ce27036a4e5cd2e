// SPDX-License-Identifier: Apache-2.0
// twin.c - see twin.h.
#include "sim/twin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "session/state.h"
#include "sim/look.h"

// What a cut may cost: a frame of the segment under way; where the session
// writes by itself, also what waited for its transaction.
static uint64_t
again_max(const struct side *receiver)
{
    if (!receiver->d->outside) {
        return receiver->partial + TD_SESSION_BATCH_BYTES;
    }
    return receiver->partial > TD_FRAME_BYTES_MAX ? TD_FRAME_BYTES_MAX
                                                  : receiver->partial;
}

#define YEARS ((int64_t)365 * 86400 * 1000)

static struct device *
copy_of(struct world *w, struct device *d, int64_t skew_ms)
{
    struct device *t = calloc(1, sizeof(*t));
    tandem_sys given = d->sys;

    TD_ASSERT(t != NULL);
    device_finish(d);
    t->w = w;
    t->index = d->index;
    t->random = d->random;
    t->skew_ms = skew_ms;
    t->wall_max = INT64_MAX / 2; // not what is looked at here
    t->map_bytes = d->map_bytes;
    t->outside = d->outside;
    given.ctx = t;
    td_sys_fill(&t->sys, &given);
    (void)snprintf(t->dir, sizeof(t->dir), "%s/twin%zu", w->dir, d->index);
    device_copy(d->dir, t->dir);
    device_open(t, false);
    return t;
}

static void
gone(struct device *t)
{
    device_close(t);
    device_remove(t);
    free(t);
}

// Where a branch leaves is found by entries 1, 2, 4... before its head: of what
// it shares some comes along, more or less from elsewhere.
static void
compare_bytes(struct world *w, const uint64_t whole[2], const uint64_t heard[2],
    const uint64_t most[2], const bool parted[2])
{
    for (size_t i = 0; i < 2; i++) {
        if (parted[i]) {
            continue;
        }
        if (heard[i] > most[i]) {
            world_fail(w, COUNT_AGAIN,
                "%llu bytes in all, %llu in one go, at most %llu",
                (unsigned long long)heard[i], (unsigned long long)whole[i],
                (unsigned long long)most[i]);
        }
        if (whole[i] > 0) {
            world_count(w, COUNT_AGAIN);
        }
    }
}

// A session that is cut at some byte, and another that must end well.
static void
cut_and_resume(struct world *w, struct device *a, struct device *b,
    const uint64_t whole[2], uint64_t bytes)
{
    struct link l;
    uint64_t heard[2] = {0, 0}, most[2] = {0, 0};
    bool parted[2] = {false, false};

    if (!link_open(w, &l, a, b)) {
        return;
    }
    l.cut_at = 1 + world_pick(w, (size_t)bytes);
    for (int again = 0; again < 2; again++) {
        while (link_step(w, &l)) {
        }
        heard[0] += l.side[0].heard;
        heard[1] += l.side[1].heard;
        parted[0] = parted[0] || l.side[0].parted;
        parted[1] = parted[1] || l.side[1].parted;
        if (again == 0) {
            bool was_cut = link_cut(&l);

            most[0] = whole[0] + again_max(&l.side[0]);
            most[1] = whole[1] + again_max(&l.side[1]);
            link_end(w, &l);
            if (!was_cut || !link_open(w, &l, a, b)) {
                return;
            }
        }
    }
    if (!link_done(&l)) {
        world_fail(w, COUNT_RESUMED,
            "devices %zu and %zu: a cut session is "
            "not taken up again",
            a->index, b->index);
    }
    link_end(w, &l);
    world_count(w, COUNT_RESUMED);
    compare_bytes(w, whole, heard, most, parted);
}

// What comes in a session under a key that is lacking asks for it in the next
// one: of two sessions the second has asked for what the first brought. One
// more on either side, and both know all keys there are.
static void
ask_for_keys(
    struct world *w, struct device *x[2], struct device *a, struct device *b)
{
    struct link l;

    if (!look_waits(x[0]) && !look_waits(x[1]) && !look_waits(a) &&
        !look_waits(b)) {
        return;
    }
    if (link_open(w, &l, x[0], x[1])) {
        l.twin = true;
        (void)link_run(w, &l);
    }
    if (link_open(w, &l, a, b)) {
        (void)link_run(w, &l);
    }
}

bool
twin_meet(struct world *w, struct device *a, struct device *b, bool cut)
{
    struct device *x[2] = {
        copy_of(w, a, a->skew_ms + (world_chance(w, 50) ? 20 : -20) * YEARS),
        copy_of(w, b, b->skew_ms + (world_chance(w, 50) ? 20 : -20) * YEARS)};
    uint64_t whole[2] = {0, 0};
    uint64_t bytes = 0;
    struct link l;
    bool there, here;

    there = link_open(w, &l, x[0], x[1]);
    if (there) {
        l.twin = true;
        while (link_step(w, &l)) {
        }
        bytes = l.bytes;
        whole[0] = l.side[0].heard;
        whole[1] = l.side[1].heard;
        there = link_done(&l);
        link_end(w, &l);
    }
    if (there && cut) {
        cut_and_resume(w, a, b, whole, bytes);
        ask_for_keys(w, x, a, b);
        here = true;
    } else if ((here = link_open(w, &l, a, b))) {
        here = link_run(w, &l);
    }
    if (here != there) {
        world_fail(w, COUNT_CLOCK_BLIND,
            "devices %zu and %zu end otherwise under another clock", a->index,
            b->index);
    }
    if (there) {
        look_alike(w, a, x[0]);
        look_alike(w, b, x[1]);
        world_count(w, COUNT_CLOCK_BLIND);
    }
    gone(x[0]);
    gone(x[1]);
    return here;
}
