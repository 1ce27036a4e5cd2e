// SPDX-License-Identifier: Apache-2.0
// facts_read.c - a record's columns.
#include <stdio.h>
#include <string.h>

#include "facts_own.h"
#include "mark.h"
#include "quiet.h"
#include "stock.h"

struct reading {
    struct facts *f;
    const tandem_record *r;
    enum column_form form;
    const char *field;
    bool any_conflict; // some field of it
    int64_t *slot;
};

// A shown value; absent ones and those of a newer pack are TANDEM_NONE.
static tandem_value
shown(const struct reading *x)
{
    tandem_value v;

    return tandem_record_get(x->r, x->field, &v) == TANDEM_OK ? v
                                                              : tandem_none();
}

static tandem_err
read_ref(const struct reading *x, const tandem_value *v)
{
    uint32_t handle = 0;
    tandem_err err = TANDEM_OK;

    if (v->type == TANDEM_REF && !tandem_id_is_none(v->u.id)) {
        err = facts_handle(x->f, v->u.id, &handle);
    }
    *x->slot = handle;
    return err;
}

static bool
is_split(const struct reading *x)
{
    tandem_conflict c;

    for (size_t i = 0;
         x->any_conflict && tandem_record_conflict(x->r, i, &c) == TANDEM_OK;
         i++) {
        if (strcmp(c.field, x->field) == 0) {
            return true;
        }
    }
    return false;
}

static int64_t
bits_of_set(const struct reading *x)
{
    tandem_value v;
    int64_t bits = 0;

    for (size_t i = 0;
         tandem_record_item(x->r, x->field, i, &v, NULL) == TANDEM_OK; i++) {
        if (v.type == TANDEM_ENUM && v.u.i > 0 && v.u.i < 63) {
            bits |= (int64_t)1 << v.u.i;
        }
    }
    return bits;
}

static int64_t
latest_of_map(const struct reading *x)
{
    tandem_value key, v;
    int64_t latest = FACT_NONE;

    for (size_t i = 0;
         tandem_record_item(x->r, x->field, i, &key, &v) == TANDEM_OK; i++) {
        if (v.type == TANDEM_TIME && v.u.dt.ms > latest) {
            latest = v.u.dt.ms;
        }
    }
    return latest;
}

// "F09" is the ninth.
static int64_t
bits_of_figures(const struct reading *x)
{
    tandem_value v;
    int64_t bits = 0;

    for (size_t i = 0;
         tandem_record_item(x->r, x->field, i, &v, NULL) == TANDEM_OK; i++) {
        const uint8_t *at = v.u.s.ptr;
        int n = 0;

        if (v.type != TANDEM_STR || v.u.s.len != 3 ||
            (at[0] != 'F' && at[0] != 'f')) {
            continue;
        }
        for (int k = 1; k < 3; k++) {
            n = at[k] >= '0' && at[k] <= '9' ? n * 10 + at[k] - '0' : 99;
        }
        if (n > 0 && n < 63) {
            bits |= (int64_t)1 << n;
        }
    }
    return bits;
}

static int64_t
steps_of_map(const struct reading *x)
{
    tandem_value key, v;
    int64_t steps = 0;

    for (size_t i = 0;
         tandem_record_item(x->r, x->field, i, &key, &v) == TANDEM_OK; i++) {
        if (key.type == TANDEM_ENUM && key.u.i > 0 && key.u.i < 15 &&
            v.type == TANDEM_ENUM && v.u.i > 0 && v.u.i < 16) {
            steps |= v.u.i << 4 * key.u.i;
        }
    }
    return steps;
}

static int64_t
hints_of(const struct reading *x, const tandem_value *v)
{
    uint64_t hints = 0;
    tandem_value item;

    if (v->type == TANDEM_STR) {
        return hint_of(v->u.s.ptr, v->u.s.len);
    }
    for (size_t i = 0; i < 2 && tandem_record_item(x->r, x->field, i, &item,
                                    NULL) == TANDEM_OK;
         i++) {
        if (item.type == TANDEM_STR) {
            hints |= (uint64_t)hint_of(item.u.s.ptr, item.u.s.len) << 32 * i;
        }
    }
    return (int64_t)hints;
}

static int64_t
number_of(enum column_form form, const tandem_value *v)
{
    switch (form) {
    case FORM_WORD:
        return v->type == TANDEM_ENUM && v->u.i <= INT32_MAX ? v->u.i : 0;
    case FORM_YES:
        return (v->type == TANDEM_BOOL || v->type == TANDEM_TRI) && v->u.i == 1;
    case FORM_DAY:
        return v->type == TANDEM_DATE ? v->u.i : FACT_NONE;
    case FORM_TIME:
        return v->type == TANDEM_TIME ? v->u.dt.ms : FACT_NONE;
    case FORM_INT:
        return v->type == TANDEM_INT ? v->u.i : FACT_NONE;
    case FORM_SUM:
        return v->type == TANDEM_INT ? v->u.i : 0;
    case FORM_ITEM:
        return v->type == TANDEM_STR
                   ? stock_item((const char *)v->u.s.ptr, v->u.s.len)
                   : 0;
    case FORM_HOURS:
        return v->type == TANDEM_STR ? quiet_read(v->u.s.ptr, v->u.s.len) : 0;
    case FORM_MARK:
        return v->type == TANDEM_STR ? (int64_t)mark_of(v->u.s.ptr, v->u.s.len)
                                     : 0;
    case FORM_SPLIT:
    case FORM_REF:
    case FORM_SET:
    case FORM_LATEST:
    case FORM_FIGURES:
    case FORM_STEPS:
    case FORM_COUNT:
    case FORM_HINTS:
    case FORM_POINTS:
        break;
    }
    return 0;
}

// Pairs of what was voted for, and the points it got; 0 0 for what is neither.
static tandem_err
read_points(struct reading *x)
{
    const size_t n = tandem_record_items(x->r, x->field);
    tandem_value key, v;
    int64_t *pair;
    tandem_err err = TANDEM_OK;

    *x->slot = 0;
    if (n > 0) {
        err = facts_points(x->f, n, x->slot);
    }
    for (size_t i = 0; err == TANDEM_OK && i < n; i++) {
        uint32_t handle = 0;
        int64_t points = 0;

        if (tandem_record_item(x->r, x->field, i, &key, &v) == TANDEM_OK &&
            key.type == TANDEM_REF && v.type == TANDEM_INT) {
            err = facts_handle(x->f, key.u.id, &handle);
            points = v.u.i;
        }
        pair = x->f->points + *x->slot + 1 + 2 * i;
        pair[0] = handle;
        pair[1] = points;
    }
    return err;
}

static tandem_err
read_column(struct reading *x)
{
    const tandem_value v = shown(x);

    switch (x->form) {
    case FORM_REF:
        return read_ref(x, &v);
    case FORM_SPLIT:
        *x->slot = is_split(x);
        return TANDEM_OK;
    case FORM_SET:
        *x->slot = bits_of_set(x);
        return TANDEM_OK;
    case FORM_LATEST:
        *x->slot = latest_of_map(x);
        return TANDEM_OK;
    case FORM_FIGURES:
        *x->slot = bits_of_figures(x);
        return TANDEM_OK;
    case FORM_STEPS:
        *x->slot = steps_of_map(x);
        return TANDEM_OK;
    case FORM_HINTS:
        *x->slot = hints_of(x, &v);
        return TANDEM_OK;
    case FORM_COUNT:
        *x->slot = v.type == TANDEM_STR
                       ? v.u.s.len > 0
                       : (int64_t)tandem_record_items(x->r, x->field);
        return TANDEM_OK;
    case FORM_WORD:
    case FORM_YES:
    case FORM_DAY:
    case FORM_TIME:
    case FORM_INT:
    case FORM_SUM:
    case FORM_ITEM:
    case FORM_HOURS:
    case FORM_MARK:
        *x->slot = number_of(x->form, &v);
        return TANDEM_OK;
    case FORM_POINTS:
        break;
    }
    return read_points(x);
}

static uint16_t
conflicts_of(const tandem_record *r)
{
    tandem_conflict c;
    uint16_t n = 0;

    while (n < UINT16_MAX && tandem_record_conflict(r, n, &c) == TANDEM_OK) {
        n++;
    }
    return n;
}

static tandem_err
read_columns(struct facts *f, const tandem_record *r, struct fact *fact)
{
    const struct fact_table *table = fact_table((enum fact_kind)fact->kind);
    struct reading x = {.f = f, .r = r, .any_conflict = fact->conflicts > 0};
    struct rows *rows = &f->rows[fact->kind];
    tandem_err err = rows_add(rows, &fact->row);

    for (size_t i = 0; err == TANDEM_OK && i < table->count; i++) {
        int64_t value = 0;

        x.form = table->columns[i].form;
        x.field = f->known[fact->kind].fields[i];
        x.slot = &value;
        err = read_column(&x);
        rows_set(rows, fact->row, (int)i, value);
    }
    return err;
}

// Of the schema at hand by its place, else by its name: another one was
// published meanwhile, and the next refresh takes it up.
static enum fact_kind
kind_of(const struct facts *f, const tandem_kind_info *kind)
{
    char name[160];

    for (int k = 1; k < FACT_KINDS; k++) {
        if (f->known[k].kind == kind) {
            return (enum fact_kind)k;
        }
    }
    (void)snprintf(name, sizeof(name), "%s/%s", kind->pack, kind->id);
    return fact_kind_of(name);
}

tandem_err
fact_read(
    struct facts *f, const tandem_record *r, uint32_t handle, uint64_t number)
{
    const tandem_kind_info *kind = tandem_record_kind(r);
    struct fact fact = {.number = number};
    tandem_err err;

    if (kind == NULL) {
        f->at[handle] = fact;
        return TANDEM_OK;
    }
    fact.kind = (uint8_t)kind_of(f, kind);
    fact.trashed = tandem_record_deleted(r) == TANDEM_TRASHED;
    fact.conflicts = conflicts_of(r);
    tandem_record_times(r, &fact.created_ms, &fact.changed_ms);
    err = facts_sector(f, tandem_record_sector(r), &fact.sector);
    if (err == TANDEM_OK) {
        err = read_columns(f, r, &fact);
    }
    f->at[handle] = fact; // `at` may have moved
    return err;
}
