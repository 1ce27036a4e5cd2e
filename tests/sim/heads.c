// SPDX-License-Identifier: Apache-2.0
// heads.c - see heads.h.
#include "sim/heads.h"

#include <stdlib.h>
#include <string.h>

#include "sim/world.h"

static int
compare(const void *a, const void *b)
{
    const struct td_log_info *x = a, *y = b;
    int c = td_log_id_cmp(x->id, y->id);

    return c != 0 ? c : memcmp(x->head.b, y->head.b, sizeof(x->head.b));
}

void
heads_take(struct heads *h, struct device *d)
{
    struct td_log_info *logs;
    struct td_arena arena;

    heads_free(h);
    td_arena_init(&arena, NULL, (size_t)8 << 20);
    h->count = device_logs(d, NULL, &arena, &logs);
    h->of = calloc(h->count + 1, sizeof(*h->of));
    TD_ASSERT(h->of != NULL);
    if (h->count > 0) {
        memcpy(h->of, logs, h->count * sizeof(*h->of));
    }
    td_arena_deinit(&arena);
    qsort(h->of, h->count, sizeof(*h->of), compare);
    h->taken = true;
}

void
heads_free(struct heads *h)
{
    free(h->of);
    memset(h, 0, sizeof(*h));
}

bool
heads_shared(struct device *d, const struct device *other, tandem_id sector)
{
    return td_id_cmp(sector, td_sector_control) == 0 ||
           (device_right(d, d, sector) >= TANDEM_RIGHT_READER &&
               device_right(d, other, sector) >= TANDEM_RIGHT_READER);
}

void
heads_keep_shared(struct heads *h, struct device *a, struct device *b)
{
    size_t n = 0;

    for (size_t i = 0; i < h->count; i++) {
        if (heads_shared(a, b, h->of[i].sector) &&
            heads_shared(b, a, h->of[i].sector)) {
            h->of[n++] = h->of[i];
        }
    }
    h->count = n;
}

bool
heads_hold(const struct heads *h, const struct td_log_info *head)
{
    return bsearch(head, h->of, h->count, sizeof(*h->of), compare) != NULL;
}

size_t
heads_beyond(const struct heads *a, const struct heads *b, struct device *d,
    const struct device *other)
{
    size_t n = 0;

    for (size_t i = 0; i < a->count; i++) {
        n +=
            heads_shared(d, other, a->of[i].sector) && !heads_hold(b, &a->of[i])
                ? 1
                : 0;
    }
    return n;
}

bool
heads_reach(struct device *d, const struct td_log_info *entry)
{
    return heads_has(d, entry->id, entry->head_seq, &entry->head);
}

bool
heads_has(struct device *d, struct td_log_id id, uint64_t seq,
    const struct td_hash *hash)
{
    struct td_hash16 mark = td_hash_short(hash);

    return heads_on_path(d, id, seq, &mark);
}

bool
heads_on_path(struct device *d, struct td_log_id id, uint64_t seq,
    const struct td_hash16 *mark)
{
    struct td_log_info log;
    struct td_txn *t;
    tandem_err err;

    world_ok(d->w, td_store_read(d->store, &t), NULL);
    err = td_log_on_path(t, id, seq, mark, &log);
    td_store_read_end(t);
    if (err != TANDEM_ENOTFOUND) {
        world_ok(d->w, err, NULL);
    }
    return err == TANDEM_OK;
}

uint64_t
heads_hash(const struct heads *h, tandem_id sector)
{
    uint64_t x = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < h->count; i++) {
        if (td_id_cmp(h->of[i].sector, sector) != 0) {
            continue;
        }
        for (size_t k = 0; k < 48; k++) {
            uint8_t b = k < 16 ? h->of[i].id.b[k] : h->of[i].head.b[k - 16];

            x = (x ^ b) * UINT64_C(0x100000001b3);
        }
    }
    return x;
}
