// SPDX-License-Identifier: Apache-2.0
// edit_list.c - elements put into a list, moved, taken away; lines added to a
// log.

#include "api/edit.h"

#include "base/slice.h"

#define LIST (1u << TANDEM_MERGE_LIST)

// The list as it stands in the edit: an array of struct td_listed in `out`,
// which the caller deinits also on failure.
static tandem_err
read_list(const struct tandem_edit *d, const tandem_field_info *f,
    struct td_buf *out, const struct td_listed **at, size_t *count)
{
    const struct td_list *l = td_record_list(d->work, f->n);

    td_buf_init(out, &d->txn->store->sys, SIZE_MAX);
    if (l != NULL) {
        TD_TRY(td_list_read(l, out));
    }
    *at = (const struct td_listed *)(const void *)out->ptr;
    *count = out->len / sizeof(**at);
    return TANDEM_OK;
}

static tandem_err
outside(const tandem_field_info *f, size_t at, size_t count, tandem_error *e)
{
    td_fail_field(e, f->id);
    return td_fail(e, TANDEM_EVALUE,
        "%s has %zu elements; place %zu lies outside",
        "%s a %zu éléments : la place %zu n'y est pas", f->id, count, at);
}

// Behind this element, or at the begin of the list.
static tandem_err
aim(const struct tandem_edit *d, const tandem_field_info *f,
    const struct td_listed *behind, struct td_op *op)
{
    const struct td_list *l = td_record_list(d->work, f->n);

    if (l == NULL) {
        return TANDEM_OK;
    }
    return td_text_neighbours(l->places, behind == NULL ? 0 : behind->place + 1,
        &op->has_left, &op->left, &op->has_right, &op->right);
}

static tandem_err
insert(struct tandem_edit *d, const tandem_field_info *f, size_t at,
    tandem_value v, tandem_error *e)
{
    struct td_op op = {.code = TD_OP_PLACE, .field = f->n};
    const struct td_listed *listed;
    struct td_buf all;
    size_t count = 0;
    tandem_err err = read_list(d, f, &all, &listed, &count);

    at = at == TANDEM_END ? count : at;
    if (err == TANDEM_OK && at > count) {
        err = outside(f, at, count, e);
    }
    if (err == TANDEM_OK) {
        err = td_edit_element(d, f, &v, &op.value, e);
    }
    if (err == TANDEM_OK) {
        err = aim(d, f, at == 0 ? NULL : &listed[at - 1], &op);
    }
    td_buf_deinit(&all);
    return err == TANDEM_OK ? td_edit_type(d, &op, 1) : err;
}

tandem_err
tandem_edit_insert(tandem_edit *d, const char *field, size_t at, tandem_value v)
{
    tandem_error e = td_edit_begin(d);
    tandem_err err;
    const tandem_field_info *f = td_edit_field(d, field, LIST, &err, &e);

    if (f != NULL) {
        err = insert(d, f, at, v, &e);
    }
    return td_edit_end(d, err, &e);
}

// A new place for the element; its value travels along, so that it can stand
// again where another took it away meanwhile.
static tandem_err
move(struct tandem_edit *d, const tandem_field_info *f, size_t from, size_t to,
    tandem_error *e)
{
    struct td_op op = {.code = TD_OP_PLACE, .field = f->n, .has_element = true};
    const struct td_listed *listed;
    struct td_buf all;
    size_t count = 0;
    tandem_err err = read_list(d, f, &all, &listed, &count);

    if (err == TANDEM_OK && (from >= count || to >= count)) {
        err = outside(f, from >= count ? from : to, count, e);
    }
    if (err == TANDEM_OK && from != to) {
        // Among the others: what stands before it there.
        size_t behind = to <= from ? to : to + 1;

        op.element.dot = listed[from].element;
        op.value = td_arena_dup(&d->arena, listed[from].value);
        err = op.value.ptr == NULL
                  ? TANDEM_ENOMEM
                  : aim(d, f, behind == 0 ? NULL : &listed[behind - 1], &op);
    }
    td_buf_deinit(&all);
    return err == TANDEM_OK && from != to ? td_edit_type(d, &op, 1) : err;
}

tandem_err
tandem_edit_move(tandem_edit *d, const char *field, size_t from, size_t to)
{
    tandem_error e = td_edit_begin(d);
    tandem_err err;
    const tandem_field_info *f = td_edit_field(d, field, LIST, &err, &e);

    if (f != NULL) {
        err = move(d, f, from, to, &e);
    }
    return td_edit_end(d, err, &e);
}

static tandem_err
drop(struct tandem_edit *d, const tandem_field_info *f, size_t at,
    tandem_error *e)
{
    struct td_op op = {.code = TD_OP_LEAVE, .field = f->n, .has_element = true};
    const struct td_listed *listed;
    struct td_buf all;
    size_t count = 0;
    tandem_err err = read_list(d, f, &all, &listed, &count);

    if (err == TANDEM_OK && at >= count) {
        err = outside(f, at, count, e);
    }
    if (err == TANDEM_OK) {
        op.element.dot = listed[at].element;
    }
    td_buf_deinit(&all);
    return err == TANDEM_OK ? td_edit_type(d, &op, 1) : err;
}

tandem_err
tandem_edit_drop(tandem_edit *d, const char *field, size_t at)
{
    tandem_error e = td_edit_begin(d);
    tandem_err err;
    const tandem_field_info *f = td_edit_field(d, field, LIST, &err, &e);

    if (f != NULL) {
        err = drop(d, f, at, &e);
    }
    return td_edit_end(d, err, &e);
}

tandem_err
td_edit_append(struct tandem_edit *d, const tandem_field_info *f,
    tandem_value v, tandem_error *e)
{
    struct td_op op = {.code = TD_OP_LINE, .field = f->n};

    if (f->merge == TANDEM_MERGE_LIST) {
        return insert(d, f, TANDEM_END, v, e);
    }
    TD_TRY(td_edit_element(d, f, &v, &op.value, e));
    return td_edit_type(d, &op, 1);
}

tandem_err
td_edit_drop_value(struct tandem_edit *d, const tandem_field_info *f,
    tandem_value v, tandem_error *e)
{
    const struct td_listed *listed;
    tandem_slice value;
    struct td_buf all;
    size_t count = 0, at = 0;
    tandem_err err = read_list(d, f, &all, &listed, &count);

    if (err == TANDEM_OK) {
        err = td_edit_element(d, f, &v, &value, e);
    }
    while (err == TANDEM_OK && at < count &&
           !td_slice_eq(listed[at].value, value)) {
        at++;
    }
    td_buf_deinit(&all);
    return err == TANDEM_OK && at < count ? drop(d, f, at, e) : err;
}
