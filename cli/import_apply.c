// SPDX-License-Identifier: Apache-2.0
// import_apply.c - one row into a transaction.
//
// A row whose import key is known changes its record only where a cell says
// something else: an empty cell leaves the field alone, a set only grows, and
// values that stand side by side are never chosen between.
#include "import.h"

#include <stdlib.h>
#include <string.h>

#include "lookup.h"

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
    struct value_place place = {
        .c = m->c, .sector = m->sector, .coming = is_coming, .ctx = m};
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
        for (size_t k = 0; !given && k < m->column_count; k++) {
            given =
                m->columns[k].target.field == f && !says_nothing(row->cells[k]);
        }
        if (!given) {
            return cli_error(e, TANDEM_EVALUE, _("%s (%s) is required"),
                m->c->lang == TANDEM_FR ? f->fr : f->en, f->id);
        }
    }
    return TANDEM_OK;
}

// The record a row is about: new, or known by its import key.
static tandem_err
open_row(struct import *m, const struct import_row *row, tandem_txn *t,
    tandem_edit **d, tandem_record **seen, tandem_error *e)
{
    const char *key = import_key(m, row->cells, m->column_count);
    tandem_id id;
    tandem_err err;

    if (key == NULL) {
        err = tandem_txn_create(t, m->kind_name, m->sector, d);
    } else {
        err = tandem_txn_create_keyed(
            t, m->kind_name, m->sector, tandem_bytes(key, strlen(key)), d, &id);
        if (err == TANDEM_EEXIST) {
            err = tandem_record_open(m->c->store, id, seen, e);
            if (err == TANDEM_ENOTFOUND) {
                return cli_error(e, TANDEM_EEXIST,
                    _("import key \"%s\" stands in this file twice"), key);
            }
            if (err != TANDEM_OK) {
                return err;
            }
            err = tandem_txn_edit(t, *seen, d);
        }
    }
    if (err != TANDEM_OK) {
        (void)tandem_txn_failed(t, e);
        e->code = err;
    }
    return err;
}

tandem_err
import_apply(struct import *m, const struct import_row *row, tandem_txn *t,
    tandem_edit **d, tandem_record **seen, size_t *column, tandem_error *e)
{
    tandem_err err = open_row(m, row, t, d, seen, e);

    *column = 0;
    for (size_t i = 0; err == TANDEM_OK && i < m->column_count; i++) {
        if (m->columns[i].key || says_nothing(row->cells[i])) {
            continue;
        }
        err = apply_cell(m, &m->columns[i], row->cells[i], t, *d, *seen, e);
        if (err != TANDEM_OK) {
            *column = i + 1;
        }
    }
    if (err == TANDEM_OK && *seen == NULL) {
        err = required(m, row, e);
    }
    return err;
}
