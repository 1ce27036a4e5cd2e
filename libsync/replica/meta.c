// SPDX-License-Identifier: Apache-2.0
// meta.c - the META rows of this room. Layout: work.h.
#include "replica/meta.h"

#include <string.h>

#include "base/slice.h"
#include "codec/cursor.h"
#include "codec/writer.h"

#define META_BYTES_MAX 4096

tandem_err
td_meta_get(struct td_txn *t, const char *name, struct td_buf *out)
{
    return td_get(t, TD_T_META, td_slice_str(name), out);
}

tandem_err
td_meta_put(struct td_txn *t, const char *name, tandem_slice value)
{
    return td_put(t, TD_T_META, td_slice_str(name), TD_SEAL_INDEX, value);
}

tandem_err
td_meta_del(struct td_txn *t, const char *name)
{
    if (!td_has(t, TD_T_META, td_slice_str(name))) {
        return TANDEM_OK;
    }
    return td_del(t, TD_T_META, td_slice_str(name));
}

tandem_err
td_meta_exact(struct td_txn *t, const char *name, void *out, size_t n)
{
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, td_store_sys(td_txn_store(t)), META_BYTES_MAX);
    err = td_meta_get(t, name, &b);
    if (err == TANDEM_OK && b.len != n) {
        err = TANDEM_ECORRUPT;
    }
    if (err == TANDEM_OK) {
        memcpy(out, b.ptr, n);
    }
    td_buf_deinit(&b);
    return err;
}

// ----------------------------------------------------------------- identity

bool
td_identity_read(tandem_slice row, struct td_identity *out)
{
    struct td_identity id;
    struct td_cur c;

    if (!td_cur_open(&c, row)) {
        return false;
    }
    td_cur_array_exact(&c, 3);
    td_cur_uint_exact(&c, 1);
    td_cur_bin_exact(&c, id.store_id, sizeof(id.store_id));
    td_cur_bin_exact(&c, id.incarnation, sizeof(id.incarnation));
    if (!td_cur_done(&c)) {
        return false;
    }
    *out = id;
    return true;
}

void
td_identity_write(const struct td_identity *id, struct td_buf *out)
{
    td_mp_array(out, 3);
    td_mp_uint(out, 1);
    td_mp_bin(out, id->store_id, sizeof(id->store_id));
    td_mp_bin(out, id->incarnation, sizeof(id->incarnation));
}

tandem_err
td_meta_identity(struct td_txn *t, struct td_identity *out)
{
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, td_store_sys(td_txn_store(t)), META_BYTES_MAX);
    err = td_meta_get(t, TD_META_REPLICA, &b);
    if (err == TANDEM_OK && !td_identity_read(td_buf_slice(&b), out)) {
        err = TANDEM_ECORRUPT;
    }
    td_buf_deinit(&b);
    return err;
}

tandem_err
td_meta_identity_put(struct td_txn *t, const struct td_identity *id)
{
    uint8_t room[64];
    struct td_buf b;

    td_buf_over(&b, room, sizeof(room));
    td_identity_write(id, &b);
    TD_TRY(b.err);
    return td_meta_put(t, TD_META_REPLICA, td_buf_slice(&b));
}

// ------------------------------------------------------------------- counts

bool
td_counts_read(tandem_slice row, struct td_counts *out)
{
    struct td_counts n;
    struct td_cur c;

    if (!td_cur_open(&c, row)) {
        return false;
    }
    td_cur_array_exact(&c, 7);
    td_cur_uint_exact(&c, 1);
    n.records = td_cur_uint(&c);
    n.trashed = td_cur_uint(&c);
    n.conflicts = td_cur_uint(&c);
    n.changes = td_cur_uint(&c);
    n.waiting = td_cur_uint(&c);
    n.quarantined = td_cur_uint(&c);
    if (!td_cur_done(&c)) {
        return false;
    }
    *out = n;
    return true;
}

void
td_counts_write(const struct td_counts *n, struct td_buf *out)
{
    td_mp_array(out, 7);
    td_mp_uint(out, 1);
    td_mp_uint(out, n->records);
    td_mp_uint(out, n->trashed);
    td_mp_uint(out, n->conflicts);
    td_mp_uint(out, n->changes);
    td_mp_uint(out, n->waiting);
    td_mp_uint(out, n->quarantined);
}

tandem_err
td_meta_counts(struct td_txn *t, struct td_counts *out)
{
    struct td_counts n = {0};
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, td_store_sys(td_txn_store(t)), META_BYTES_MAX);
    err = td_meta_get(t, TD_META_COUNTS, &b);
    if (err == TANDEM_ENOTFOUND) {
        err = TANDEM_OK;
    } else if (err == TANDEM_OK && !td_counts_read(td_buf_slice(&b), &n)) {
        err = TANDEM_ECORRUPT;
    }
    td_buf_deinit(&b);
    if (err == TANDEM_OK) {
        *out = n;
    }
    return err;
}

tandem_err
td_meta_counts_put(struct td_txn *t, const struct td_counts *n)
{
    uint8_t room[64];
    struct td_buf b;

    td_buf_over(&b, room, sizeof(room));
    td_counts_write(n, &b);
    TD_TRY(b.err);
    return td_meta_put(t, TD_META_COUNTS, td_buf_slice(&b));
}

// -------------------------------------------------------------------- clock

bool
td_clock_row_read(tandem_slice row, uint64_t *last)
{
    if (row.len != 8 || !td_clock_sound(td_be64(row.ptr))) {
        return false;
    }
    *last = td_be64(row.ptr);
    return true;
}

tandem_err
td_meta_clock(struct td_txn *t, uint64_t *last)
{
    uint8_t row[8];

    TD_TRY(td_meta_exact(t, TD_META_CLOCK, row, sizeof(row)));
    return td_clock_row_read((tandem_slice){row, sizeof(row)}, last)
               ? TANDEM_OK
               : TANDEM_ECORRUPT;
}
