// SPDX-License-Identifier: Apache-2.0
// twin.c - see twin.h.
#include "sim/twin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "session/state.h"
#include "sim/look.h"
#include "sim/typing.h"

// What a cut may cost. Where the carrier writes, nothing: what came of the
// segment under way is kept. A session that writes by itself dies with what
// waited for its transaction; of that this bound sees little, so it counts for
// nothing.
static uint64_t
again_max(const struct side *receiver)
{
    return receiver->d->outside ? 0
                                : receiver->partial + TD_SESSION_BATCH_BYTES;
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

struct again {             // bytes of DATA that came to one side
    uint64_t whole, heard; // in one go; in both sessions
    uint64_t most;
    bool amid;   // the cut left a part of a segment, which was to be kept
    bool parted; // it holds another branch than it was told of
};

// Where a branch leaves is found by entries 1, 2, 4... before its head: of what
// it shares some comes along, more or less from elsewhere.
static void
compare_bytes(struct world *w, const struct again *x)
{
    if (x->parted) {
        return;
    }
    if (x->heard > x->most) {
        world_fail(w, COUNT_AGAIN,
            "%llu bytes in all, %llu in one go, at most %llu",
            (unsigned long long)x->heard, (unsigned long long)x->whole,
            (unsigned long long)x->most);
    }
    if (x->amid) {
        world_count(w, COUNT_AGAIN);
    }
}

static void
hear_out(struct world *w, struct link *l, struct again of[2])
{
    while (link_step(w, l)) {
    }
    for (size_t i = 0; i < 2; i++) {
        of[i].heard += l->side[i].heard;
        of[i].parted = of[i].parted || l->side[i].parted;
    }
}

// A session that is cut at some byte, and another that must end well.
static void
cut_and_resume(struct world *w, struct device *a, struct device *b,
    struct again of[2], uint64_t cut_at)
{
    struct link l;
    bool was_cut;

    if (!link_open(w, &l, a, b)) {
        return;
    }
    l.cut_at = cut_at;
    hear_out(w, &l, of);
    for (size_t i = 0; i < 2; i++) {
        of[i].most = of[i].whole + again_max(&l.side[i]);
        of[i].amid = l.side[i].d->outside && l.side[i].partial > 0;
    }
    was_cut = link_cut(&l);
    link_end(w, &l);
    if (!was_cut || !link_open(w, &l, a, b)) {
        return;
    }
    hear_out(w, &l, of);
    if (!link_done(&l)) {
        world_fail(w, COUNT_RESUMED,
            "devices %zu and %zu: a cut session is "
            "not taken up again",
            a->index, b->index);
    }
    link_end(w, &l);
    world_count(w, COUNT_RESUMED);
    compare_bytes(w, &of[0]);
    compare_bytes(w, &of[1]);
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

// More than a frame holds, for the one whose carrier writes, so that a cut may
// fall into a segment.
static void
type_much(struct world *w, struct device *a, struct device *b)
{
    struct device *d = b->outside ? a : b;

    for (size_t i = 0; i < w->sector_count; i++) {
        if (heads_shared(a, b, w->sectors[i]) &&
            heads_shared(b, a, w->sectors[i])) {
            for (size_t n = 1 + world_pick(w, 2); n > 0; n--) {
                size_t bytes = 40000 + world_pick(w, 20000);

                (void)typing_new(w, d, i, bytes);
            }
            return;
        }
    }
}

static bool
amid_segment(const struct link *l)
{
    return (l->side[0].d->outside && l->side[0].partial > 0) ||
           (l->side[1].d->outside && l->side[1].partial > 0);
}

// The session in one go. In *cut_at a byte of it, mostly within a segment.
static bool
live_whole(
    struct world *w, struct device *x[2], struct again of[2], uint64_t *cut_at)
{
    struct link l;
    size_t places = 0;
    uint64_t bytes;
    bool done;

    if (!link_open(w, &l, x[0], x[1])) {
        return false;
    }
    l.twin = true;
    while (link_step(w, &l)) {
        if (amid_segment(&l) && world_pick(w, ++places) == 0) {
            *cut_at = l.bytes + world_pick(w, 1000);
        }
    }
    bytes = 1 + world_pick(w, (size_t)l.bytes + 1);
    if (places == 0 || world_chance(w, 30)) {
        *cut_at = bytes;
    }
    of[0].whole = l.side[0].heard;
    of[1].whole = l.side[1].heard;
    done = link_done(&l);
    link_end(w, &l);
    return done;
}

bool
twin_meet(struct world *w, struct device *a, struct device *b, bool cut)
{
    struct again of[2] = {{0}};
    struct device *x[2];
    uint64_t cut_at = 0;
    struct link l;
    bool there, here;

    if (cut && (a->outside || b->outside)) {
        type_much(w, a, b);
    }
    x[0] = copy_of(w, a, a->skew_ms + (world_chance(w, 50) ? 20 : -20) * YEARS);
    x[1] = copy_of(w, b, b->skew_ms + (world_chance(w, 50) ? 20 : -20) * YEARS);
    there = live_whole(w, x, of, &cut_at);
    if (there && cut) {
        cut_and_resume(w, a, b, of, cut_at);
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
