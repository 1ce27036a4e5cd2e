// SPDX-License-Identifier: Apache-2.0
// undo.c - what a change did, put back by the operations of a new one.
//
// Each thing it touched is written as its author had it before them. Only a
// counter and what stands there already need no look at who wrote since.

#include "api/edit.h"
#include "api/history.h"

#include <string.h>

#include "base/slice.h"

struct undoing {
    tandem_edit *d;
    tandem_history *h;
    const struct td_change *change;
    tandem_record *before; // NULL: nothing was there
    bool over;
    const struct td_change **unseen; // in `arena`
    size_t unseen_count;
    struct td_arena arena;
    tandem_error *e;
};

// ------------------------------------------------------------ what stays

static tandem_err
stays(const struct undoing *u, const tandem_field_info *f)
{
    td_fail_field(u->e, f->id);
    return td_fail(u->e, TANDEM_EVALUE,
        "%s: what is written there stays; write the right thing beside it",
        "%s : ce qui y est écrit reste ; écrivez à côté ce qui est juste",
        u->e->lang == TANDEM_FR ? f->fr : f->en);
}

static tandem_err
written_since(const struct undoing *u, const tandem_field_info *f)
{
    const bool fr = u->e->lang == TANDEM_FR;

    td_fail_field(u->e, f != NULL ? f->id : "");
    return td_fail(u->e, TANDEM_ECONFLICT,
        "%s: written again since this change, or at the same time; nothing "
        "was put back",
        "%s : écrit de nouveau depuis cette modification, ou en même temps ; "
        "rien n'a été remis",
        f != NULL ? (fr ? f->fr : f->en) : (fr ? "la fiche" : "the record"));
}

static tandem_err
were_several(const struct undoing *u, const tandem_field_info *f)
{
    td_fail_field(u->e, f->id);
    return td_fail(u->e, TANDEM_ECONFLICT,
        "%s: several values stood side by side before; write the right one",
        "%s : plusieurs valeurs étaient côte à côte auparavant ; écrivez la "
        "bonne",
        u->e->lang == TANDEM_FR ? f->fr : f->en);
}

// Did somebody who had not seen the change write there too? `at` NULL: to
// anything of the record.
static tandem_err
touched_since(struct undoing *u, const struct td_touched_at *at, bool *out)
{
    *out = false;
    for (size_t i = 0; !*out && i < u->unseen_count; i++) {
        struct td_touches t;

        TD_TRY(td_touches_of(u->unseen[i], &u->arena, &t));
        *out = at == NULL ? t.count > 0 : td_touches_have(&t, at);
    }
    return TANDEM_OK;
}

// ------------------------------------------------------------- field by field

static int64_t
counted(const struct td_change *c, uint64_t field)
{
    int64_t sum = 0;

    for (size_t i = 0; i < c->op_count; i++) {
        const struct td_op *op = &c->ops[i];

        if (op->code == TD_OP_COUNT && op->field == field &&
            __builtin_add_overflow(sum, op->delta, &sum)) {
            return INT64_MIN;
        }
    }
    return sum;
}

static tandem_err
count_back(struct undoing *u, const tandem_field_info *f)
{
    const int64_t sum = counted(u->change, f->n);

    if (sum == INT64_MIN) {
        return stays(u, f); // nobody typed that
    }
    return sum == 0 ? TANDEM_OK : tandem_edit_count(u->d, f->id, -sum);
}

static tandem_err
put_element(
    struct undoing *u, const tandem_field_info *f, const tandem_value *element)
{
    tandem_value v;

    for (size_t i = 0; u->before != NULL && tandem_record_item(u->before, f->id,
                                                i, &v, NULL) == TANDEM_OK;
         i++) {
        if (tandem_value_equal(&v, element)) {
            return tandem_edit_add(u->d, f->id, *element);
        }
    }
    return tandem_edit_remove(u->d, f->id, *element);
}

static tandem_err
put_register(
    struct undoing *u, const tandem_field_info *f, const tandem_value *key)
{
    tandem_field_version v = {.value = tandem_none()};
    size_t n = 0;

    if (u->before != NULL) {
        n = tandem_record_versions(u->before, f->id, key);
    }
    if (n > 1 && !u->over) {
        return were_several(u, f);
    }
    if (n > 0) {
        TD_TRY(tandem_record_version(u->before, f->id, key, 0, &v));
    }
    return key != NULL ? tandem_edit_put(u->d, f->id, *key, v.value)
                       : tandem_edit_set(u->d, f->id, v.value);
}

static tandem_err
put_text(struct undoing *u, const tandem_field_info *f)
{
    tandem_value v = tandem_none();

    if (u->before != NULL) {
        TD_TRY(tandem_record_get(u->before, f->id, &v));
    }
    return tandem_edit_set(
        u->d, f->id, v.type == TANDEM_NONE ? tandem_str("") : v);
}

static bool
item_is(const tandem_record *r, const char *field, size_t i,
    const tandem_record *other, size_t k)
{
    tandem_value a, b;

    return tandem_record_item(r, field, i, &a, NULL) == TANDEM_OK &&
           tandem_record_item(other, field, k, &b, NULL) == TANDEM_OK &&
           tandem_value_equal(&a, &b);
}

// What both lists begin and end with stays, so that its elements are still the
// ones others move.
static tandem_err
put_list(struct undoing *u, const tandem_field_info *f)
{
    const tandem_record *now = tandem_history_record(u->h);
    size_t was = u->before == NULL ? 0 : tandem_record_items(u->before, f->id);
    size_t is = tandem_record_items(now, f->id);
    size_t from = 0;
    tandem_value v;

    while (
        from < was && from < is && item_is(u->before, f->id, from, now, from)) {
        from++;
    }
    while (was > from && is > from &&
           item_is(u->before, f->id, was - 1, now, is - 1)) {
        was--;
        is--;
    }
    for (; is > from; is--) {
        TD_TRY(tandem_edit_drop(u->d, f->id, from));
    }
    for (size_t i = from; i < was; i++) {
        TD_TRY(tandem_record_item(u->before, f->id, i, &v, NULL));
        TD_TRY(tandem_edit_insert(u->d, f->id, i, v));
    }
    return TANDEM_OK;
}

static tandem_err
put_field(struct undoing *u, const tandem_field_info *f,
    const struct td_touched_at *at, const tandem_value *key)
{
    bool since;

    if (f->merge == TANDEM_MERGE_COUNTER) {
        return count_back(u, f);
    }
    if (f->merge == TANDEM_MERGE_LOG || f->merge == TANDEM_MERGE_ONCE) {
        return stays(u, f);
    }
    TD_TRY(touched_since(u, at, &since));
    if (since && !u->over) {
        return written_since(u, f);
    }
    switch (f->merge) {
    case TANDEM_MERGE_SET:
        return put_element(u, f, key);
    case TANDEM_MERGE_MAP:
        return put_register(u, f, key);
    case TANDEM_MERGE_TEXT:
        return put_text(u, f);
    case TANDEM_MERGE_LIST:
        return put_list(u, f);
    case TANDEM_MERGE_VIS:
    case TANDEM_MERGE_QUIET:
    case TANDEM_MERGE_STATE:
        return put_register(u, f, NULL);
    case TANDEM_MERGE_ONCE:
    case TANDEM_MERGE_COUNTER:
    case TANDEM_MERGE_LOG:
    case TANDEM_MERGE_DERIVED:
    case TANDEM_MERGE_UNKNOWN:
        break;
    }
    return TANDEM_EUNSUPPORTED;
}

static tandem_err
put_mark(struct undoing *u, const struct td_touched_at *at)
{
    bool since;

    TD_TRY(touched_since(u, at, &since));
    if (since && !u->over) {
        return written_since(u, NULL);
    }
    return tandem_edit_delete(
        u->d, u->before == NULL ||
                  tandem_record_deleted(u->before) == TANDEM_TRASHED);
}

static tandem_err
put_back(struct undoing *u, size_t i)
{
    const struct td_touches *t = &u->h->touches[i];

    for (size_t k = 0; k < t->count; k++) {
        const tandem_field_info *f = NULL;
        tandem_touched told;
        tandem_err err;

        TD_TRY(tandem_history_touched(u->h, i, k, &told));
        if (t->at[k].what == TD_TOUCH_RECORD) {
            err = put_mark(u, &t->at[k]);
        } else {
            f = told.field == NULL ? NULL
                                   : td_history_field(u->h, t->at[k].field);
            err = f == NULL ? TANDEM_EUNSUPPORTED
                            : put_field(u, f, &t->at[k], &told.key);
        }
        TD_TRY(err);
    }
    return TANDEM_OK;
}

// A record that the change made has nothing before it: it goes to the bin.
static tandem_err
put_away(struct undoing *u)
{
    bool since;

    TD_TRY(touched_since(u, NULL, &since));
    return since && !u->over ? written_since(u, NULL)
                             : tandem_edit_delete(u->d, true);
}

// -------------------------------------------------------------------- whole

static tandem_err
look(struct undoing *u, size_t i)
{
    const tandem_sys *sys = &u->h->store->sys;
    tandem_err err;

    u->unseen =
        td_arena_array(&u->arena, u->h->all.set_count + 1, sizeof(*u->unseen));
    if (u->unseen == NULL) {
        return TANDEM_ENOMEM;
    }
    TD_TRY(td_history_unseen(
        sys, &u->h->all, u->change, u->unseen, &u->unseen_count));
    err = tandem_history_seen(u->h, i, 0, &u->before, NULL);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static tandem_err
begun_from_it(const tandem_edit *d, const tandem_history *h)
{
    return !d->committed && d->txn->store == h->store && d->seen != NULL &&
                   d->seen_token != NULL && tandem_id_equal(d->id, h->all.id) &&
                   strcmp(d->seen_token, h->now->seen) == 0
               ? TANDEM_OK
               : TANDEM_EMISUSE;
}

tandem_err
tandem_edit_undo(tandem_edit *d, tandem_history *h, size_t i, uint64_t flags)
{
    tandem_error e = td_edit_begin(d);
    struct undoing u = {.d = d, .h = h, .e = &e};
    const struct td_history_entry *entry;
    tandem_err err;

    if (d == NULL || h == NULL || (flags & ~(uint64_t)TANDEM_UNDO_OVER) != 0) {
        return TANDEM_EMISUSE;
    }
    entry = i < h->all.count ? &h->all.at[i] : NULL;
    err = begun_from_it(d, h);
    if (err == TANDEM_OK && (entry == NULL || entry->change == NULL ||
                                !entry->settled || !entry->admitted)) {
        err = TANDEM_ENOTFOUND;
    }
    if (err == TANDEM_OK) {
        u.change = entry->change;
        u.over = (flags & TANDEM_UNDO_OVER) != 0;
        td_arena_init(&u.arena, &h->store->sys, TD_REPLICA_ARENA_MAX);
        err = look(&u, i);
    }
    if (err == TANDEM_OK) {
        err = u.before == NULL ? put_away(&u) : put_back(&u, i);
    }
    tandem_record_free(u.before);
    td_arena_deinit(&u.arena);
    return td_edit_end(d, err, &e);
}
