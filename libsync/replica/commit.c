// SPDX-License-Identifier: Apache-2.0
// commit.c - what is typed here becomes a commit: seal, append, apply.
#include "replica/commit.h"

#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "crypto/seal.h"
#include "replica/apply.h"
#include "replica/branch.h"
#include "replica/hand.h"
#include "replica/payload.h"

#define CONTROL_ARENA_MAX ((size_t)8 << 20)

tandem_err
td_commit_control(struct td_work *w, const tandem_slice *entries, size_t count)
{
    const struct td_hash *heads = NULL;
    size_t n = w->member != NULL ? td_member_heads(w->member, &heads) : 0;

    TD_TRY(td_control_commit_write(w->t, &w->author, heads, n, entries, count));
    return td_work_reload(w, &w->author.workspace);
}

tandem_err
td_commit_epoch(struct td_work *w, tandem_id sector, struct td_epoch_id *out)
{
    struct td_key key;
    struct td_buf entry;
    tandem_slice bytes;
    tandem_err err = td_member_usable_epoch(w->member, sector, out);

    if (err != TANDEM_ENOTFOUND) {
        return err;
    }
    td_buf_init(&entry, w->sys, TD_CONTROL_BYTES_MAX);
    err = td_member_make_epoch(w->member, w->author.keys, sector,
        td_sys_rng(w->sys), &entry, out, &key);
    td_wipe(&key, sizeof(key));
    bytes = td_buf_slice(&entry);
    if (err == TANDEM_OK) {
        err = td_commit_control(w, &bytes, 1);
    }
    td_buf_deinit(&entry);
    return err;
}

// One commit being made. Plaintexts and sealed bytes stand in the arena.
struct making {
    struct td_work *w;
    tandem_id sector, person;
    const struct td_typed *typed;
    size_t count;
    struct td_arena arena, scratch;
    struct td_log_info log;
    struct td_epoch_id epoch;
    const struct td_key *key;
    const struct td_hash *seen; // the control heads; copied
    size_t seen_count;
    uint64_t seq, clock;
    struct td_hash prev;
    tandem_slice *plain; // padded bodies
    tandem_slice *sealed;
};

// NULL when nothing of it is held.
static tandem_err
present(struct making *m, const struct td_typed *t, struct td_record **out)
{
    const struct td_about about = {.record = t->record,
        .sector = m->sector,
        .pack = t->pack,
        .kind = t->kind};
    struct td_record *state = NULL;
    uint8_t key[TD_ROW_KEY_BYTES];
    const struct td_hand *h;
    enum td_loaded how;
    struct td_row row;
    struct td_buf b;
    tandem_err err;

    td_row_key(t->record, m->sector, t->pack, t->kind, key);
    h = td_hand_of(m->w, key);
    if (h != NULL && h->row.count > 0) {
        return td_record_dup(h->state, out);
    }
    td_buf_init(&b, m->w->sys, TD_REPLICA_ROW_MAX);
    err = td_state_load(m->w, &about, &b, &m->scratch, &row, &state, &how);
    if (err == TANDEM_OK && how == TD_LOADED_NEW) {
        td_record_free(state);
        state = NULL;
    }
    td_buf_deinit(&b);
    if (err == TANDEM_OK) {
        *out = state;
    }
    return err;
}

// The padded body of one change.
static tandem_err
write_body(struct making *m, size_t i, struct td_buf *out)
{
    const struct td_typed *t = &m->typed[i];
    struct td_change c = {.log = m->log.id,
        .seq = m->seq,
        .index = (uint16_t)i,
        .version = TD_BODY_VERSION,
        .record = t->record,
        .person = m->person,
        .kind = t->kind,
        .clock = m->clock,
        .ops = t->ops,
        .op_count = t->op_count};
    struct td_record *now = NULL, *none = NULL;
    const struct td_record *seen = t->seen;
    tandem_err err;

    memcpy(c.pack, t->pack, 8);
    TD_TRY(present(m, t, &now));
    err = TANDEM_OK;
    if (seen == NULL) {
        err = td_record_new(m->w->sys, t->record, t->pack, t->kind, &none);
        seen = none;
    }
    if (err == TANDEM_OK) {
        err = td_record_context(seen, now, m->log.id, &m->scratch, &c);
    }
    if (err == TANDEM_OK) {
        err = td_branch_write(m->w, seen, &m->scratch, &c);
    }
    if (err == TANDEM_OK) {
        err = td_change_encode(&c, out);
    }
    td_record_free(none);
    td_record_free(now);
    if (err == TANDEM_OK) {
        td_pad32(out);
        err = out->err;
    }
    return err;
}

static tandem_err
seal_one(struct making *m, size_t i, size_t *total)
{
    const struct td_payload_about about = {.workspace = &m->w->author.workspace,
        .sector = m->sector,
        .log = m->log.id,
        .seq = m->seq,
        .index = (uint16_t)i,
        .prev = td_hash_short(&m->prev),
        .epoch = m->epoch};
    struct td_buf plain, sealed;
    tandem_err err;

    td_arena_reset(&m->scratch);
    td_buf_init(&plain, m->w->sys, TD_PAYLOAD_BYTES_MAX);
    td_buf_init(&sealed, m->w->sys, TD_PAYLOAD_BYTES_MAX);
    err = write_body(m, i, &plain);
    if (err == TANDEM_OK) {
        err = td_payload_seal(&about, m->key, td_buf_slice(&plain),
            td_sys_rng(m->w->sys), &sealed);
    }
    if (err == TANDEM_OK) {
        m->plain[i] = td_arena_dup(&m->arena, td_buf_slice(&plain));
        m->sealed[i] = td_arena_dup(&m->arena, td_buf_slice(&sealed));
        *total += sealed.len;
        if (m->plain[i].ptr == NULL || m->sealed[i].ptr == NULL) {
            err = TANDEM_ENOMEM;
        } else if (*total > TD_COMMIT_BYTES_MAX) {
            err = TANDEM_ELIMIT;
        }
    }
    td_buf_deinit(&sealed);
    td_buf_deinit(&plain);
    return err;
}

// At rest, and into its record.
static tandem_err
apply_own(struct making *m, size_t i, const struct td_hash *hash)
{
    const struct td_payload p = {.chain = td_hash_short(hash),
        .prev = td_hash_short(&m->prev),
        .epoch = m->epoch,
        .hash = td_hash_of(m->sealed[i]),
        .bytes = m->sealed[i]};
    const struct td_at at = {
        .log = &m->log, .seq = m->seq, .index = (uint16_t)i, .hash = p.chain};
    const struct td_change place = {
        .log = m->log.id, .seq = m->seq, .index = (uint16_t)i, .hash = at.hash};
    struct td_change change;
    tandem_slice body;

    TD_TRY(td_payload_put(m->w->t, m->log.number, m->seq, (uint16_t)i,
        td_store_bucket(m->typed[i].record), &p));
    td_arena_reset(&m->scratch);
    TD_TRY(td_unpad32(m->plain[i], &body));
    TD_TRY(td_branch_decode(
        m->w, m->log.number, &place, body, &m->scratch, &change));
    return td_apply(m->w, &at, true, &change);
}

static tandem_err
prepare(struct making *m)
{
    struct td_work *w = m->w;
    const struct td_hash *heads;
    struct td_hash *copy;

    TD_TRY(td_commit_epoch(w, m->sector, &m->epoch));
    m->key = td_member_key(w->member, &m->epoch);
    if (m->key == NULL) {
        return TANDEM_ENOKEY;
    }
    m->seen_count = td_member_heads(w->member, &heads);
    copy = td_arena_array(&m->arena, m->seen_count, sizeof(*copy));
    m->plain = td_arena_array(&m->arena, m->count, sizeof(tandem_slice));
    m->sealed = td_arena_array(&m->arena, m->count, sizeof(tandem_slice));
    if (copy == NULL || m->plain == NULL || m->sealed == NULL) {
        return TANDEM_ENOMEM;
    }
    memcpy(copy, heads, m->seen_count * sizeof(*copy));
    m->seen = copy;
    // What others will conclude must be what we conclude now.
    if (td_member_admits(w->member, &w->author.keys->pub.sign, m->sector,
            m->seen, m->seen_count) != TD_ADMITTED) {
        return TANDEM_EDENIED;
    }
    TD_TRY(td_log_own(
        w->t, &w->author, m->sector, m->seen, m->seen_count, &m->log));
    td_log_next(&m->log, &m->seq, &m->prev);
    return TANDEM_OK;
}

static tandem_err
make(struct making *m, int64_t now_ms, struct td_place *at)
{
    struct td_work *w = m->w;
    struct td_hash hash;
    uint64_t seq, lsn;
    size_t total = 0;

    TD_TRY(prepare(m));
    m->clock = td_clock_now(&w->clock, now_ms);
    for (size_t i = 0; i < m->count; i++) {
        TD_TRY(seal_one(m, i, &total));
    }
    TD_TRY(td_log_append(w->t, &w->author, &m->log, &m->epoch, m->seen,
        m->seen_count, m->sealed, m->count, &seq, &hash, &lsn));
    TD_ASSERT(seq == m->seq);
    td_work_know(w, &m->log);
    TD_TRY(td_payload_key_keep(w, &m->epoch));
    for (size_t i = 0; i < m->count; i++) {
        TD_TRY(apply_own(m, i, &hash));
    }
    *at = (struct td_place){
        .log = m->log.id, .seq = seq, .hash = hash, .clock = m->clock};
    return td_work_feed(w, lsn, m->log.number, seq, true);
}

tandem_err
td_commit_typed(struct td_work *w, tandem_id sector, tandem_id person,
    const struct td_typed *typed, size_t count, int64_t now_ms,
    struct td_place *at)
{
    struct making m = {.w = w,
        .sector = sector,
        .person = person,
        .typed = typed,
        .count = count};
    tandem_err err;

    td_arena_init(&m.arena, w->sys, CONTROL_ARENA_MAX);
    td_arena_init(&m.scratch, w->sys, TD_REPLICA_ARENA_MAX);
    err = make(&m, now_ms, at);
    td_arena_deinit(&m.scratch);
    td_arena_deinit(&m.arena);
    return err;
}

// ----------------------------------------------------------- the public way

struct typing {
    tandem_id sector, person;
    const struct td_typed *typed;
    size_t count;
    int64_t now_ms;
    struct td_place at;
};

static tandem_err
commit(struct td_work *w, void *ctx)
{
    struct typing *x = ctx;

    return td_commit_typed(
        w, x->sector, x->person, x->typed, x->count, x->now_ms, &x->at);
}

static bool
named_twice(const struct td_typed *typed, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (td_id_cmp(typed[i].record, typed[j].record) == 0 &&
                typed[i].kind == typed[j].kind &&
                memcmp(typed[i].pack, typed[j].pack, 8) == 0) {
                return true;
            }
        }
    }
    return false;
}

tandem_err
td_replica_commit(struct td_replica *r, tandem_id sector, tandem_id person,
    const struct td_typed *typed, size_t count, int64_t now_ms,
    struct td_place *at, tandem_error *e)
{
    const tandem_device_id me = td_replica_device(r);
    struct typing x = {.sector = sector,
        .person = person,
        .typed = typed,
        .count = count,
        .now_ms = now_ms};
    tandem_err err;

    if (!r->joined) {
        return td_fail(e, TANDEM_EWORKSPACE,
            "this store belongs to no workspace yet; create or join one",
            "ce dépôt n'appartient encore à aucun espace de travail ; "
            "créez-en un ou rejoignez-en un");
    }
    if (count == 0 || named_twice(typed, count)) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    if (count > TD_COMMIT_CHANGES_MAX) {
        return td_fail(e, TANDEM_ELIMIT,
            "%zu records at once; at most %d fit in one commit",
            "%zu fiches à la fois ; un enregistrement en prend au plus %d",
            count, (int)TD_COMMIT_CHANGES_MAX);
    }
    if (td_member_right(r->member, &me, sector) < TANDEM_RIGHT_AGENT) {
        return td_fail(e, TANDEM_EDENIED,
            "this device may not write in that sector; ask its coordinator",
            "cet appareil ne peut pas écrire dans ce secteur ; demandez au "
            "coordinateur");
    }
    err = td_work_write(r, commit, &x, e);
    if (err == TANDEM_ELIMIT) {
        return td_fail(e, err,
            "too much at once: one commit holds at most %d KiB and 4,096 "
            "operations a record; save in several steps",
            "trop à la fois : un enregistrement prend au plus %d Kio et 4 096 "
            "opérations par fiche ; enregistrez en plusieurs fois",
            (int)TD_COMMIT_BYTES_MAX / 1024);
    }
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    *at = x.at;
    return TANDEM_OK;
}
