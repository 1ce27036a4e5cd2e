// SPDX-License-Identifier: Apache-2.0
// keys.c - keys of epochs that go from peer to peer, because no control entry
// seals them to whoever lacks them: which are lacking, who may have one; and
// the rows of those that came, and of those that something is held under, which
// has to stay readable whatever becomes of their entry.
//
// A key travels and is kept wrapped for its receiver's box key, and is believed
// only if the epoch's entry commits to it: whoever gives it need not be
// trusted. Given is one only to a reader of the sector.
#include <string.h>

#include "base/fail.h"
#include "crypto/hash.h"
#include "member/inside.h"

#define NAME       TD_META_EPOCH
#define NAME_BYTES (sizeof(NAME) - 1)
#define KEY_BYTES  (NAME_BYTES + 16)

// ------------------------------------------------------------------ questions

size_t
td_member_lacking(const struct td_member *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->epochs.count && m->have_mine; i++) {
        const struct td_epoch *e = &m->epochs.at[i];

        n += !e->have_key && td_member_reads(m, &m->mine, e->sector, false);
    }
    return n;
}

tandem_err
td_member_give_key(const struct td_member *m, const tandem_device_id *device,
    const struct td_epoch_id *epoch, uint8_t out[TD_WRAP_BYTES])
{
    const struct td_member_device *d = td_member_device(m, device);
    const struct td_epoch *e = td_epochs_find(m, epoch);
    tandem_err err;

    if (d == NULL || e == NULL || !e->have_key ||
        !td_member_reads(m, device, e->sector, false)) {
        return TANDEM_ENOTFOUND;
    }
    err = td_wrap(&e->key, d->keys.box, out);
    return err == TANDEM_EVALUE ? TANDEM_ENOTFOUND : err;
}

tandem_err
td_epoch_key_open(const struct td_epoch *e, const struct td_device_keys *mine,
    const uint8_t wrapped[TD_WRAP_BYTES], struct td_key *out)
{
    struct td_hash commitment;
    struct td_key key;
    tandem_err err;

    TD_TRY(td_unwrap(mine, wrapped, &key));
    commitment = td_key_commitment(&key);
    err = td_hash_eq(&commitment, &e->commitment) ? TANDEM_OK : TANDEM_ECORRUPT;
    if (err == TANDEM_OK) {
        *out = key;
    }
    td_wipe(&key, sizeof(key));
    return err;
}

tandem_err
td_member_check_key(const struct td_member *m,
    const struct td_device_keys *mine, const struct td_epoch_key *given)
{
    const struct td_epoch *e = td_epochs_find(m, &given->epoch);
    struct td_key key;
    tandem_err err = TANDEM_ENOTFOUND;

    if (e != NULL) {
        err = td_epoch_key_open(e, mine, given->wrapped, &key);
    }
    if (err == TANDEM_OK) {
        td_wipe(&key, sizeof(key));
    }
    return err;
}

// ----------------------------------------------------------------------- rows

static void
row_key(const struct td_epoch_id *epoch, uint8_t key[KEY_BYTES])
{
    memcpy(key, NAME, NAME_BYTES);
    memcpy(key + NAME_BYTES, epoch->b, sizeof(epoch->b));
}

tandem_err
td_epoch_key_put(struct td_txn *t, const struct td_epoch_key *given)
{
    uint8_t key[KEY_BYTES];

    row_key(&given->epoch, key);
    return td_put(t, TD_T_META, (tandem_slice){key, sizeof(key)},
        TD_SEAL_TRANSIT, (tandem_slice){given->wrapped, TD_WRAP_BYTES});
}

tandem_err
td_epoch_key_keep(struct td_txn *t, const struct td_device_keys *mine,
    const struct td_epoch_id *epoch, const struct td_key *key)
{
    struct td_epoch_key kept = {.epoch = *epoch};
    uint8_t at[KEY_BYTES];

    row_key(epoch, at);
    if (td_has(t, TD_T_META, (tandem_slice){at, sizeof(at)})) {
        return TANDEM_OK;
    }
    TD_TRY(td_wrap(key, mine->pub.box, kept.wrapped));
    return td_epoch_key_put(t, &kept);
}

static bool
is_ours(tandem_slice key)
{
    return key.len == KEY_BYTES && memcmp(key.ptr, NAME, NAME_BYTES) == 0;
}

bool
td_epoch_key_read(
    tandem_slice key, tandem_slice value, struct td_epoch_key *out)
{
    if (!is_ours(key) || value.len != TD_WRAP_BYTES) {
        return false;
    }
    memcpy(out->epoch.b, key.ptr + NAME_BYTES, sizeof(out->epoch.b));
    memcpy(out->wrapped, value.ptr, TD_WRAP_BYTES);
    return true;
}

// A damaged row is as good as none: its key is asked for again.
static tandem_err
walk(struct td_txn *t, struct td_epoch_key *out, size_t max, size_t *count)
{
    const tandem_slice from = {(const uint8_t *)NAME, NAME_BYTES};
    tandem_slice key, value;
    struct td_iter *i;
    size_t n = 0;
    tandem_err err;

    TD_TRY(td_iter_open(t, TD_T_META, from, &i));
    while ((err = td_iter_next(i, &key, &value)) == TANDEM_OK ||
           err == TANDEM_ECORRUPT) {
        struct td_epoch_key row;

        if (!is_ours(key)) {
            err = TANDEM_ENOTFOUND; // behind them
            break;
        }
        if (err == TANDEM_OK && td_epoch_key_read(key, value, &row)) {
            if (n < max) {
                out[n] = row;
            }
            n++;
        }
    }
    td_iter_close(i);
    *count = n;
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

tandem_err
td_epoch_key_list(struct td_txn *t, struct td_arena *arena,
    struct td_epoch_key **out, size_t *count)
{
    size_t n = 0;
    struct td_epoch_key *list;

    TD_TRY(walk(t, NULL, 0, &n));
    list = td_arena_array(arena, n, sizeof(*list));
    if (list == NULL) {
        return TANDEM_ENOMEM;
    }
    TD_TRY(walk(t, list, n, count));
    TD_ASSERT(*count == n);
    *out = list;
    return TANDEM_OK;
}
