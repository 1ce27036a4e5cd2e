// SPDX-License-Identifier: Apache-2.0
// feed.c - what happened here, in the order it happened.
//
// FEED  first lsn be64 -> [1, number, seq or nil, local bool, abouts, lsns]
//   number  the log's local number; 0 and seq nil when records changed without
//           a commit (a late payload or key, an acceptance, an erasure)
//   seq     of the first lsn's commit; the others' follow
//   local   typed here
//   abouts  [[sector 16, pack 8, kind]...], each once, in the order in which
//           items name them first
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

void
td_feed_write(
    const struct td_feed_run *f, bool has_seq, bool local, struct td_buf *b)
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
    td_feed_write(f, has_seq, local, b);
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

// What a row says of all its lsns, and how far its items have been read.
struct reading {
    struct td_cur c;
    struct td_arena *arena;
    struct td_feed_item *abouts; // without a record
    size_t about_count, named;   // of them, so far
    size_t items;
};

static tandem_err
read_abouts(struct reading *r)
{
    const size_t count = td_cur_array(&r->c, TD_FEED_ITEMS_MAX);

    r->abouts = td_arena_array(r->arena, count, sizeof(*r->abouts));
    if (r->abouts == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < count && !td_cur_failed(&r->c); i++) {
        struct td_feed_item *about = &r->abouts[i];

        td_cur_array_exact(&r->c, 3);
        td_cur_bin_exact(&r->c, about->sector.b, sizeof(about->sector.b));
        td_cur_bin_exact(&r->c, about->pack, sizeof(about->pack));
        about->kind = td_cur_uint(&r->c);
    }
    r->about_count = count;
    return TANDEM_OK;
}

// The about that an item names, perhaps as the first to do so. NULL: none.
static const struct td_feed_item *
read_about(struct reading *r)
{
    const uint64_t at = td_cur_uint(&r->c);

    if (at >= r->about_count || at > r->named) {
        return NULL;
    }
    for (size_t i = 0; at == r->named && i < at; i++) {
        if (same_about(&r->abouts[i], &r->abouts[at])) {
            return NULL;
        }
    }
    r->named += at == r->named;
    return &r->abouts[at];
}

static tandem_err
read_items(struct reading *r, struct td_feed_row *row)
{
    const size_t n = td_cur_array(&r->c, (size_t)2 * TD_COMMIT_CHANGES_MAX);
    struct td_feed_item *items =
        td_arena_array(r->arena, n / 2, sizeof(*items));

    if (items == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n / 2 && !td_cur_failed(&r->c); i++) {
        const struct td_feed_item *about;
        tandem_id record;

        td_cur_bin_exact(&r->c, record.b, sizeof(record.b));
        about = read_about(r);
        if (about == NULL) {
            td_cur_fail(&r->c);
            break;
        }
        items[i] = *about;
        items[i].record = record;
    }
    if (n % 2 != 0) {
        td_cur_fail(&r->c);
    }
    row->items = items;
    row->count = n / 2;
    r->items += row->count;
    return TANDEM_OK;
}

static void
read_head(struct reading *r, struct td_feed_row *out)
{
    td_cur_array_exact(&r->c, 6);
    td_cur_uint_exact(&r->c, ROW_VERSION);
    out->number = (uint32_t)td_cur_uint_max(&r->c, TD_LOG_NUMBER_MAX);
    out->has_seq = !td_cur_nil(&r->c);
    out->seq = out->has_seq ? td_cur_uint(&r->c) : 0;
    out->local = td_cur_bool(&r->c);
    if (out->has_seq != (out->number != 0)) {
        td_cur_fail(&r->c);
    }
}

// How many lsns? Their numbers, and those of their commits, go on from the
// first's; what is no commit stands alone.
static size_t
read_count(struct reading *r, const struct td_feed_row *head)
{
    const size_t count = td_cur_array(&r->c, TD_FEED_RUN);

    if (count == 0 || head->lsn == 0 || head->lsn > TD_LSN_MAX - (count - 1) ||
        head->seq > UINT64_MAX - (count - 1) || (count > 1 && !head->has_seq)) {
        td_cur_fail(&r->c);
    }
    return count;
}

tandem_err
td_feed_read(tandem_slice row, uint64_t first, struct td_arena *arena,
    struct td_feed_row **out, size_t *count)
{
    struct td_feed_row head = {.lsn = first};
    struct reading r = {.arena = arena};
    struct td_feed_row *rows;
    size_t n;

    if (!td_cur_open(&r.c, row)) {
        return TANDEM_ECORRUPT;
    }
    read_head(&r, &head);
    TD_TRY(read_abouts(&r));
    n = read_count(&r, &head);
    rows = td_arena_array(arena, n, sizeof(*rows));
    if (rows == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n && !td_cur_failed(&r.c); i++) {
        rows[i] = head;
        rows[i].lsn = first + i;
        rows[i].seq = head.has_seq ? head.seq + i : 0;
        TD_TRY(read_items(&r, &rows[i]));
    }
    if (!td_cur_done(&r.c) || r.named != r.about_count ||
        (n > 1 && r.items > TD_FEED_ITEMS_MAX)) {
        return TANDEM_ECORRUPT;
    }
    *out = rows;
    *count = n;
    return TANDEM_OK;
}

static tandem_err
read_run(tandem_slice bytes, uint64_t first, struct td_feed *f)
{
    TD_TRY(td_feed_read(bytes, first, &f->arena, &f->rows, &f->count));
    f->first = first;
    return TANDEM_OK;
}

void
td_feed_init(struct td_feed *f, struct td_txn *t)
{
    *f = (struct td_feed){.t = t};
    td_arena_init(&f->arena, td_store_sys(td_txn_store(t)), TD_FEED_ARENA_MAX);
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
