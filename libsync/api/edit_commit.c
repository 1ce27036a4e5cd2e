// SPDX-License-Identifier: Apache-2.0
// edit_commit.c - an edit before its commit (what must be filled, the id, the
// short code) and after it (what was seen, plus the edit).

#include "api/edit.h"

#include <string.h>

#include "base/slice.h"
#include "crdt/merge.h"
#include "schema/value.h"

enum { CODE_LETTERS = 7 };

static const tandem_slice no_key = {NULL, 0};

// ------------------------------------------------------------- before commit

static bool
field_filled(const struct tandem_edit *d, const tandem_field_info *f)
{
    const struct td_text *text;
    const struct td_list *list;
    struct td_version v;
    int64_t sum;

    switch (f->merge) {
    case TANDEM_MERGE_VIS:
    case TANDEM_MERGE_QUIET:
    case TANDEM_MERGE_ONCE:
    case TANDEM_MERGE_STATE:
        return td_record_version(
                   d->work, f->n, td_merge_opcode(f->merge), no_key, 0, &v) &&
               !(v.value.len == 1 && v.value.ptr[0] == 0xc0);
    case TANDEM_MERGE_SET:
        return td_record_elements(d->work, f->n) > 0;
    case TANDEM_MERGE_LOG:
        return td_record_versions(d->work, f->n, TD_OP_LINE, no_key) > 0;
    case TANDEM_MERGE_LIST:
        list = td_record_list(d->work, f->n);
        return list != NULL && list->items.count > 0;
    case TANDEM_MERGE_TEXT:
        text = td_record_text(d->work, f->n);
        return text != NULL && td_text_count(text) > 0;
    case TANDEM_MERGE_COUNTER:
        return td_record_counter(d->work, f->n, &sum);
    case TANDEM_MERGE_MAP: // filled step by step after creation
    case TANDEM_MERGE_UNKNOWN:
    case TANDEM_MERGE_DERIVED:
        break;
    }
    return true;
}

static tandem_err
needs(const struct tandem_edit *d, const tandem_field_info *f, tandem_error *e)
{
    (void)td_fail(e, TANDEM_EVALUE, "%s needs a value for '%s' (%s)",
        "%s : le champ « %s » (%s) est obligatoire", d->kind->id, f->id,
        e != NULL && e->lang == TANDEM_FR ? f->fr : f->en);
    td_fail_record(e, d->id);
    td_fail_field(e, f->id);
    return TANDEM_EVALUE;
}

// The id that its references make, of a kind with one record for each set.
static tandem_err
check_one_per(const struct tandem_edit *d, tandem_error *e)
{
    uint8_t key[16 * TANDEM_ONE_PER_MAX];
    tandem_id id;
    tandem_err err;

    for (size_t i = 0; i < d->kind->one_per_count; i++) {
        const tandem_field_info *f = &d->kind->fields[d->kind->one_per[i]];
        struct td_version at;
        tandem_value v;

        if (!field_filled(d, f) ||
            !td_record_version(
                d->work, f->n, td_merge_opcode(f->merge), no_key, 0, &at) ||
            td_value_decode(&f->value, at.value, &v) != TANDEM_OK) {
            return needs(d, f, e);
        }
        memcpy(key + 16 * i, v.u.id.b, 16);
    }
    td_api_lock(d->txn->store);
    err = td_replica_keyed_id(d->txn->store->replica, d->sector, d->pack,
        d->kind->n, (tandem_slice){key, 16 * d->kind->one_per_count}, &id);
    td_api_unlock(d->txn->store);
    TD_TRY(err);
    if (!tandem_id_equal(id, d->id)) {
        td_fail_record(e, d->id);
        return td_fail(e, TANDEM_EVALUE,
            "%s: there is one such record for what it refers to; create it "
            "by the key that these references make",
            "%s : il y a une seule fiche de ce type pour ce qu'elle désigne ; "
            "créez-la par la clé que ces références forment",
            d->kind->id);
    }
    return TANDEM_OK;
}

tandem_err
td_edit_complete(struct tandem_edit *d, tandem_error *e)
{
    for (size_t i = 0; i < d->kind->field_count; i++) {
        const tandem_field_info *f = &d->kind->fields[i];

        if (!td_field_needed(f) || field_filled(d, f)) {
            continue;
        }
        return needs(d, f, e);
    }
    return d->kind->one_per_count > 0 ? check_one_per(d, e) : TANDEM_OK;
}

static bool
types_into(const struct tandem_edit *d, const tandem_field_info *f)
{
    for (size_t i = 0; i < d->op_count; i++) {
        if (d->ops[i].code == TD_OP_INSERT && d->ops[i].field == f->n) {
            return true;
        }
    }
    return false;
}

// A text is typed in pieces; what must not be noted shows in the whole.
static tandem_err
check_text(
    const struct tandem_edit *d, const tandem_field_info *f, tandem_error *e)
{
    const struct td_text *text = td_record_text(d->work, f->n);
    struct td_buf whole;
    tandem_value v;
    tandem_err err;

    if (text == NULL) {
        return TANDEM_OK;
    }
    td_buf_init(&whole, &d->txn->store->sys, TD_RECORD_BYTES_MAX);
    err = td_text_read(text, &whole);
    if (err == TANDEM_OK && whole.len <= TD_TEXT_BYTES_MAX) {
        v = tandem_str_n((const char *)whole.ptr, whole.len);
        err = tandem_value_check(&f->value, &v, e);
    }
    td_buf_deinit(&whole);
    if (err != TANDEM_OK) {
        td_fail_record(e, d->id);
    }
    return err;
}

tandem_err
td_edit_texts(const struct tandem_edit *d, tandem_error *e)
{
    for (size_t i = 0; i < d->kind->field_count; i++) {
        const tandem_field_info *f = &d->kind->fields[i];

        if (f->merge == TANDEM_MERGE_TEXT && types_into(d, f)) {
            TD_TRY(check_text(d, f, e));
        }
    }
    return TANDEM_OK;
}

// Crockford base32 of the id's random end: said by phone, written on paper.
tandem_err
td_edit_code(struct tandem_edit *d)
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const tandem_field_info *f;
    struct td_version v;
    char code[CODE_LETTERS + 1];
    uint64_t bits;

    if (d->kind->code_field < 0) {
        return TANDEM_OK;
    }
    f = &d->kind->fields[d->kind->code_field];
    if (td_record_version(d->work, f->n, TD_OP_SET, no_key, 0, &v)) {
        return TANDEM_OK;
    }
    bits = td_be64(d->id.b + 8);
    for (size_t i = 0; i < CODE_LETTERS; i++) {
        code[i] = letters[bits & 31];
        bits >>= 5;
    }
    code[CODE_LETTERS] = '\0';
    return tandem_edit_set(d, f->id, tandem_str(code));
}

// --------------------------------------------------------------- after commit

// `seen` plus this edit: the committed change applied to a copy of it. Where
// the snapshot was older than our own last change of the record that cannot
// be, and the entries say it.
static tandem_err
snapshot_after(struct tandem_edit *d, struct td_snapshot *snap)
{
    tandem_store *s = d->txn->store;
    const struct td_seen *seen = NULL;
    size_t count = d->seen != NULL ? td_record_seen(d->seen, &seen) : 0;
    struct td_arena a;
    struct td_change c;
    enum td_applied how = TD_APPLIED;
    struct td_wait_for wait;
    tandem_err err;

    *snap = (struct td_snapshot){.id = d->id, .sector = d->sector};
    td_arena_init(&a, &s->sys, EDIT_ARENA_MAX);
    err = d->seen != NULL ? td_record_dup(d->seen, &snap->state)
                          : td_record_new(&s->sys, d->id, d->pack, d->kind->n,
                                &snap->state);
    if (err == TANDEM_OK && d->op_count > 0) {
        err = td_replica_change(s->replica, &d->place, d->index, &a, &c);
        if (err == TANDEM_OK) {
            err = td_record_apply(snap->state, &c, true, &how, &wait);
        }
    }
    if (err == TANDEM_OK && how != TD_APPLIED) {
        td_snapshot_deinit(snap);
        err = td_replica_read_edit(
            s->replica, d->id, seen, count, &d->place, snap);
    }
    if (err != TANDEM_OK) {
        td_snapshot_deinit(snap);
    }
    td_arena_deinit(&a);
    return err;
}

tandem_err
tandem_edit_record(tandem_edit *d, tandem_record **out, tandem_error *e)
{
    struct td_snapshot snap;
    tandem_err err;

    td_fail_clear(e);
    if (d == NULL || out == NULL || !d->committed) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    td_api_lock(d->txn->store);
    err = snapshot_after(d, &snap);
    if (err == TANDEM_OK) {
        err = td_api_record_new(d->txn->store, &snap, out);
    }
    td_api_unlock(d->txn->store);
    return td_fail_code(e, err);
}
