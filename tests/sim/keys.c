// SPDX-License-Identifier: Apache-2.0
// keys.c - see keys.h.
#include "sim/keys.h"

#include <string.h>

static bool
has_key(const struct device *d, const struct td_epoch_id *epoch)
{
    return d->r->member != NULL && td_member_key(d->r->member, epoch) != NULL;
}

// As `by` knows them: it holds the key, and `asker` reads what it is of.
static bool
gives(const struct device *by, const struct device *asker,
    const struct td_epoch_id *epoch)
{
    tandem_id sector;

    return has_key(by, epoch) &&
           td_member_epoch_known(by->r->member, epoch, &sector) &&
           device_right(by, asker, sector) >= TANDEM_RIGHT_READER;
}

void
keys_asked(struct side *s, struct td_msg *m)
{
    s->given = 0;
    s->asked_count = m->count;
    for (size_t i = 0; i < m->count; i++) {
        td_msg_next_epoch(m, &s->asked[i]);
    }
}

void
keys_told(struct world *w, struct link *l, size_t i, struct td_msg *m)
{
    struct device *by = l->side[i].d;
    struct side *asker = &l->side[1 - i];
    struct td_msg_key key;

    if (l->hostile) {
        return; // it may have heard another question
    }
    if (m->count != asker->asked_count) {
        world_fail(w, COUNT_KEYS, "device %zu answers %zu keys for %zu",
            by->index, m->count, asker->asked_count);
    }
    for (size_t k = 0; k < m->count; k++) {
        td_msg_next_key(m, &key);
        if (key.held != gives(by, asker->d, &asker->asked[k])) {
            world_fail(w, COUNT_KEYS,
                "device %zu %s device %zu the key of an epoch", by->index,
                key.held ? "may not give" : "does not give", asker->d->index);
        }
        asker->given |= key.held ? UINT64_C(1) << k : 0;
    }
}

void
keys_done(struct world *w, struct link *l)
{
    for (size_t i = 0; i < 2; i++) {
        const struct side *s = &l->side[i];

        for (size_t k = 0; k < s->asked_count; k++) {
            if ((s->given >> k & 1) == 0) {
                continue;
            }
            if (!has_key(s->d, &s->asked[k])) {
                world_fail(w, COUNT_KEYS,
                    "device %zu was given the key of an epoch, and lacks it",
                    s->d->index);
            }
            world_count(w, COUNT_KEYS);
        }
    }
}

struct reading {
    const struct device *office, *d;
};

static bool
reads(void *ctx, tandem_id sector)
{
    const struct reading *x = ctx;

    return device_right(x->office, x->d, sector) >= TANDEM_RIGHT_READER;
}

void
keys_rest(struct world *w, struct device *d)
{
    struct reading x = {&w->d[0], d};
    const struct td_lacking_query q = {
        .wanted = reads, .ctx = &x, .max = TD_MSG_EPOCHS};
    struct td_epoch_id lacking[TD_MSG_EPOCHS];
    tandem_id sector;
    size_t n;

    world_ok(w, td_replica_lacking(d->r, &q, lacking, &n), NULL);
    for (size_t k = 0; k < n; k++) {
        TD_ASSERT(td_member_epoch_known(d->r->member, &lacking[k], &sector));
        for (size_t i = 0; i < w->count; i++) {
            const struct device *by = &w->d[i];

            if (heads_shared(d, by, sector) && gives(by, d, &lacking[k])) {
                world_fail(w, COUNT_KEYS,
                    "device %zu lacks a key that device %zu could give",
                    d->index, i);
            }
        }
    }
}
