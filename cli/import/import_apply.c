// SPDX-License-Identifier: Apache-2.0
// import_apply.c - one row into a transaction.
//
// A row whose import key is known changes its record only where a cell says
// something else: an empty cell leaves the field alone, a set only grows, and
// values that stand side by side are never chosen between.
#include "import/import.h"

#include <stdlib.h>
#include <string.h>

#include "record/fill.h"
#include "record/lookup.h"
#include "record/one_per.h"

static bool
is_coming(void *ctx, tandem_id id)
{
    const struct import *m = ctx;
    size_t low = 0, high = m->coming_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = memcmp(&m->coming[mid], &id, sizeof(id));

        if (order == 0) {
            return true;
        }
        if (order < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return false;
}

// Where a cell's references are looked for.
static struct value_place
place_of(struct import *m)
{
    return (struct value_place){.c = m->c,
        .sector = m->sector,
        .coming = is_coming,
        .ctx = m,
        .exact = m->exact};
}

static bool
says_nothing(const char *cell)
{
    return cell[strspn(cell, " \t\r\n")] == '\0';
}

// Does one of the values side by side say what the cell says?
static tandem_err
held_against(const struct value_place *p, const struct change *x,
    const tandem_record *r, bool *stands, tandem_error *e)
{
    char room[TANDEM_PARSE_ROOM];
    tandem_field_version v;
    tandem_value value;
    tandem_err err = value_read(p, &x->field->value, x->text, room, &value, e);

    if (err != TANDEM_OK) {
        return err;
    }
    for (size_t i = 0; i < change_versions(x, r); i++) {
        if (tandem_record_version(r, x->field->id, x->keyed ? &x->key : NULL, i,
                &v) == TANDEM_OK &&
            tandem_value_equal(&v.value, &value)) {
            *stands = true;
            return TANDEM_OK;
        }
    }
    return cli_error(e, TANDEM_ECONFLICT,
        _("%s holds several values side by side; choose with `tandem "
          "resolve` first"),
        x->field->id);
}

static tandem_err
apply_cell(struct import *m, const struct import_column *column,
    const char *cell, tandem_txn *t, tandem_edit *d, const tandem_record *seen,
    tandem_error *e)
{
    struct value_place place = place_of(m);
    struct change x = column->target;
    bool stands = false;
    tandem_err err;

    x.text = cell;
    x.how = x.field->merge == TANDEM_MERGE_SET ||
                    x.field->merge == TANDEM_MERGE_LIST ||
                    x.field->merge == TANDEM_MERGE_LOG
                ? CHANGE_FILL
                : CHANGE_SET;
    if (seen != NULL && change_disputed(&x, seen)) {
        err = held_against(&place, &x, seen, &stands, e);
        if (err != TANDEM_OK || stands) {
            return err;
        }
    }
    return change_apply(&place, &x, t, d, seen, e);
}

// What a source wrote is the source's to change, and known by its reason; what
// somebody corrected since stays. Nothing is written where nothing differs.
static tandem_err
apply_sourced(struct import *m, struct import_row *row, size_t i, tandem_txn *t,
    tandem_edit *d, const tandem_record *seen, tandem_error *e)
{
    const struct import_column *column = &row->columns[i];
    const struct value_place place = place_of(m);
    const tandem_field_info *f = column->target.field;
    char room[TANDEM_PARSE_ROOM];
    tandem_field_version v;
    tandem_value value;
    tandem_err err =
        value_read(&place, &f->value, row->cells[i], room, &value, e);

    if (err != TANDEM_OK) {
        return err;
    }
    if (seen != NULL && !change_disputed(&column->target, seen) &&
        tandem_record_version(seen, f->id, NULL, 0, &v) == TANDEM_OK) {
        if (tandem_value_equal(&v.value, &value)) {
            return TANDEM_OK;
        }
        if (v.why.len != strlen(m->source) ||
            memcmp(v.why.ptr, m->source, v.why.len) != 0) {
            row->kept |= (uint32_t)1 << i;
            return TANDEM_OK;
        }
    }
    err = tandem_edit_why(d, m->source);
    return err == TANDEM_OK
               ? apply_cell(m, column, row->cells[i], t, d, seen, e)
               : err;
}

// Values side by side. In a new record they come after it, when there is
// something to be written from (import_beside); only a required field has one
// from the beginning. In one that is held all have to stand already.
static tandem_err
apply_beside(struct import *m, const struct import_column *column,
    const char *cell, tandem_txn *t, tandem_edit *d, const tandem_record *seen,
    tandem_error *e)
{
    struct value_place place = place_of(m);
    struct change x = column->target;
    bool stands = true;
    tandem_err err = TANDEM_OK;

    if (seen == NULL) {
        return (x.field->flags & TANDEM_FIELD_REQUIRED) != 0 && !x.keyed
                   ? apply_cell(m, column, cell, t, d, seen, e)
                   : TANDEM_OK;
    }
    for (size_t i = 0; err == TANDEM_OK && stands && i < column->beside_count;
         i++) {
        x.text = column->beside[i];
        stands = false;
        err = held_against(&place, &x, seen, &stands, e);
    }
    return err;
}

// One of them, in a commit of its own.
static tandem_err
write_beside(struct import *m, const struct change *x, const char *text,
    const tandem_record *made, tandem_error *e)
{
    struct value_place place = place_of(m);
    char room[TANDEM_PARSE_ROOM];
    tandem_txn *t = NULL;
    tandem_edit *d = NULL;
    tandem_value v;
    tandem_err err;

    err = value_read(&place, &x->field->value, text, room, &v, e);
    if (err == TANDEM_OK) {
        err = tandem_txn_new(m->c->store, m->c->person, &t, e);
    }
    if (err == TANDEM_OK) {
        err = tandem_txn_edit(t, made, &d);
    }
    if (err == TANDEM_OK) {
        err = tandem_edit_resolve(d, x->field->id, x->keyed ? &x->key : NULL, v,
            _("taken in from a file"));
    }
    if (err == TANDEM_OK) {
        err = tandem_txn_commit(t, e);
    } else if (t != NULL) {
        (void)tandem_txn_failed(t, e);
    }
    tandem_txn_free(t);
    return err;
}

// Each from what the record was when it was made, the first one last: so they
// stand side by side, and the one shown first is shown first again.
tandem_err
import_beside(struct import *m, const struct import_row *row,
    const tandem_record *made, size_t *column, tandem_error *e)
{
    tandem_err err = TANDEM_OK;

    for (size_t i = 0; err == TANDEM_OK && i < row->column_count; i++) {
        const struct import_column *col = &row->columns[i];

        *column = i + 1;
        for (size_t k = col->beside_count; err == TANDEM_OK && k > 0; k--) {
            err = write_beside(m, &col->target, col->beside[k - 1], made, e);
        }
    }
    return err;
}

// A new record's required fields, said before the commit says it of all.
static tandem_err
required(const struct import *m, const struct import_row *row, tandem_error *e)
{
    for (size_t i = 0; i < m->kind->field_count; i++) {
        const tandem_field_info *f = &m->kind->fields[i];
        bool given =
            (int32_t)i == m->kind->code_field || f->merge == TANDEM_MERGE_MAP;

        if ((f->flags & TANDEM_FIELD_REQUIRED) == 0 ||
            (f->flags & (TANDEM_FIELD_RETIRED | TANDEM_FIELD_UNSUPPORTED)) !=
                0) {
            continue;
        }
        for (size_t k = 0; !given && k < row->column_count; k++) {
            given = row->columns[k].target.field == f &&
                    !says_nothing(row->cells[k]);
        }
        if (!given) {
            return one_per_required(m->c, f, e);
        }
    }
    return TANDEM_OK;
}

// A row of an export of this very store: its record is here.
static tandem_err
open_held(struct import *m, const char *key, tandem_record **seen)
{
    const tandem_kind_info *k;
    tandem_record *r = NULL;
    tandem_id id;

    if (key == NULL || !tandem_id_parse(key, &id) ||
        tandem_record_open(m->c->store, id, &r, NULL) != TANDEM_OK) {
        return TANDEM_ENOTFOUND;
    }
    k = tandem_record_kind(r);
    if (k == NULL || k->n != m->kind->n ||
        strcmp(k->pack, m->kind->pack) != 0 ||
        !tandem_id_equal(tandem_record_sector(r), m->sector)) {
        tandem_record_free(r);
        return TANDEM_EEXIST;
    }
    *seen = r;
    return TANDEM_OK;
}

struct cells {
    const struct import *m;
    const struct import_row *row;
};

static const char *
cell_of(void *ctx, const tandem_field_info *f)
{
    const struct cells *of = ctx;

    for (size_t i = 0; i < of->row->column_count; i++) {
        const struct import_column *col = &of->row->columns[i];

        if (!col->key && col->target.field == f) {
            return of->row->cells[i];
        }
    }
    return NULL;
}

// What the new record's id is made of: what its kind has one record for, else
// the import key. Empty: nothing.
static tandem_err
key_of(struct import *m, const struct import_row *row, struct one_per *one,
    tandem_slice *key, tandem_error *e)
{
    const struct value_place place = place_of(m);
    struct cells of = {m, row};
    tandem_err err = one_per_read(&place, m->kind, cell_of, &of, one, e);

    *key = one->len > 0       ? tandem_bytes(one->bytes, one->len)
           : row->key != NULL ? tandem_bytes(row->key, strlen(row->key))
                              : tandem_bytes(NULL, 0);
    return err;
}

static tandem_err
failed(const tandem_txn *t, tandem_err err, tandem_error *e)
{
    if (err != TANDEM_OK) {
        (void)tandem_txn_failed(t, e);
        e->code = err;
    }
    return err;
}

// Made by a row before: of this file and not committed yet, or held.
static tandem_err
open_again(struct import *m, const char *key, tandem_id id, tandem_txn *t,
    tandem_edit **d, tandem_record **seen, tandem_error *e)
{
    tandem_err err = tandem_record_open(m->c->store, id, seen, e);

    if (err == TANDEM_ENOTFOUND && key != NULL) {
        return cli_error(e, TANDEM_EEXIST,
            _("import key \"%s\" stands in this file twice"), key);
    }
    if (err == TANDEM_ENOTFOUND) {
        return cli_error(e, TANDEM_EEXIST,
            _("another row of this file is of the same record"));
    }
    return err == TANDEM_OK ? tandem_txn_edit(t, *seen, d) : err;
}

// The record a row is about: new, or known by its import key.
static tandem_err
open_row(struct import *m, const struct import_row *row, tandem_txn *t,
    tandem_edit **d, tandem_record **seen, tandem_error *e)
{
    const char *key = row->key;
    struct one_per one;
    tandem_slice of;
    tandem_err err = open_held(m, key, seen);
    tandem_id id;

    if (err == TANDEM_EEXIST) {
        return cli_error(e, err,
            _("record %s is held here, but is of another kind or sector"), key);
    }
    if (err == TANDEM_OK) {
        err = tandem_txn_edit(t, *seen, d);
        return failed(t, err, e);
    }
    err = key_of(m, row, &one, &of, e);
    if (err != TANDEM_OK) {
        return err;
    }
    if (of.len == 0) {
        err = tandem_txn_create(t, m->kind_name, m->sector, d);
    } else {
        err = tandem_txn_create_keyed(t, m->kind_name, m->sector, of, d, &id);
    }
    return err == TANDEM_EEXIST
               ? open_again(m, one.len > 0 ? NULL : key, id, t, d, seen, e)
               : failed(t, err, e);
}

// Of a new record in a table that people made: an export has the key itself, or
// there was none.
static tandem_err
fill_in(struct import *m, const struct import_row *row, tandem_txn *t,
    tandem_edit *d, tandem_error *e)
{
    const struct value_place place = place_of(m);
    struct cells of = {m, row};
    const struct fill x = {&place, m->kind, cell_of, &of};
    tandem_id id;

    if (m->exact || (row->key != NULL && tandem_id_parse(row->key, &id))) {
        return TANDEM_OK;
    }
    return failed(t, fill_door(&x, NULL, d), e);
}

tandem_err
import_apply(struct import *m, struct import_row *row, tandem_txn *t,
    tandem_edit **d, tandem_record **seen, size_t *column, tandem_error *e)
{
    tandem_err err = open_row(m, row, t, d, seen, e);

    *column = 0;
    row->kept = 0;
    if (err == TANDEM_OK && m->source != NULL && *seen != NULL &&
        tandem_record_deleted(*seen) == TANDEM_TRASHED) {
        return cli_error(e, TANDEM_EVALUE,
            _("it is in the bin here; to have it again: tandem restore"));
    }
    for (size_t i = 0; err == TANDEM_OK && i < row->column_count; i++) {
        const struct import_column *col = &row->columns[i];

        if (col->key || col->sector ||
            (!m->exact && says_nothing(row->cells[i])) ||
            row->cells[i][0] == '\0') {
            continue;
        }
        if (m->source != NULL) {
            err = apply_sourced(m, row, i, t, *d, *seen, e);
        } else if (col->beside_count > 0) {
            err = apply_beside(m, col, row->cells[i], t, *d, *seen, e);
        } else {
            err = apply_cell(m, col, row->cells[i], t, *d, *seen, e);
        }
        if (err != TANDEM_OK) {
            *column = i + 1;
        }
    }
    if (err == TANDEM_OK && *seen == NULL) {
        err = fill_in(m, row, t, *d, e);
    }
    if (err == TANDEM_OK && *seen == NULL) {
        err = required(m, row, e);
    }
    return err;
}
