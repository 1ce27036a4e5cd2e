// SPDX-License-Identifier: Apache-2.0
// damage.c - see damage.h.
#include "sim/damage.h"

#include "base/slice.h"

enum { TRIES = 8 };

// Something typed of which both hold the payload, in a sector both see.
static const struct typed *
held_by_both(struct world *w, struct device *a, struct device *b)
{
    const struct model *m = &w->model;

    for (int i = 0; i < TRIES && m->count > 0; i++) {
        const struct typed *t = &m->typed[world_pick(w, m->count)];
        tandem_id sector = w->sectors[m->sheets[t->record].sector];

        if (heads_shared(a, b, sector) && heads_shared(b, a, sector) &&
            model_has(a, t) && model_has(b, t)) {
            return t;
        }
    }
    return NULL;
}

static bool
talk(struct world *w, struct device *a, struct device *b)
{
    struct link l;

    return link_open(w, &l, a, b) && link_run(w, &l);
}

// Its row stands where the entry is held first: in the branch itself, or in
// one that it leaves.
static tandem_err
spoil(struct td_txn *t, void *ctx)
{
    const struct td_payload junk = {.bytes = td_slice_str("of no hash")};
    const struct typed *typed = ctx;
    struct td_hash16 mark = td_hash_short(&typed->at.hash);
    struct td_log_info log;
    uint8_t key[14];
    tandem_slice at = {key, sizeof(key)};

    TD_TRY(td_log_on_path(t, typed->at.log, typed->at.seq, &mark, &log));
    td_put_be32(key, log.number);
    td_put_be64(key + 4, typed->at.seq);
    key[12] = (uint8_t)(typed->index >> 8);
    key[13] = (uint8_t)typed->index;
    while (!td_has(t, TD_T_PAYLOADS, at)) {
        TD_TRY(td_log_number(t, log.parent, &log));
        td_put_be32(key, log.number);
    }
    return td_payload_put(t, log.number, typed->at.seq, (uint16_t)typed->index,
        TD_SEAL_TRANSIT, &junk);
}

static uint64_t
missing(struct device *d)
{
    tandem_stats stats;

    world_ok(d->w, td_replica_stats(d->r, &stats), NULL);
    return stats.missing;
}

void
damage_payload(struct world *w, struct device *d, struct device *peer)
{
    const struct typed *found;
    struct typed t;
    uint64_t before;
    tandem_error e = {0};

    // What both may see does not change any more.
    if (!talk(w, d, peer) || (found = held_by_both(w, d, peer)) == NULL) {
        return;
    }
    t = *found;
    before = missing(d);
    device_writes(d);
    world_ok(w, td_store_write(d->store, spoil, &t, &e), &e);
    if (model_has(d, &t)) {
        world_fail(
            w, COUNT_MISSING, "device %zu reads what is spoilt", d->index);
    }
    world_ok(w, td_replica_me_set(d->r, d->r->me, &e), &e); // any write
    if (missing(d) != before + 1) {
        world_fail(w, COUNT_MISSING, "device %zu does not miss what is spoilt",
            d->index);
    }
    if (!talk(w, d, peer) || missing(d) != before || !model_has(d, &t)) {
        world_fail(w, COUNT_MISSING,
            "device %zu does not get from device %zu what is spoilt", d->index,
            peer->index);
    }
    world_count(w, COUNT_MISSING);
}
