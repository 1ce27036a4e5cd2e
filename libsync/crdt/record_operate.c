// SPDX-License-Identifier: Apache-2.0
// record_operate.c - what one operation does to a record's state, and edits
// being typed.
//
// What does not fit has no effect and is told to the caller: an unknown
// opcode, a value nested deeper than any type of ours, text that names
// characters its author had not seen (whether they are here would depend on
// the order of arrival).
#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "codec/cursor.h"
#include "crdt/record_state.h"

// A scalar, or an array of scalars: bounded nesting, so that the state that
// holds the value stays within TD_MP_DEPTH_MAX.
static bool
is_flat(tandem_slice value)
{
    struct td_cur c;
    size_t n;

    if (value.len == 0) {
        return false;
    }
    td_cur_sub(&c, value);
    if (td_cur_peek(&c) == TD_MP_MAP) {
        return false;
    }
    if (td_cur_peek(&c) != TD_MP_ARRAY) {
        return true;
    }
    n = td_cur_array(&c, value.len);
    for (size_t i = 0; i < n; i++) {
        enum td_mp_type type = td_cur_peek(&c);

        if (type == TD_MP_ARRAY || type == TD_MP_MAP || type == TD_MP_NONE) {
            return false;
        }
        (void)td_cur_raw(&c);
    }
    return !td_cur_failed(&c);
}

static struct td_ver
version_of(const struct td_dot *dot, const struct td_writer_of *by, bool own)
{
    struct td_ver v = {0};

    v.dot = *dot;
    v.person = by->person;
    v.clock = by->clock;
    v.why_own = own;
    return v;
}

static tandem_err
operate_register(struct td_record *r, const struct td_op *op,
    const struct td_dot *dot, const struct td_writer_of *by,
    const struct td_eff *e)
{
    bool own = op->why.len > 0;
    struct td_ver like = version_of(dot, by, own);
    tandem_slice why = own ? op->why : by->why;
    struct td_field *f = td_record_slot(r, op->field, op->code, true);

    if (f == NULL) {
        return TANDEM_ENOMEM;
    }
    if (op->code == TD_OP_PUT) {
        return td_map_put(r->sys, &f->u.map, op->key, &like, op->value, why, e);
    }
    if (op->code != TD_OP_LINE) { // a line takes nothing away
        td_reg_drop(r->sys, &f->u.reg, e);
    }
    return td_reg_add(r->sys, &f->u.reg, &like, op->value, why);
}

static tandem_err
operate_add(struct td_record *r, const struct td_op *op,
    const struct td_dot *dot, const struct td_eff *e)
{
    struct td_field *f = td_record_slot(r, op->field, TD_OP_ADD, true);

    if (f == NULL) {
        return TANDEM_ENOMEM;
    }
    return td_set_add(r->sys, &f->u.set, op->value, dot, e);
}

static void
operate_remove(
    struct td_record *r, const struct td_op *op, const struct td_eff *e)
{
    bool set = op->code == TD_OP_REMOVE;
    struct td_field *f =
        td_record_slot(r, op->field, set ? TD_OP_ADD : TD_OP_PUT, false);
    bool empty;

    if (f == NULL) {
        return;
    }
    if (set) {
        td_set_remove(r->sys, &f->u.set, op->value, e);
        empty = f->u.set.count == 0;
    } else {
        td_map_drop(r->sys, &f->u.map, op->key, e);
        empty = f->u.map.count == 0;
    }
    if (empty) {
        td_record_unslot(r, f);
    }
}

static tandem_err
operate_mark(struct td_record *r, const struct td_op *op,
    const struct td_dot *dot, const struct td_writer_of *by,
    const struct td_eff *e)
{
    static const uint8_t is[2] = {0xc2, 0xc3};
    struct td_ver like = version_of(dot, by, false);

    if (!e->all) {
        TD_TRY(td_eff_flatten(r->sys, e, &like.seen));
    }
    td_reg_drop(r->sys, &r->marks, e);
    return td_reg_add(
        r->sys, &r->marks, &like, (tandem_slice){&is[op->deleted], 1}, by->why);
}

// Had the author seen all the characters this names? Quarantined ones count:
// they stand as deleted characters.
static bool
text_reached(const struct td_op *op, const struct td_eff *e)
{
    if ((op->has_left && !td_eff_reached(e, &op->left.dot)) ||
        (op->has_right && !td_eff_reached(e, &op->right.dot)) ||
        (op->has_element && !td_eff_reached(e, &op->element.dot))) {
        return false;
    }
    for (size_t i = 0; i < op->range_count; i++) {
        if (!td_eff_reached(e, &op->ranges[i].first.dot)) {
            return false;
        }
    }
    return true;
}

static tandem_err
operate_insert(struct td_record *r, const struct td_op *op,
    const struct td_dot *dot, bool hidden, bool *fits)
{
    struct td_field *f = td_record_slot(r, op->field, TD_OP_INSERT, false);
    struct td_text *text = f == NULL ? NULL : f->u.text;
    tandem_err err;

    if (f == NULL) {
        TD_TRY(td_text_new(r->sys, &text));
    }
    err = td_text_insert(text, dot, op->has_left ? &op->left : NULL,
        op->has_right ? &op->right : NULL, op->utf8, hidden);
    if (f == NULL && err == TANDEM_OK) {
        f = td_record_slot(r, op->field, TD_OP_INSERT, true);
        if (f != NULL) {
            f->u.text = text;
            return TANDEM_OK;
        }
        err = TANDEM_ENOMEM;
    }
    if (f == NULL) {
        td_text_free(text);
    }
    *fits = err != TANDEM_EVALUE;
    return err == TANDEM_EVALUE ? TANDEM_OK : err;
}

static tandem_err
operate_text(struct td_record *r, const struct td_op *op,
    const struct td_dot *dot, const struct td_writer_of *by,
    const struct td_eff *e, bool *fits)
{
    struct td_field *f;
    tandem_err err;

    if (!text_reached(op, e)) {
        *fits = false;
        return TANDEM_OK;
    }
    if (op->code == TD_OP_INSERT) {
        return operate_insert(r, op, dot, by->hidden, fits);
    }
    f = td_record_slot(r, op->field, TD_OP_INSERT, false);
    if (f == NULL || by->hidden) {
        return TANDEM_OK;
    }
    err = td_text_delete(f->u.text, op->ranges, op->range_count);
    *fits = err != TANDEM_EVALUE;
    return err == TANDEM_EVALUE ? TANDEM_OK : err;
}

// As an insertion into the text of its places.
static tandem_err
place(struct td_record *r, const struct td_op *op, const struct td_dot *dot,
    const struct td_writer_of *by, const struct td_eff *e)
{
    const struct td_ver like = version_of(dot, by, false);
    const struct td_placing p = {
        .element = op->has_element ? &op->element.dot : NULL,
        .left = op->has_left ? &op->left : NULL,
        .right = op->has_right ? &op->right : NULL,
        .value = op->value,
        .why = by->why,
        .hidden = by->hidden,
    };
    struct td_field *f = td_record_slot(r, op->field, TD_OP_PLACE, false);
    struct td_text *places = NULL;
    tandem_err err;

    if (f != NULL) {
        return td_list_place(r->sys, &f->u.list, &p, &like, e);
    }
    TD_TRY(td_text_new(r->sys, &places));
    f = td_record_slot(r, op->field, TD_OP_PLACE, true);
    if (f == NULL) {
        td_text_free(places);
        return TANDEM_ENOMEM;
    }
    f->u.list.places = places;
    err = td_list_place(r->sys, &f->u.list, &p, &like, e);
    if (err != TANDEM_OK) {
        td_record_unslot(r, f);
    }
    return err;
}

static tandem_err
operate_list(struct td_record *r, const struct td_op *op,
    const struct td_dot *dot, const struct td_writer_of *by,
    const struct td_eff *e, bool *fits)
{
    struct td_field *f;
    tandem_err err;

    *fits = text_reached(op, e);
    if (!*fits) {
        return TANDEM_OK;
    }
    if (op->code == TD_OP_PLACE) {
        err = place(r, op, dot, by, e);
        *fits = err != TANDEM_EVALUE;
        return err == TANDEM_EVALUE ? TANDEM_OK : err;
    }
    f = td_record_slot(r, op->field, TD_OP_PLACE, false);
    return f == NULL || by->hidden
               ? TANDEM_OK
               : td_list_leave(r->sys, &f->u.list, &op->element.dot, e);
}

static tandem_err
operate_count(struct td_record *r, const struct td_op *op)
{
    struct td_field *f = td_record_slot(r, op->field, TD_OP_COUNT, true);

    if (f == NULL) {
        return TANDEM_ENOMEM;
    }
    td_counter_add(&f->u.counter, op->delta);
    return TANDEM_OK;
}

static bool
is_known(const struct td_op *op)
{
    bool value = op->code == TD_OP_SET || op->code == TD_OP_ADD ||
                 op->code == TD_OP_REMOVE || op->code == TD_OP_PUT ||
                 op->code == TD_OP_MOVE || op->code == TD_OP_LINE ||
                 op->code == TD_OP_PLACE;
    bool key = op->code == TD_OP_PUT || op->code == TD_OP_DROP;

    return op->code >= TD_OP_SET && op->code <= TD_OP_LAST &&
           (!value || is_flat(op->value)) && (!key || is_flat(op->key));
}

tandem_err
td_record_operate(struct td_record *r, const struct td_op *op,
    const struct td_dot *dot, const struct td_writer_of *by,
    const struct td_eff *e, bool *fits)
{
    *fits = is_known(op);
    if (!*fits ||
        (by->hidden && op->code != TD_OP_INSERT && op->code != TD_OP_PLACE)) {
        return TANDEM_OK;
    }
    switch (op->code) {
    case TD_OP_SET:
    case TD_OP_PUT:
    case TD_OP_MOVE:
    case TD_OP_LINE:
        return operate_register(r, op, dot, by, e);
    case TD_OP_ADD:
        return operate_add(r, op, dot, e);
    case TD_OP_REMOVE:
    case TD_OP_DROP:
        operate_remove(r, op, e);
        return TANDEM_OK;
    case TD_OP_COUNT:
        return operate_count(r, op);
    case TD_OP_INSERT:
    case TD_OP_ERASE:
        return operate_text(r, op, dot, by, e, fits);
    case TD_OP_PLACE:
    case TD_OP_LEAVE:
        return operate_list(r, op, dot, by, e, fits);
    case TD_OP_MARK:
        return operate_mark(r, op, dot, by, e);
    default: // WHY stands with the versions of its change
        return TANDEM_OK;
    }
}

// ------------------------------------------------------------------ typing

static tandem_err
explain_register(const tandem_sys *sys, struct td_reg *reg, tandem_slice why)
{
    for (size_t i = 0; i < reg->count; i++) {
        struct td_ver *v = &reg->v[i];

        if (v->dot.seq == TD_SEQ_SELF && !v->why_own && v->why_len == 0) {
            TD_TRY(td_reg_explain(sys, v, why));
        }
    }
    return TANDEM_OK;
}

// A reason for the whole edit, typed after some of its values.
static tandem_err
explain(struct td_record *r, tandem_slice why)
{
    if (r->typed_why.len > 0 || why.len == 0) {
        return TANDEM_OK;
    }
    td_buf_put_slice(&r->typed_why, why);
    if (r->typed_why.err != TANDEM_OK) {
        return r->typed_why.err;
    }
    for (size_t i = 0; i < r->field_count; i++) {
        struct td_field *f = &r->fields[i];

        if (f->merge == TD_OP_SET || f->merge == TD_OP_MOVE ||
            f->merge == TD_OP_LINE) {
            TD_TRY(explain_register(r->sys, &f->u.reg, why));
        } else if (f->merge == TD_OP_PUT) {
            for (size_t k = 0; k < f->u.map.count; k++) {
                TD_TRY(explain_register(r->sys, &f->u.map.e[k].reg, why));
            }
        }
    }
    return explain_register(r->sys, &r->marks, why);
}

tandem_err
td_record_type(struct td_record *r, struct td_log_id own,
    const struct td_op *ops, size_t count, size_t first_op, tandem_id person,
    uint64_t clock)
{
    struct td_eff e = {0};

    if (first_op > TD_OPS_MAX || count > TD_OPS_MAX - first_op) {
        return TANDEM_ELIMIT;
    }
    e.all = true;
    e.log = own;
    e.seq = TD_SEQ_SELF;
    r->typed = true;
    for (size_t i = 0; i < count; i++) {
        struct td_dot dot = {own, TD_SEQ_SELF, 0, (uint16_t)(first_op + i)};
        struct td_writer_of by = {
            person, clock, td_buf_slice(&r->typed_why), false};
        bool fits = true;

        if (ops[i].code == TD_OP_WHY) {
            TD_TRY(explain(r, ops[i].why));
            continue;
        }
        TD_TRY(td_record_operate(r, &ops[i], &dot, &by, &e, &fits));
        if (!fits) {
            return TANDEM_EVALUE;
        }
    }
    return TANDEM_OK;
}
