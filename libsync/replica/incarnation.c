// SPDX-License-Identifier: Apache-2.0
// incarnation.c - copies and restores begin anew. See incarnation.h.
#include "replica/incarnation.h"

#include <string.h>

#include "codec/cursor.h"
#include "codec/writer.h"
#include "replica/meta.h"

enum { NOTE_VERSION = 1 };

struct note {
    uint8_t store_id[16];
    struct td_file_id file;
    uint64_t own; // lsn
};

static void
encode(const struct note *n, struct td_buf *out)
{
    td_mp_array(out, 5);
    td_mp_uint(out, NOTE_VERSION);
    td_mp_bin(out, n->store_id, sizeof(n->store_id));
    td_mp_uint(out, n->file.born);
    td_mp_uint(out, n->file.number);
    td_mp_uint(out, n->own);
}

bool
td_incarnation_read(tandem_slice bytes, struct td_file_id *file, uint64_t *own,
    uint8_t store_id[16])
{
    struct td_cur c;

    if (!td_cur_open(&c, bytes)) {
        return false;
    }
    td_cur_array_exact(&c, 5);
    td_cur_uint_exact(&c, NOTE_VERSION);
    td_cur_bin_exact(&c, store_id, 16);
    file->born = td_cur_uint(&c);
    file->number = td_cur_uint(&c);
    *own = td_cur_uint(&c);
    return td_cur_done(&c);
}

// ------------------------------------------------------------------- the note

static tandem_err
save(struct td_replica *r, uint64_t own, tandem_error *e)
{
    uint8_t room[TD_SENT_BYTES_MAX];
    struct note n = {.own = own};
    struct td_buf b;
    tandem_err err = td_store_file_id(r->store, &n.file);

    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    memcpy(n.store_id, r->store_id, sizeof(n.store_id));
    td_buf_over(&b, room, sizeof(room));
    encode(&n, &b);
    TD_ASSERT(b.err == TANDEM_OK);
    TD_TRY(td_store_sent_save(r->store, td_buf_slice(&b), e));
    r->told = own;
    r->noted = true;
    return TANDEM_OK;
}

static tandem_err
own_lsn(struct td_replica *r, uint64_t *out)
{
    struct td_txn *t;
    tandem_err err;

    TD_TRY(td_store_read(r->store, &t));
    err = td_lsn_own(t, out);
    td_store_read_end(t);
    return err;
}

// Is the store the one that the note speaks of, and not an older state of it?
static tandem_err
is_same(struct td_replica *r, bool *same, uint64_t *told)
{
    uint8_t store_id[16];
    struct td_file_id now, then;
    struct td_buf b;
    uint64_t own;
    tandem_err err;

    *same = false;
    TD_TRY(own_lsn(r, &own));
    TD_TRY(td_store_file_id(r->store, &now));
    td_buf_init(&b, r->sys, TD_SENT_BYTES_MAX);
    err = td_store_sent_load(r->store, &b);
    if (err == TANDEM_OK &&
        td_incarnation_read(td_buf_slice(&b), &then, told, store_id)) {
        *same = memcmp(store_id, r->store_id, 16) == 0 &&
                then.born == now.born && then.number == now.number &&
                *told <= own;
    }
    td_buf_deinit(&b);
    // Missing, or no note: as good as one of another store.
    return err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ? TANDEM_OK : err;
}

tandem_err
td_replica_tells(struct td_replica *r, tandem_error *e)
{
    uint64_t own;
    tandem_err err;

    if (!td_store_keeps(r->store)) {
        return TANDEM_OK;
    }
    err = own_lsn(r, &own);
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    return r->noted && own <= r->told ? TANDEM_OK : save(r, own, e);
}

// ------------------------------------------------------------------ beginning

static tandem_err
put_ids(
    struct td_txn *t, const uint8_t store_id[16], const uint8_t incarnation[16])
{
    struct td_identity id;

    memcpy(id.store_id, store_id, sizeof(id.store_id));
    memcpy(id.incarnation, incarnation, sizeof(id.incarnation));
    return td_meta_identity_put(t, &id);
}

static tandem_err
fill(const tandem_sys *sys, uint8_t store_id[16], uint8_t incarnation[16])
{
    struct td_rng rng = td_sys_rng(sys);

    TD_TRY(rng.fill(rng.ctx, store_id, 16));
    return rng.fill(rng.ctx, incarnation, 16);
}

static tandem_err
write_first(struct td_txn *t, void *ctx)
{
    struct td_replica *r = ctx;

    return put_ids(t, r->store_id, r->incarnation);
}

tandem_err
td_incarnation_first(struct td_replica *r, tandem_error *e)
{
    TD_TRY(fill(r->sys, r->store_id, r->incarnation));
    if (td_store_keeps(r->store)) {
        TD_TRY(save(r, 0, e));
    }
    return td_store_write(r->store, write_first, r, e);
}

tandem_err
td_incarnation_begin(struct td_work *w)
{
    uint8_t incarnation[16];

    TD_TRY(fill(w->sys, w->store_id, incarnation));
    TD_TRY(put_ids(w->t, w->store_id, incarnation));
    memcpy(w->author.incarnation, incarnation, sizeof(incarnation));
    w->anew = true;
    return TANDEM_OK;
}

// td_work_write begins anew by itself when the replica says so.
static tandem_err
nothing(struct td_work *w, void *ctx)
{
    (void)ctx;
    return w->anew ? TANDEM_OK : td_incarnation_begin(w);
}

tandem_err
td_incarnation_check(struct td_replica *r, tandem_error *e)
{
    uint64_t told = 0;
    bool same;
    tandem_err err;

    if (!td_store_keeps(r->store)) {
        return TANDEM_OK;
    }
    err = is_same(r, &same, &told);
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    if (same) {
        r->told = told;
        r->noted = true;
        return TANDEM_OK;
    }
    TD_TRY(td_work_write(r, nothing, NULL, e));
    return td_replica_tells(r, e);
}

// ------------------------------------------------------------- what peers have

static bool
is_present(const struct td_log_info *log, const tandem_device_id *me,
    const uint8_t incarnation[16])
{
    return td_device_cmp(log->device, *me) == 0 &&
           memcmp(log->incarnation, incarnation, 16) == 0;
}

bool
td_replica_writes(const struct td_replica *r, const struct td_log_info *log)
{
    const tandem_device_id me = td_replica_device(r);

    return is_present(log, &me, r->incarnation);
}

tandem_err
td_incarnation_heard(
    struct td_work *w, const struct td_segment *s, const uint64_t *lsns)
{
    bool news = lsns == NULL;

    if (w->anew || !is_present(&s->log, &w->author.keys->pub.sign,
                       w->author.incarnation)) {
        return TANDEM_OK;
    }
    for (size_t i = 0; !news && i < s->count; i++) {
        news = lsns[i] != 0;
    }
    return news ? td_incarnation_begin(w) : TANDEM_OK;
}
