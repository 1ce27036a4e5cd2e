// SPDX-License-Identifier: Apache-2.0
// feed.c - what happened here, in the order it happened.
//
// FEED  first lsn be64 -> [1, number, seq or nil, local bool, abouts, lsns]
//   number  the log's local number; 0 and seq nil when records changed without
//           a commit (a late payload or key, an acceptance, an erasure)
//   seq     of the first lsn's commit; the others' follow
//   local   typed here
//   abouts  [[sector 16, pack 8, kind]...], each named by an item
//   lsns    [[record 16, about, record 16, about...]...]  one list a lsn, of
//           0..TD_COMMIT_CHANGES_MAX records; `about` is a place in the list
//           above. The feed number of record i is lsn * 128 + i.
// A row holds 1..TD_FEED_RUN lsns and at most TD_FEED_ITEMS_MAX records, if it
// is more than one lsn.
#include "log/log.h"

#include <string.h>

#include "base/limits.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "log/row.h"

_Static_assert(TD_COMMIT_CHANGES_MAX <= 128, "a feed number is lsn * 128 + i");
_Static_assert(TD_FEED_ITEMS_MAX >= TD_COMMIT_CHANGES_MAX, "one lsn fits");

enum { ROW_VERSION = 1 };

// -------------------------------------------------------------------- writing

static bool
same_about(const struct td_feed_item *a, const struct td_feed_item *b)
{
    return a->kind == b->kind && td_id_cmp(a->sector, b->sector) == 0 &&
           memcmp(a->pack, b->pack, sizeof(a->pack)) == 0;
}

// The abouts in order of their first use; about_of[i] is item i's.
static size_t
name_abouts(const struct td_feed_run *f, uint16_t *about_of,
    const struct td_feed_item **abouts)
{
    size_t count = 0;

    for (size_t i = 0; i < f->item_count; i++) {
        size_t k = i > 0 && same_about(&f->items[i - 1], &f->items[i])
                       ? about_of[i - 1]
                       : 0;

        while (k < count && !same_about(abouts[k], &f->items[i])) {
            k++;
        }
        if (k == count) {
            abouts[count++] = &f->items[i];
        }
        about_of[i] = (uint16_t)k;
    }
    return count;
}

static void
encode(const struct td_feed_run *f, bool has_seq, bool local, struct td_buf *b)
{
    const struct td_feed_item *abouts[TD_FEED_ITEMS_MAX];
    uint16_t about_of[TD_FEED_ITEMS_MAX];
    const size_t count = name_abouts(f, about_of, abouts);
    size_t at = 0;

    td_mp_array(b, 6);
    td_mp_uint(b, ROW_VERSION);
    td_mp_uint(b, f->number);
    if (has_seq) {
        td_mp_uint(b, f->seq);
    } else {
        td_mp_nil(b);
    }
    td_mp_bool(b, local);
    td_mp_array(b, count);
    for (size_t i = 0; i < count; i++) {
        td_mp_array(b, 3);
        td_mp_bin(b, abouts[i]->sector.b, sizeof(abouts[i]->sector.b));
        td_mp_bin(b, abouts[i]->pack, sizeof(abouts[i]->pack));
        td_mp_uint(b, abouts[i]->kind);
    }
    td_mp_array(b, f->count);
    for (size_t i = 0; i < f->count; i++) {
        td_mp_array(b, (size_t)2 * f->counts[i]);
        for (size_t k = 0; k < f->counts[i]; k++, at++) {
            td_mp_bin(b, f->items[at].record.b, sizeof(f->items[at].record.b));
            td_mp_uint(b, about_of[at]);
        }
    }
}

static tandem_err
put_run(const struct td_feed_run *f, bool has_seq, bool local)
{
    struct td_buf *b = td_txn_room(f->t);
    uint8_t key[8];

    td_put_be64(key, f->lsn);
    encode(f, has_seq, local, b);
    TD_TRY(b->err);
    return td_put(f->t, TD_T_FEED, (tandem_slice){key, sizeof(key)},
        TD_SEAL_TRANSIT, td_buf_slice(b));
}

static void
gather(struct td_feed_run *f, const struct td_feed_row *row)
{
    if (f->count == 0) {
        f->lsn = row->lsn;
        f->seq = row->seq;
        f->number = row->number;
    }
    f->counts[f->count++] = (uint16_t)row->count;
    if (row->count > 0) {
        memcpy(f->items + f->item_count, row->items,
            row->count * sizeof(*row->items));
        f->item_count += row->count;
    }
}

tandem_err
td_feed_put(struct td_txn *t, const struct td_feed_row *row)
{
    struct td_feed_run f;

    if (row->count > TD_COMMIT_CHANGES_MAX) {
        return TANDEM_ELIMIT;
    }
    td_feed_run_begin(&f, t);
    gather(&f, row);
    return put_run(&f, row->has_seq, row->local);
}

void
td_feed_run_begin(struct td_feed_run *f, struct td_txn *t)
{
    f->t = t;
    f->count = 0;
    f->item_count = 0;
}

tandem_err
td_feed_run_end(struct td_feed_run *f)
{
    tandem_err err = f->count > 0 ? put_run(f, true, false) : TANDEM_OK;

    td_feed_run_begin(f, f->t);
    return err;
}

tandem_err
td_feed_run_add(struct td_feed_run *f, const struct td_feed_row *row)
{
    TD_ASSERT(row->has_seq && !row->local);
    if (row->count > TD_COMMIT_CHANGES_MAX) {
        return TANDEM_ELIMIT;
    }
    if (f->count > 0 &&
        (f->count == TD_FEED_RUN || row->number != f->number ||
            row->lsn != f->lsn + f->count || row->seq != f->seq + f->count ||
            f->item_count + row->count > TD_FEED_ITEMS_MAX)) {
        TD_TRY(td_feed_run_end(f));
    }
    gather(f, row);
    return TANDEM_OK;
}

// -------------------------------------------------------------------- reading

struct about {
    tandem_id sector;
    uint8_t pack[8];
    uint64_t kind;
};

static tandem_err
read_abouts(
    struct td_cur *c, struct td_arena *arena, struct about **out, size_t *count)
{
    struct about *abouts;

    *count = td_cur_array(c, TD_FEED_ITEMS_MAX);
    abouts = td_arena_array(arena, *count, sizeof(*abouts));
    if (abouts == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < *count && !td_cur_failed(c); i++) {
        td_cur_array_exact(c, 3);
        td_cur_bin_exact(c, abouts[i].sector.b, sizeof(abouts[i].sector.b));
        td_cur_bin_exact(c, abouts[i].pack, sizeof(abouts[i].pack));
        abouts[i].kind = td_cur_uint(c);
    }
    *out = abouts;
    return TANDEM_OK;
}

static tandem_err
read_items(struct td_cur *c, struct td_arena *arena, const struct about *abouts,
    size_t about_count, struct td_feed_row *row)
{
    const size_t n = td_cur_array(c, (size_t)2 * TD_COMMIT_CHANGES_MAX);
    struct td_feed_item *items = td_arena_array(arena, n / 2, sizeof(*items));

    if (items == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n / 2 && !td_cur_failed(c); i++) {
        uint64_t about;

        td_cur_bin_exact(c, items[i].record.b, sizeof(items[i].record.b));
        about = td_cur_uint(c);
        if (about >= about_count) {
            td_cur_fail(c);
            break;
        }
        items[i].sector = abouts[about].sector;
        memcpy(items[i].pack, abouts[about].pack, sizeof(items[i].pack));
        items[i].kind = abouts[about].kind;
    }
    if (n % 2 != 0) {
        td_cur_fail(c);
    }
    row->items = items;
    row->count = n / 2;
    return TANDEM_OK;
}

static tandem_err
read_run(tandem_slice bytes, uint64_t first, struct td_feed *f)
{
    struct td_feed_row head = {0};
    struct about *abouts;
    size_t about_count, count;
    struct td_cur c;

    if (!td_cur_open(&c, bytes)) {
        return TANDEM_ECORRUPT;
    }
    td_cur_array_exact(&c, 6);
    if (td_cur_uint(&c) != ROW_VERSION) {
        td_cur_fail(&c);
    }
    head.number = (uint32_t)td_cur_uint_max(&c, UINT32_MAX);
    head.has_seq = !td_cur_nil(&c);
    head.seq = head.has_seq ? td_cur_uint(&c) : 0;
    head.local = td_cur_bool(&c);
    TD_TRY(read_abouts(&c, &f->arena, &abouts, &about_count));
    count = td_cur_array(&c, TD_FEED_RUN);
    f->rows = td_arena_array(&f->arena, count, sizeof(*f->rows));
    if (f->rows == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < count && !td_cur_failed(&c); i++) {
        f->rows[i] = head;
        f->rows[i].lsn = first + i;
        f->rows[i].seq = head.has_seq ? head.seq + i : 0;
        TD_TRY(read_items(&c, &f->arena, abouts, about_count, &f->rows[i]));
    }
    if (!td_cur_done(&c) || count == 0) {
        return TANDEM_ECORRUPT;
    }
    f->first = first;
    f->count = count;
    return TANDEM_OK;
}

void
td_feed_init(struct td_feed *f, struct td_txn *t)
{
    *f = (struct td_feed){.t = t};
    td_arena_init(&f->arena, td_store_sys(td_txn_store(t)), (size_t)1 << 20);
    td_row_buf(t, &f->key);
    td_row_buf(t, &f->row);
}

void
td_feed_deinit(struct td_feed *f)
{
    td_buf_deinit(&f->row);
    td_buf_deinit(&f->key);
    td_arena_deinit(&f->arena);
}

// The row that holds `lsn`, or the first behind it. `first`: its key, the
// greatest there is where a page is damaged.
static tandem_err
find_run(struct td_feed *f, uint64_t lsn, uint64_t *first)
{
    uint8_t want[8];
    struct td_iter *iter;
    tandem_slice key, value;
    tandem_err err;

    td_put_be64(want, lsn);
    td_arena_reset(&f->arena);
    err = td_floor(f->t, TD_T_FEED, (tandem_slice){want, sizeof(want)}, 0,
        &f->key, &f->row);
    if (f->key.len == 8 && err != TANDEM_ENOTFOUND) {
        *first = td_be64(f->key.ptr);
        if (err == TANDEM_OK) {
            err = read_run(td_buf_slice(&f->row), *first, f);
        }
        if (err != TANDEM_OK && err != TANDEM_ECORRUPT) {
            return err;
        }
        // A damaged row says where it begins, not how far it reaches.
        if (err == TANDEM_OK ? lsn - *first < f->count : *first == lsn) {
            return err;
        }
        f->count = 0;
        td_arena_reset(&f->arena);
    }
    *first = UINT64_MAX;
    TD_TRY(td_iter_open(
        f->t, TD_T_FEED, (tandem_slice){want, sizeof(want)}, &iter));
    err = td_iter_next(iter, &key, &value);
    if (err != TANDEM_ENOTFOUND && key.len == 8) {
        *first = td_be64(key.ptr);
        err = err == TANDEM_OK ? read_run(value, *first, f) : err;
    }
    td_iter_close(iter);
    return err;
}

tandem_err
td_feed_after(struct td_feed *f, uint64_t lsn, struct td_feed_row *out)
{
    uint64_t first = 0;
    tandem_err err;

    if (lsn == UINT64_MAX) {
        return TANDEM_ENOTFOUND;
    }
    lsn++;
    if (f->count == 0 || lsn - f->first >= f->count) {
        f->count = 0;
        err = find_run(f, lsn, &first);
        if (err == TANDEM_ECORRUPT) {
            out->lsn = first >= lsn ? first : lsn;
        }
        if (err != TANDEM_OK) {
            f->count = 0;
            return err;
        }
    }
    *out = f->rows[lsn > f->first ? lsn - f->first : 0];
    return TANDEM_OK;
}
