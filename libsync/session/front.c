// SPDX-License-Identifier: Apache-2.0
// front.c - the heads a session speaks of. See state.h.
//
// Listed once (front_load.c), then only told what the session brought. What two
// heads of one log become when they meet in the set: the later one where it
// follows the other, both where the log was written twice.
#include "session/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "log/trie.h"

struct td_front *
td_front_of(struct td_session *x)
{
    return &x->fronts[x->control ? 1 : 0];
}

void
td_front_deinit(struct td_session *x, struct td_front *s)
{
    td_arena_deinit(&s->arena);
    td_free(x->sys, s->news, s->news_cap * sizeof(*s->news));
    memset(s, 0, sizeof(*s));
}

// ----------------------------------------------------------------------- note

static bool
has(const struct td_front *s, size_t sector, const struct td_head *h)
{
    size_t low = s->starts[sector];
    size_t high = s->starts[sector + 1];

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = td_trie_order(&s->heads[mid], h);

        if (c == 0) {
            return true;
        }
        low = c < 0 ? mid + 1 : low;
        high = c < 0 ? high : mid;
    }
    return false;
}

tandem_err
td_front_note(struct td_session *x, size_t sector, const struct td_head *head)
{
    struct td_front *s = td_front_of(x);

    if (s->loaded && has(s, sector, head)) {
        return TANDEM_OK;
    }
    TD_TRY(td_session_room(x, &s->news, &s->news_cap, s->news_count,
        TD_SESSION_HEADS_MAX, sizeof(*s->news)));
    s->news[s->news_count++] =
        (struct td_front_news){.sector = sector, .head = *head};
    return TANDEM_OK;
}

// --------------------------------------------------------------------- settle

static int
compare(const void *a, const void *b)
{
    const struct td_front_news *x = a;
    const struct td_front_news *y = b;

    if (x->sector != y->sector) {
        return x->sector < y->sector ? -1 : 1;
    }
    return td_trie_order(&x->head, &y->head);
}

_Static_assert(TD_BRANCH_ROWS_MAX <= 64, "a bit for each row");

static tandem_err
find_path(struct td_txn *t, const struct td_log_info *row, size_t k,
    struct td_front_news *run, size_t count, uint64_t *furthest)
{
    for (size_t i = 0; i < count; i++) {
        const struct td_head *h = &run[i].head;
        struct td_hash hash;
        tandem_err err;

        if (h->seq > row->head_seq) {
            continue;
        }
        err = td_log_chain(t, row, h->seq, &hash);
        if (err == TANDEM_ECORRUPT) {
            continue; // as if it did not: the roots tell
        }
        TD_TRY(err);
        if (td_hash_eq(&hash, &h->hash)) {
            run[i].paths |= UINT64_C(1) << k;
            *furthest = h->seq > *furthest ? h->seq : *furthest;
        }
    }
    return TANDEM_OK;
}

// Which rows of their log each of them lies on, cut ones too, and how far they
// come on each.
static tandem_err
find_paths(struct td_txn *t, struct td_front_news *run, size_t count,
    uint64_t furthest[TD_BRANCH_ROWS_MAX])
{
    struct td_log_info *rows = NULL;
    struct td_arena arena;
    size_t n = 0;
    tandem_err err;

    for (size_t i = 0; i < count; i++) {
        run[i].paths = 0;
    }
    td_arena_init(&arena, td_store_sys(td_txn_store(t)), TD_LOG_ROWS_ARENA);
    err = td_log_rows(t, run[0].head.log, &arena, &rows, &n);
    for (size_t k = 0; k < n && k < TD_BRANCH_ROWS_MAX && err == TANDEM_OK;
         k++) {
        err = find_path(t, &rows[k], k, run, count, &furthest[k]);
    }
    td_arena_deinit(&arena);
    return err;
}

// Of several heads of one log those that none of the others follows, in place.
static tandem_err
thin(struct td_txn *t, struct td_front_news *run, size_t count, size_t *left)
{
    uint64_t furthest[TD_BRANCH_ROWS_MAX] = {0};
    struct td_log_info log;
    size_t kept = 0;

    TD_TRY(td_log_get(t, run[0].head.log, &log));
    if (!log.forked) {
        for (size_t i = 1; i < count; i++) {
            run[0] = run[i].head.seq > run[0].head.seq ? run[i] : run[0];
        }
        *left = 1;
        return TANDEM_OK;
    }
    TD_TRY(find_paths(t, run, count, furthest));
    for (size_t i = 0; i < count; i++) {
        bool covered = false;

        for (size_t k = 0; k < TD_BRANCH_ROWS_MAX; k++) {
            covered = covered || ((run[i].paths >> k & 1) != 0 &&
                                     run[i].head.seq < furthest[k]);
        }
        if (!covered) {
            run[kept++] = run[i];
        }
    }
    *left = kept;
    return TANDEM_OK;
}

static tandem_err
thin_all(
    struct td_txn *t, struct td_front_news *all, size_t count, size_t *left)
{
    size_t kept = 0;

    if (count > 1) {
        qsort(all, count, sizeof(*all), compare);
    }
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        size_t some = 1;

        while (end < count && all[end].sector == all[i].sector &&
               td_log_id_cmp(all[end].head.log, all[i].head.log) == 0) {
            // The same head twice.
            if (compare(&all[end], &all[i + some - 1]) != 0) {
                all[i + some++] = all[end];
            }
            end++;
        }
        if (some > 1) {
            TD_TRY(thin(t, &all[i], some, &some));
        }
        memmove(&all[kept], &all[i], some * sizeof(*all));
        kept += some;
        i = end;
    }
    *left = kept;
    return TANDEM_OK;
}

// The set's old heads and what came, as one array.
static tandem_err
gather(struct td_front *s, struct td_arena *arena, struct td_front_news **out,
    size_t *count)
{
    size_t old = s->starts[s->sectors];
    struct td_front_news *all;
    size_t n = 0;

    all = td_arena_array(arena, old + s->news_count + 1, sizeof(*all));
    if (all == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < s->sectors; i++) {
        for (size_t k = s->starts[i]; k < s->starts[i + 1]; k++) {
            all[n++] = (struct td_front_news){.sector = i, .head = s->heads[k]};
        }
    }
    for (size_t i = 0; i < s->news_count; i++) {
        if (s->news[i].sector < s->sectors) {
            all[n++] = s->news[i];
        }
    }
    *out = all;
    *count = n;
    return TANDEM_OK;
}

// `all` holds what the set held, so that goes first: a session that fails here
// looks at it no more.
static tandem_err
rebuild(struct td_front *s, const struct td_front_news *all, size_t count)
{
    const tandem_sys *sys = s->arena.sys;

    td_arena_deinit(&s->arena);
    td_arena_init(&s->arena, sys, TD_SESSION_FRONT_ARENA);
    s->heads = td_arena_array(&s->arena, count + 1, sizeof(*s->heads));
    s->starts = td_arena_array(&s->arena, s->sectors + 1, sizeof(*s->starts));
    s->lsns = NULL; // no cursor counts any more
    s->news_count = 0;
    if (s->heads == NULL || s->starts == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        s->heads[i] = all[i].head;
        s->starts[all[i].sector + 1] = i + 1;
    }
    for (size_t i = 1; i <= s->sectors; i++) {
        s->starts[i] =
            s->starts[i] > s->starts[i - 1] ? s->starts[i] : s->starts[i - 1];
    }
    return TANDEM_OK;
}

tandem_id
td_front_sector(struct td_session *x, size_t head)
{
    const struct td_front *s = td_front_of(x);
    size_t i = 0;

    while (i + 1 < s->sectors && s->starts[i + 1] <= head) {
        i++;
    }
    return td_view_sector(x, i);
}

static tandem_err
roots(struct td_session *x)
{
    const struct td_front *s = td_front_of(x);

    for (size_t i = 0; i < s->sectors; i++) {
        struct td_hash16 root;

        TD_TRY(td_aside_root(x, td_view_sector(x, i), s->heads + s->starts[i],
            s->starts[i + 1] - s->starts[i], &root));
        *(x->control ? &x->view.control_root : &x->view.roots[i]) = root;
    }
    return x->control ? TANDEM_OK : td_view_data_root(x);
}

tandem_err
td_front_settle(struct td_session *x)
{
    struct td_front *s = td_front_of(x);
    struct td_front_news *all;
    struct td_arena arena;
    struct td_txn *t;
    size_t count = 0;
    tandem_err err;

    if (s->news_count > 0) {
        TD_TRY(td_store_read(x->r->store, &t));
        td_arena_init(&arena, x->sys, TD_SESSION_FRONT_ARENA);
        err = gather(s, &arena, &all, &count);
        if (err == TANDEM_OK) {
            err = thin_all(t, all, count, &count);
        }
        td_store_read_end(t);
        if (err == TANDEM_OK) {
            err = rebuild(s, all, count);
        }
        td_arena_deinit(&arena);
        TD_TRY(err);
    }
    return roots(x);
}
