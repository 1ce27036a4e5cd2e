// SPDX-License-Identifier: Apache-2.0
// view.c - what both devices may see, and the roots of what we hold of it.
//
// Shared: the common sector and every data sector in which both have READER or
// more, by our membership. While this device is no member: none.
//   sectors mark = BLAKE2b-128(sector 16 ...)             sorted
//   data root    = BLAKE2b-128(sector 16 || root 16 ...)  sorted
//   lsn          = the greatest of a head both may see, not of the store: what
//                  happens elsewhere does not move it
#include "session/state.h"

#include <string.h>

#include "crypto/hash.h"

static bool
both_read(const struct td_session *x, tandem_id sector)
{
    const struct td_member *m = x->r->member;

    return td_member_right(m, &x->me, sector) >= TANDEM_RIGHT_READER &&
           td_member_right(m, &x->peer, sector) >= TANDEM_RIGHT_READER;
}

// The common sector's id is smaller than any random one but sorted all the
// same: ids of data sectors come from outside.
static void
insert(struct td_session_view *v, tandem_id sector)
{
    size_t i = v->count++;

    for (; i > 0 && td_id_cmp(v->sectors[i - 1], sector) > 0; i--) {
        v->sectors[i] = v->sectors[i - 1];
    }
    v->sectors[i] = sector;
}

static tandem_err
list_sectors(struct td_session *x, struct td_session_view *v)
{
    const struct td_member *m = x->r->member;
    size_t n = m == NULL ? 0 : td_member_sectors(m);

    v->sectors = td_arena_array(&x->view_arena, n + 1, sizeof(*v->sectors));
    v->roots = td_arena_array(&x->view_arena, n + 1, sizeof(*v->roots));
    if (v->sectors == NULL || v->roots == NULL) {
        return TANDEM_ENOMEM;
    }
    if (m == NULL) {
        return TANDEM_OK;
    }
    for (size_t i = 0; i < n; i++) {
        tandem_id sector = td_member_sector_at(m, i);

        if (td_id_cmp(sector, td_sector_common) != 0 &&
            td_id_cmp(sector, td_sector_control) != 0 && both_read(x, sector)) {
            v->sectors[v->count++] = sector;
        }
    }
    if (both_read(x, td_sector_common)) {
        insert(v, td_sector_common);
    }
    return TANDEM_OK;
}

static bool
find(const struct td_session_view *v, tandem_id sector, size_t *at)
{
    size_t low = 0;
    size_t high = v->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = td_id_cmp(v->sectors[mid], sector);

        if (c == 0) {
            *at = mid;
            return true;
        }
        if (c < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return false;
}

// Heads grouped by sector: the slot after the last one is the control's.
static tandem_err
roots(struct td_session_view *v, const struct td_log_info *logs, size_t count,
    struct td_arena *arena)
{
    struct td_head *heads = td_arena_array(arena, count + 1, sizeof(*heads));
    size_t *ends = td_arena_array(arena, v->count + 2, sizeof(*ends));
    size_t at = 0;
    size_t start = 0;

    if (heads == NULL || ends == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            if (td_id_cmp(logs[i].sector, td_sector_control) == 0) {
                at = v->count;
            } else if (!find(v, logs[i].sector, &at)) {
                continue;
            }
            v->lsn = logs[i].head_lsn > v->lsn ? logs[i].head_lsn : v->lsn;
            if (pass == 0) {
                ends[at + 1]++;
                continue;
            }
            heads[ends[at]++] =
                (struct td_head){logs[i].id, logs[i].head_seq, logs[i].head};
        }
        for (size_t i = 1; pass == 0 && i < v->count + 2; i++) {
            ends[i] += ends[i - 1];
        }
    }
    for (size_t i = 0; i <= v->count; i++) {
        struct td_hash16 root = td_heads_root(heads + start, ends[i] - start);

        if (i < v->count) {
            v->roots[i] = root;
            v->heads = ends[i];
        } else {
            v->control_root = root;
        }
        start = ends[i];
    }
    return TANDEM_OK;
}

static tandem_err
hash_view(struct td_session *x, struct td_session_view *v)
{
    const size_t n = v->count;
    uint8_t *bytes = td_arena_alloc(&x->view_arena, n * 32 + 1);
    tandem_slice s;

    if (bytes == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(bytes + i * 16, v->sectors[i].b, 16);
    }
    s = (tandem_slice){bytes, n * 16};
    v->mark = td_hash16_parts(&s, 1);
    for (size_t i = 0; i < n; i++) {
        memcpy(bytes + i * 32, v->sectors[i].b, 16);
        memcpy(bytes + i * 32 + 16, v->roots[i].b, 16);
    }
    s = (tandem_slice){bytes, n * 32};
    v->data_root = td_hash16_parts(&s, 1);
    return TANDEM_OK;
}

tandem_err
td_view_build(struct td_session *x)
{
    struct td_session_view v = {0};
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_txn *t;
    size_t count;
    tandem_err err;

    td_arena_reset(&x->view_arena);
    memset(&x->view, 0, sizeof(x->view));
    TD_TRY(list_sectors(x, &v));
    TD_TRY(td_store_read(x->r->store, &t));
    td_arena_init(&arena, x->sys, TD_SESSION_LOGS_BYTES_MAX);
    err = td_log_list(t, NULL, &arena, &logs, &count);
    td_store_read_end(t);
    if (err == TANDEM_OK) {
        err = roots(&v, logs, count, &arena);
    }
    td_arena_deinit(&arena);
    TD_TRY(err);
    TD_TRY(hash_view(x, &v));
    x->view = v;
    return TANDEM_OK;
}

bool
td_view_shares(const struct td_session *x, tandem_id sector)
{
    size_t at;

    return find(&x->view, sector, &at) && x->r->member != NULL &&
           both_read(x, sector);
}

bool
td_view_scope(const struct td_session *x, tandem_id sector)
{
    if (x->control) {
        return td_id_cmp(sector, td_sector_control) == 0;
    }
    return td_view_shares(x, sector);
}

void
td_view_cursor_mark(
    const uint8_t store_id[16], const struct td_hash16 *sectors, uint8_t out[8])
{
    const tandem_slice parts[2] = {{store_id, 16}, {sectors->b, 16}};
    struct td_hash16 h = td_hash16_parts(parts, 2);

    memcpy(out, h.b, 8);
}

// Zero when it is not in the list: as if nothing of it were held there.
struct td_hash16
td_view_sector_root(
    const struct td_msg_sector *list, size_t count, tandem_id sector)
{
    struct td_hash16 none = {{0}};

    for (size_t i = 0; i < count; i++) {
        if (td_id_cmp(list[i].sector, sector) == 0) {
            return list[i].root;
        }
    }
    return none;
}
