// SPDX-License-Identifier: Apache-2.0
// make.c - new entries of this device: genesis, sector, pack, epoch.
//
// Each is checked as the others will judge it, over all that is held: that is
// the past it will have, since its commit follows all heads.
#include "base/fail.h"
#include "codec/writer.h"
#include "crypto/hash.h"
#include "member/inside.h"

static tandem_err
finish(const struct td_control *c, struct td_buf *out)
{
    td_control_encode(c, out);
    return out->err;
}

tandem_err
td_member_make_genesis(const struct td_device_public *admin, struct td_rng rng,
    struct td_buf *out, struct td_hash *workspace)
{
    struct td_control c = {.type = TD_CONTROL_GENESIS,
        .admins = admin,
        .admin_count = 1,
        .agree = 1};
    size_t was = out->len;

    TD_TRY(td_crypto_init());
    TD_TRY(rng.fill(rng.ctx, c.random, sizeof(c.random)));
    TD_TRY(finish(&c, out));
    *workspace = td_hash_of((tandem_slice){out->ptr + was, out->len - was});
    return TANDEM_OK;
}

static bool
is_admin(const struct td_member *m, const tandem_device_id *d)
{
    return td_member_right(m, d, td_sector_control) == TANDEM_RIGHT_ADMIN;
}

tandem_err
td_member_make_sector(const struct td_member *m, const tandem_device_id *me,
    struct td_rng rng, struct td_buf *out, tandem_id *sector)
{
    struct td_control c = {.type = TD_CONTROL_SECTOR};

    if (!is_admin(m, me)) {
        return TANDEM_EDENIED;
    }
    if (m->sector_count >= TD_SECTORS_MAX) {
        return TANDEM_ELIMIT;
    }
    TD_TRY(rng.fill(rng.ctx, c.sector.b, sizeof(c.sector.b)));
    if (td_id_cmp(c.sector, td_sector_control) == 0 ||
        td_id_cmp(c.sector, td_sector_common) == 0 ||
        td_member_has_sector(m, c.sector)) {
        return TANDEM_EFAILED; // that randomness is none
    }
    TD_TRY(finish(&c, out));
    *sector = c.sector;
    return TANDEM_OK;
}

tandem_err
td_member_make_pack(const struct td_member *m, const tandem_device_id *me,
    tandem_slice pack, struct td_buf *out)
{
    struct td_control c = {.type = TD_CONTROL_PACK, .pack = pack};

    if (!is_admin(m, me)) {
        return TANDEM_EDENIED;
    }
    if (pack.len > TD_PACK_BYTES_MAX) {
        return TANDEM_ELIMIT;
    }
    return finish(&c, out);
}

// --------------------------------------------------------------------- epochs

static size_t
parents_of(const struct td_member *m, tandem_id sector,
    const struct td_epoch *out[TD_EPOCH_PARENTS_MAX])
{
    size_t n = 0;

    // By id. What does not fit stays uncovered, so the next epoch takes it.
    for (size_t i = 0; i < m->epochs.count && n < TD_EPOCH_PARENTS_MAX; i++) {
        const struct td_epoch *e = &m->epochs.at[i];

        if (td_id_cmp(e->sector, sector) == 0 && td_epoch_newest_held(e)) {
            out[n++] = e;
        }
    }
    return n;
}

static tandem_err
seal_inner(const struct td_member *m, const struct td_control *c,
    const struct td_key *key, const struct td_epoch *const *parents,
    const uint8_t secret[16], struct td_rng rng, struct td_buf *out)
{
    struct td_buf plain;
    tandem_err err;

    td_buf_init(&plain, &m->sys, TD_EPOCH_INNER_MAX - TD_SEAL_OVERHEAD);
    td_mp_array(&plain, 2);
    td_mp_bin(&plain, secret, 16);
    td_mp_array(&plain, c->parent_count);
    for (size_t i = 0; i < c->parent_count; i++) {
        td_mp_array(&plain, 2);
        td_mp_bin(&plain, parents[i]->id.b, sizeof(parents[i]->id.b));
        td_mp_bin(&plain, parents[i]->key.b, sizeof(parents[i]->key.b));
    }
    err = plain.err;
    if (err == TANDEM_OK) {
        err = td_seal(key, (tandem_slice){c->epoch.b, sizeof(c->epoch.b)},
            td_buf_slice(&plain), rng, out);
    }
    td_buf_wipe(&plain);
    td_buf_deinit(&plain);
    return err;
}

static tandem_err
seal_to_readers(const struct td_member *m, struct td_arena *scratch,
    struct td_control *c, const struct td_key *key)
{
    bool fresh = td_id_cmp(c->sector, td_sector_common) != 0 &&
                 !td_member_has_sector(m, c->sector);
    struct td_control_seal *seals =
        td_arena_array(scratch, m->device_count, sizeof(*seals));
    size_t n = 0;

    if (seals == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < m->device_count; i++) {
        const struct td_device_public *d = &m->devices[i].keys;

        if (td_member_reads(m, &d->sign, c->sector, fresh)) {
            seals[n].device = d->sign;
            seals[n].epoch = c->epoch;
            TD_TRY(td_wrap(key, d->box, seals[n].wrapped));
            n++;
        }
    }
    if (n > TD_SEALS_MAX) {
        return TANDEM_ELIMIT;
    }
    c->seals = seals;
    c->seal_count = n;
    return TANDEM_OK;
}

static tandem_err
fill_epoch(struct td_member *m, struct td_arena *scratch, struct td_control *c,
    const struct td_key *key, struct td_rng rng, struct td_buf *inner,
    struct td_buf *out)
{
    const struct td_epoch *parents[TD_EPOCH_PARENTS_MAX];
    struct td_epoch_id ids[TD_EPOCH_PARENTS_MAX];
    uint8_t secret[16];
    tandem_err err;

    err = td_member_id_secret(m, c->sector, secret);
    if (err == TANDEM_ENOKEY) {
        err = rng.fill(rng.ctx, secret, sizeof(secret));
    }
    if (err != TANDEM_OK) {
        return err;
    }
    c->parent_count = parents_of(m, c->sector, parents);
    for (size_t i = 0; i < c->parent_count; i++) {
        ids[i] = parents[i]->id;
    }
    c->parents = ids;
    err = seal_inner(m, c, key, parents, secret, rng, inner);
    td_wipe(secret, sizeof(secret));
    if (err == TANDEM_OK) {
        c->inner = td_buf_slice(inner);
        err = seal_to_readers(m, scratch, c, key);
    }
    if (err == TANDEM_OK) {
        err = finish(c, out);
    }
    c->parents = NULL; // they die with this call
    c->parent_count = 0;
    return err;
}

tandem_err
td_member_make_epoch(struct td_member *m, const struct td_device_keys *mine,
    tandem_id sector, struct td_rng rng, struct td_buf *out,
    struct td_epoch_id *epoch, struct td_key *key)
{
    struct td_control c = {.type = TD_CONTROL_EPOCH, .sector = sector};
    const tandem_device_id *me = &mine->pub.sign;
    struct td_arena scratch;
    struct td_buf inner;
    struct td_key fresh;
    tandem_err err;

    if (td_id_cmp(sector, td_sector_control) == 0 ||
        (td_member_right(m, me, sector) < TANDEM_RIGHT_READER &&
            (td_member_has_sector(m, sector) || !is_admin(m, me)))) {
        return TANDEM_EDENIED;
    }
    TD_TRY(td_key_new(rng, &fresh));
    c.commitment = td_key_commitment(&fresh);
    c.epoch = td_control_epoch_id(sector, &c.commitment, me);
    td_arena_init(&scratch, &m->sys, TD_CONTROL_MEMORY_MAX);
    td_buf_init(&inner, &m->sys, TD_EPOCH_INNER_MAX);
    err = fill_epoch(m, &scratch, &c, &fresh, rng, &inner, out);
    td_buf_deinit(&inner);
    td_arena_deinit(&scratch);
    if (err == TANDEM_OK) {
        *epoch = c.epoch;
        *key = fresh;
    }
    td_wipe(&fresh, sizeof(fresh));
    return err;
}
