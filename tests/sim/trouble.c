// SPDX-License-Identifier: Apache-2.0
// trouble.c - see trouble.h.
#include "sim/trouble.h"

#include <stdio.h>
#include <string.h>

#include "sim/keys.h"
#include "sim/typing.h"

#define DAY ((int64_t)86400 * 1000)

void
trouble_before_death(struct world *w, struct device *d)
{
    links_drop(w, d);
    typing_forget(d);
}

void
trouble_crash(struct world *w, struct device *d)
{
    device_freeze(d);
    trouble_before_death(w, d);
    device_thaw(d);
}

// --------------------------------------------------------------- crash behind

struct named { // own entries that a message named
    struct td_msg_place of[64];
    size_t count;
};

static void
names(struct device *d, tandem_slice message, struct named *out)
{
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_msg m;
    size_t count;

    out->count = 0;
    world_ok(d->w, td_msg_decode(message, &m), NULL);
    td_arena_init(&arena, NULL, (size_t)8 << 20);
    count = device_logs(d, NULL, &arena, &logs);
    for (size_t i = 0; m.type == TD_MSG_ADVERT && i < m.count; i++) {
        struct td_msg_place p;

        td_msg_next_place(&m, &p);
        for (size_t k = 0; k < count && out->count < 64; k++) {
            if (td_log_id_cmp(logs[k].id, p.log) == 0 &&
                td_device_cmp(logs[k].device, d->id) == 0) {
                out->of[out->count++] = p;
            }
        }
    }
    td_arena_deinit(&arena);
}

static void
still_there(struct device *d, const struct named *n)
{
    struct td_log_info log;
    struct td_txn *t;

    world_ok(d->w, td_store_read(d->store, &t), NULL);
    for (size_t i = 0; i < n->count; i++) {
        if (td_log_on_path(t, n->of[i].log, n->of[i].seq, &n->of[i].hash,
                &log) != TANDEM_OK) {
            world_fail(d->w, COUNT_DURABLE,
                "device %zu said an entry that died with it", d->index);
        }
    }
    td_store_read_end(t);
}

void
trouble_nothing_beyond(struct world *w, struct device *d)
{
    struct heads h = {0};

    for (size_t i = 0; i < w->count; i++) {
        heads_take(&h, &w->d[i]);
        for (size_t k = 0; k < h.count && i != d->index; k++) {
            if (td_device_cmp(h.of[k].device, d->id) == 0 &&
                !heads_reach(d, &h.of[k])) {
                world_fail(w, COUNT_DURABLE,
                    "device %zu holds an entry that died with device %zu", i,
                    d->index);
            }
        }
    }
    heads_free(&h);
}

void
trouble_crash_behind(struct world *w, struct link *l)
{
    struct named n = {.count = 0};
    struct device *d = NULL;

    for (size_t tries = 0; tries < 200 && n.count == 0; tries++) {
        struct letter *was[2] = {l->side[0].last, l->side[1].last};
        bool queued[2] = {l->side[0].first != NULL, l->side[1].first != NULL};

        if (!link_step(w, l)) {
            return;
        }
        for (size_t i = 0; i < 2; i++) {
            const struct side *s = &l->side[i];

            if (s->first != NULL && (s->last != was[i] || !queued[i])) {
                names(s->d, (tandem_slice){s->last->bytes, s->last->len}, &n);
                d = n.count > 0 ? s->d : d;
            }
        }
    }
    for (size_t more = world_pick(w, 4); n.count > 0 && more > 0; more--) {
        (void)link_step(w, l);
    }
    if (n.count > 0) {
        trouble_crash(w, d);
        still_there(d, &n);
        if (!d->rewritten) {
            trouble_nothing_beyond(w, d);
        }
        world_count(w, COUNT_DURABLE);
    }
}

// ------------------------------------------------------------------- put back

static bool
same_own(struct device *d, const struct heads *then)
{
    struct heads now = {0};
    size_t own = 0, was = 0;

    heads_take(&now, d);
    for (size_t i = 0; i < now.count; i++) {
        own += td_device_cmp(now.of[i].device, d->id) == 0
                   ? now.of[i].head_seq + 1
                   : 0;
    }
    for (size_t i = 0; i < then->count; i++) {
        was += td_device_cmp(then->of[i].device, d->id) == 0
                   ? then->of[i].head_seq + 1
                   : 0;
    }
    heads_free(&now);
    return own == was;
}

void
trouble_keep(struct world *w, struct device *d)
{
    char kept[160];

    (void)w;
    (void)snprintf(kept, sizeof(kept), "%s.kept", d->dir);
    device_copy(d->dir, kept);
    heads_take(&w->kept[d->index], d);
}

static bool
is_held(struct world *w, const struct typed *t)
{
    const struct td_hash16 mark = td_hash_short(&t->at.hash);
    bool held = false;

    for (size_t i = 0; i < w->count && !held; i++) {
        held = heads_on_path(&w->d[i], t->at.log, t->at.seq, &mark);
    }
    return held;
}

// What stood on the disk that is gone, and nowhere else. What somebody else
// holds can be opened: no entry goes ahead of the epoch that was made for it.
static void
lose(struct world *w)
{
    for (size_t i = 0; i < w->model.count; i++) {
        w->model.typed[i].lost = !is_held(w, &w->model.typed[i]);
    }
}

void
trouble_put_back(struct world *w, struct device *d)
{
    uint8_t incarnation[16];
    char kept[160];
    bool same;

    if (!w->kept[d->index].taken) {
        return;
    }
    same = same_own(d, &w->kept[d->index]);
    if (!same && d->index == 0) {
        return; // it would write its log a second time
    }
    (void)snprintf(kept, sizeof(kept), "%s.kept", d->dir);
    trouble_before_death(w, d);
    memcpy(incarnation, d->r->incarnation, sizeof(incarnation));
    device_close(d);
    device_copy(kept, d->dir);
    device_open(d, false);
    device_writes(d);
    d->unfound = memcmp(incarnation, d->r->incarnation, 16) == 0;
    d->crashed = true;
    for (size_t i = 0; i < w->count; i++) {
        trouble_unmet(w, d, &w->d[i]);
        d->forgot[i] = i != d->index;
    }
    if (!same) {
        trouble_rewritten(w, d);
    }
    lose(w);
}

void
trouble_rewritten(struct world *w, struct device *d)
{
    for (size_t i = 0; i < w->count; i++) {
        if (td_device_cmp(w->d[i].id, d->id) == 0) {
            w->d[i].rewritten = true;
        }
    }
    w->forks = true;
}

void
trouble_copy(struct world *w, struct device *d)
{
    struct device *c = &w->d[w->count];
    tandem_sys given = d->sys;

    if (w->count == WORLD_DEVICES || d->index == 0 || d->rewritten ||
        !d->introduced) {
        return;
    }
    device_finish(d);
    memset(c, 0, sizeof(*c));
    c->w = w;
    c->index = w->count++;
    c->random = world_next(&w->random) | 1;
    c->skew_ms = d->skew_ms;
    c->wall_max = d->wall_max;
    c->map_bytes = d->map_bytes;
    c->outside = d->outside;
    c->noted = d->noted;
    c->introduced = true;
    given.ctx = c;
    td_sys_fill(&c->sys, &given);
    (void)snprintf(c->dir, sizeof(c->dir), "%s/d%zu", w->dir, c->index);
    device_copy(d->dir, c->dir);
    heads_take(&w->took[c->index], d);
    device_open(c, false);
    trouble_rewritten(w, d);
}

// ------------------------------------------------------------- what was known

void
trouble_unmet(struct world *w, const struct device *a, const struct device *b)
{
    struct heads *met = a->index < b->index ? w->met[a->index][b->index]
                                            : w->met[b->index][a->index];

    heads_free(&met[0]);
    heads_free(&met[1]);
}

void
trouble_forget(struct world *w, struct device *d, struct device *peer)
{
    struct td_peer *old = &w->peers[d->index][peer->index];
    struct td_peer p = {.device = peer->id};
    struct td_peer now = p;
    tandem_err err = td_peer_get(d->r, &peer->id, &now);

    if (err != TANDEM_OK && err != TANDEM_ENOTFOUND) {
        world_ok(w, err, NULL);
    }
    switch (world_pick(w, 4)) {
    case 0: // nothing
        break;
    case 1: // what it was once
        p = td_device_cmp(old->device, peer->id) == 0 ? *old : p;
        break;
    case 2: // all there is
        p = now;
        p.their_lsn = device_lsn(peer);
        break;
    default: // more than there is
        p = now;
        p.their_lsn += 1 + world_pick(w, 1000);
        break;
    }
    *old = now;
    old->device = peer->id;
    device_writes(d);
    world_ok(w, td_peer_put(d->r, &p), NULL);
    d->forgot[peer->index] = true;
    trouble_unmet(w, d, peer);
}

void
trouble_clock(struct world *w, struct device *d)
{
    static const int64_t skews[] = {
        0, 3600000, -3600000, -20 * 365 * DAY, 10 * 365 * DAY, 40 * DAY};

    d->skew_ms = skews[world_pick(w, sizeof(skews) / sizeof(skews[0]))];
    d->skew_ms += (int64_t)world_pick(w, 60000);
    (void)device_wall(d);
}
