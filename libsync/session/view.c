// SPDX-License-Identifier: Apache-2.0
// view.c - what both devices may see, and the roots of what we hold of it.
//
// Shared: the common sector and every data sector in which both have READER or
// more, by the membership that the control heads spoken of make: those of HELLO
// where they were equal, else those of their round. Both hold these, so both
// list the same, whatever either hears from others meanwhile. While this device
// is no member: none.
//   sectors mark = BLAKE2b-128(sector 16 ...)             sorted
//   data root    = BLAKE2b-128(sector 16 || root 16 ...)  sorted
//   lsn          = the greatest of a head both may see, not of the store: what
//                  happens elsewhere does not move it; none after HELLO
#include "session/state.h"

#include <string.h>

#include "crypto/hash.h"
#include "log/trie.h"

static bool
both_read(
    const struct td_session *x, const struct td_member *m, tandem_id sector)
{
    return m != NULL &&
           td_member_right(m, &x->me, sector) >= TANDEM_RIGHT_READER &&
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
list_sectors(
    struct td_session *x, const struct td_member *m, struct td_session_view *v)
{
    size_t n = m == NULL ? 0 : td_member_sectors(m);

    v->sectors = td_arena_array(&x->view_arena, n + 1, sizeof(*v->sectors));
    v->roots = td_arena_array(&x->view_arena, n + 1, sizeof(*v->roots));
    if (v->sectors == NULL || v->roots == NULL) {
        return TANDEM_ENOMEM;
    }
    if (m == NULL) {
        return TANDEM_OK;
    }
    // Of another membership it is not said yet that these rights still stand.
    v->members = m == x->r->member ? x->r->members : UINT64_MAX;
    for (size_t i = 0; i < n; i++) {
        tandem_id sector = td_member_sector_at(m, i);

        if (td_id_cmp(sector, td_sector_common) != 0 &&
            td_id_cmp(sector, td_sector_control) != 0 &&
            both_read(x, m, sector)) {
            v->sectors[v->count++] = sector;
        }
    }
    if (both_read(x, m, td_sector_common)) {
        insert(v, td_sector_common);
    }
    return TANDEM_OK;
}

bool
td_view_find(const struct td_session *x, tandem_id sector, size_t *at)
{
    const struct td_session_view *v = &x->view;
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

// A damaged root is as good as none: the round that follows lists the heads.
static tandem_err
sum_of(struct td_txn *t, const tandem_id *sector, struct td_session_view *v,
    struct td_hash16 *root)
{
    struct td_trie_sum sum = {.count = 0};
    tandem_err err = td_trie_sum(t, sector, &sum);

    *root = sum.root;
    v->lsn = sum.lsn > v->lsn ? sum.lsn : v->lsn;
    return err == TANDEM_ECORRUPT ? TANDEM_OK : err;
}

static tandem_err
roots(struct td_txn *t, struct td_session_view *v)
{
    for (size_t i = 0; i < v->count; i++) {
        TD_TRY(sum_of(t, &v->sectors[i], v, &v->roots[i]));
    }
    return sum_of(t, &td_sector_control, v, &v->control_root);
}

// Over (sector || root), or the sectors alone.
static tandem_err
hash_sectors(const struct td_session_view *v, const tandem_sys *sys,
    bool with_roots, struct td_hash16 *out)
{
    const size_t each = with_roots ? 32 : 16;
    uint8_t *bytes = td_alloc(sys, v->count * each + 1);

    if (bytes == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < v->count; i++) {
        memcpy(bytes + i * each, v->sectors[i].b, 16);
        if (with_roots) {
            memcpy(bytes + i * each + 16, v->roots[i].b, 16);
        }
    }
    *out = td_hash16_parts(&(tandem_slice){bytes, v->count * each}, 1);
    td_free(sys, bytes, v->count * each + 1);
    return TANDEM_OK;
}

tandem_err
td_view_data_root(struct td_session *x)
{
    return hash_sectors(&x->view, x->sys, true, &x->view.data_root);
}

// The sectors of it as they stand now; and where that is for HELLO, the moment
// that the session speaks of.
static tandem_err
take_roots(struct td_session *x, struct td_session_view *v)
{
    struct td_txn *t;
    tandem_err err;

    v->lsn = 0;
    TD_TRY(td_store_read(x->r->store, &t));
    err = roots(t, v);
    if (err == TANDEM_OK && !x->hello_out) {
        err = td_lsn(t, &x->since);
        x->lsn_end = x->since;
        x->lsn_broken = false; // what was settled before is in it
    }
    td_store_read_end(t);
    TD_TRY(err);
    TD_TRY(hash_sectors(v, x->sys, true, &v->data_root));
    v->lsn = v->lsn < x->since ? v->lsn : x->since;
    x->view = *v;
    return TANDEM_OK;
}

static tandem_err
build(struct td_session *x, const struct td_member *m)
{
    struct td_session_view v = {0};

    td_arena_reset(&x->view_arena);
    memset(&x->view, 0, sizeof(x->view));
    TD_TRY(list_sectors(x, m, &v));
    TD_TRY(hash_sectors(&v, x->sys, false, &v.mark));
    return take_roots(x, &v);
}

tandem_err
td_view_begin(struct td_session *x)
{
    return build(x, x->r->member);
}

tandem_err
td_view_build(struct td_session *x)
{
    const struct td_front *s = &x->fronts[1];
    struct td_member *m;
    struct td_txn *t;
    tandem_err err;

    if (!x->control_spoken) {
        return TANDEM_OK;
    }
    if (x->r->member != NULL &&
        td_member_stands_at(x->r->member, s->heads, s->starts[s->sectors])) {
        return build(x, x->r->member); // nobody else wrote
    }
    TD_TRY(td_store_read(x->r->store, &t));
    err = td_member_load_at(
        t, &x->r->workspace, s->heads, s->starts[s->sectors], &m);
    td_store_read_end(t);
    TD_TRY(err);
    err = build(x, m);
    td_member_free(m);
    return err;
}

// What we wrote follows without a gap what the set was listed from: whoever
// holds the set holds all up to here.
void
td_view_move(struct td_session *x)
{
    struct td_session_view v = x->view;
    struct td_hash16 root;
    uint64_t lsn = 0;
    struct td_txn *t;
    tandem_err err;

    if (x->lsn_broken || td_store_read(x->r->store, &t) != TANDEM_OK) {
        return;
    }
    err = td_lsn(t, &lsn);
    if (err == TANDEM_OK && lsn == x->lsn_end) {
        for (size_t i = 0; i < v.count && err == TANDEM_OK; i++) {
            err = sum_of(t, &v.sectors[i], &v, &root);
        }
        if (err == TANDEM_OK) {
            x->view.lsn = v.lsn;
        }
    }
    td_store_read_end(t);
}

bool
td_view_shares(const struct td_session *x, tandem_id sector)
{
    size_t at;

    return td_view_find(x, sector, &at) && both_read(x, x->r->member, sector);
}

bool
td_view_stands(struct td_session *x)
{
    if (x->view.members == x->r->members) {
        return true; // rights change with the membership only
    }
    for (size_t i = 0; i < x->view.count; i++) {
        if (!both_read(x, x->r->member, x->view.sectors[i])) {
            return false;
        }
    }
    x->view.members = x->r->members;
    return true;
}

tandem_err
td_view_fell(struct td_session *x)
{
    return td_session_say(x, TANDEM_ECUT,
        "a right of one of both devices ended meanwhile; run it again",
        "un droit de l'un des deux appareils a pris fin entre-temps ; "
        "relancez l'échange");
}

bool
td_view_scope(const struct td_session *x, tandem_id sector)
{
    if (x->control) {
        return td_id_cmp(sector, td_sector_control) == 0;
    }
    return td_view_shares(x, sector);
}

tandem_id
td_view_sector(const struct td_session *x, size_t at)
{
    return x->control ? td_sector_control : x->view.sectors[at];
}

size_t
td_view_place(const struct td_session *x, tandem_id sector)
{
    size_t at = 0;

    TD_ASSERT(x->control || td_view_find(x, sector, &at));
    return at;
}

void
td_view_cursor_mark(
    const uint8_t store_id[16], const struct td_hash16 *sectors, uint8_t out[8])
{
    const tandem_slice parts[2] = {{store_id, 16}, {sectors->b, 16}};
    struct td_hash16 h = td_hash16_parts(parts, 2);

    memcpy(out, h.b, 8);
}
