// SPDX-License-Identifier: Apache-2.0
// edit_text.c - typing into a text: splices, and a whole text by the smallest
// edit.

#include "api/edit.h"

#include <string.h>

#include "base/slice.h"
#include "schema/value.h"

// One splice: what is removed, then what is inserted, as two operations.
static tandem_err
splice(struct tandem_edit *d, const tandem_field_info *f, size_t at,
    size_t remove, tandem_slice insert, tandem_error *e)
{
    const struct td_text *text = td_record_text(d->work, f->n);
    size_t count = text != NULL ? td_text_count(text) : 0;
    struct td_op op = {.code = TD_OP_ERASE, .field = f->n};
    struct td_buf ranges;
    tandem_err err;

    td_fail_field(e, f->id);
    if (at > count || remove > count - at) {
        return td_fail(e, TANDEM_EVALUE,
            "%s has %zu characters; position %zu, length %zu lies outside",
            "%s a %zu caractères : la position %zu et la longueur %zu en "
            "sortent",
            f->id, count, at, remove);
    }
    if (insert.len > TD_TEXT_BYTES_MAX || !td_utf8_valid(insert) ||
        (insert.len > 0 && memchr(insert.ptr, '\0', insert.len) != NULL)) {
        return td_fail(e, TANDEM_EVALUE,
            "%s: a passage is UTF-8 without NUL, of at most %d KiB",
            "%s : un passage est en UTF-8 sans NUL, d'au plus %d Kio", f->id,
            (int)TD_TEXT_BYTES_MAX / 1024);
    }
    if (remove > 0) {
        tandem_slice kept;

        td_buf_init(&ranges, &d->txn->store->sys, EDIT_ARENA_MAX);
        err = td_text_ranges(text, at, remove, &ranges);
        kept = td_arena_dup(&d->arena, td_buf_slice(&ranges));
        td_buf_deinit(&ranges);
        TD_TRY(err);
        if (kept.ptr == NULL) {
            return TANDEM_ENOMEM;
        }
        op.ranges = (const struct td_char_range *)(const void *)kept.ptr;
        op.range_count = kept.len / sizeof(*op.ranges);
        TD_TRY(td_edit_type(d, &op, 1));
        text = td_record_text(d->work, f->n);
    }
    if (insert.len == 0) {
        return TANDEM_OK;
    }
    op = (struct td_op){.code = TD_OP_INSERT, .field = f->n};
    if (text != NULL) {
        TD_TRY(td_text_neighbours(
            text, at, &op.has_left, &op.left, &op.has_right, &op.right));
    }
    op.utf8 = td_arena_dup(&d->arena, insert);
    return op.utf8.ptr == NULL ? TANDEM_ENOMEM : td_edit_type(d, &op, 1);
}

tandem_err
tandem_edit_text(tandem_edit *d, const char *field, size_t at, size_t remove,
    tandem_slice insert)
{
    tandem_error e = td_edit_begin(d);
    tandem_err err;
    const tandem_field_info *f =
        td_edit_field(d, field, 1u << TANDEM_MERGE_TEXT, &err, &e);

    if (f != NULL) {
        err = splice(d, f, at, remove, insert, &e);
    }
    return td_edit_end(d, err, &e);
}

static tandem_err
apply_steps(struct tandem_edit *d, const tandem_field_info *f,
    const struct td_buf *steps, tandem_error *e)
{
    const struct td_text_step *s =
        (const struct td_text_step *)(const void *)steps->ptr;

    for (size_t i = 0; i < steps->len / sizeof(*s); i++) {
        TD_TRY(splice(d, f, s[i].at, s[i].remove, s[i].insert, e));
    }
    return TANDEM_OK;
}

tandem_err
td_edit_set_text(struct tandem_edit *d, const tandem_field_info *f,
    tandem_value v, tandem_error *e)
{
    const tandem_sys *sys = &d->txn->store->sys;
    const struct td_text *text = td_record_text(d->work, f->n);
    tandem_slice now = {(const uint8_t *)"", 0};
    struct td_buf was, steps;
    tandem_err err = TANDEM_OK;

    TD_TRY(tandem_value_check(&f->value, &v, e));
    if (v.type == TANDEM_STR) {
        now = v.u.s;
    }
    td_buf_init(&was, sys, TD_RECORD_BYTES_MAX);
    td_buf_init(&steps, sys, TD_RECORD_BYTES_MAX);
    if (text != NULL) {
        err = td_text_read(text, &was);
    }
    if (err == TANDEM_OK) {
        err = td_text_diff(sys, td_buf_slice(&was), now, &steps);
    }
    if (err == TANDEM_OK) {
        err = apply_steps(d, f, &steps, e);
    }
    td_buf_deinit(&was);
    td_buf_deinit(&steps);
    return err;
}
