// SPDX-License-Identifier: Apache-2.0
// change_encode.c - writes the body of a change; the layout stands in
// change.h.
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "codec/writer.h"
#include "crdt/array.h"
#include "crdt/change.h"

// The logs that characters name, as they will be listed: the own one, and
// those of c->refs. Sorted, unique once finished.
struct refs {
    struct td_ref *at;
    size_t count, cap;
};

static bool
is_self(const struct td_change *c, const struct td_char *ch)
{
    const struct td_dot *d = &ch->dot;

    return d->seq == TD_SEQ_SELF ||
           (td_log_id_cmp(d->log, c->log) == 0 && d->seq == c->seq &&
               d->change == c->index);
}

static int
by_entry(const void *a, const void *b)
{
    const struct td_ref *x = a;
    const struct td_ref *y = b;
    int cmp = td_log_id_cmp(x->log, y->log);

    if (cmp != 0 || x->seq != y->seq) {
        return cmp != 0 ? cmp : x->seq < y->seq ? -1 : 1;
    }
    return memcmp(x->hash.b, y->hash.b, sizeof x->hash.b);
}

// How the log of a character is written.
static struct td_ref
ref_of(const struct td_change *c, const struct td_char *ch)
{
    struct td_ref own = {.name = c->log, .log = c->log};

    if (td_log_id_cmp(ch->dot.log, c->log) == 0) {
        return own;
    }
    for (size_t i = 0; i < c->ref_count; i++) {
        if (td_log_id_cmp(c->refs[i].name, ch->dot.log) == 0) {
            return c->refs[i];
        }
    }
    TD_ASSERT(false); // who types had seen it: td_record_seen has its entry
    return own;
}

// A text's characters mostly share one log with the one before.
static tandem_err
collect(const tandem_sys *sys, const struct td_change *c,
    const struct td_char *ch, struct refs *refs)
{
    struct td_ref *more;

    if (is_self(c, ch) ||
        (refs->count > 0 &&
            td_log_id_cmp(refs->at[refs->count - 1].name, ch->dot.log) == 0)) {
        return TANDEM_OK;
    }
    more =
        td_array_room(sys, refs->at, &refs->cap, refs->count + 1, sizeof *more);
    if (more == NULL) {
        return TANDEM_ENOMEM;
    }
    refs->at = more;
    more[refs->count++] = ref_of(c, ch);
    return TANDEM_OK;
}

static tandem_err
collect_all(const tandem_sys *sys, const struct td_change *c, struct refs *refs)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->op_count; i++) {
        const struct td_op *op = &c->ops[i];

        bool placed = op->code == TD_OP_PLACE;
        bool beside = op->code == TD_OP_INSERT || placed;

        if (beside && op->has_left) {
            TD_TRY(collect(sys, c, &op->left, refs));
        }
        if (beside && op->has_right) {
            TD_TRY(collect(sys, c, &op->right, refs));
        }
        if ((placed || op->code == TD_OP_LEAVE) && op->has_element) {
            TD_TRY(collect(sys, c, &op->element, refs));
        }
        for (size_t k = 0; op->code == TD_OP_ERASE && k < op->range_count;
             k++) {
            TD_TRY(collect(sys, c, &op->ranges[k].first, refs));
        }
    }
    if (refs->count > 1) {
        qsort(refs->at, refs->count, sizeof *refs->at, by_entry);
    }
    for (size_t i = 0; i < refs->count; i++) {
        if (kept == 0 || by_entry(&refs->at[kept - 1], &refs->at[i]) != 0) {
            refs->at[kept++] = refs->at[i];
        }
    }
    refs->count = kept;
    return kept > TD_CONTEXT_LOGS_MAX ? TANDEM_ELIMIT : TANDEM_OK;
}

static void
put_char(const struct td_change *c, const struct refs *refs,
    const struct td_char *ch, struct td_buf *out)
{
    struct td_ref want;
    const struct td_ref *ref;

    if (ch == NULL) {
        td_mp_nil(out);
        return;
    }
    if (is_self(c, ch)) {
        td_mp_array(out, 2);
        td_mp_uint(out, ch->dot.op);
        td_mp_uint(out, ch->offset);
        return;
    }
    want = ref_of(c, ch);
    ref = bsearch(&want, refs->at, refs->count, sizeof *refs->at, by_entry);
    TD_ASSERT(ref != NULL);
    td_mp_array(out, 5);
    td_mp_uint(out, (uint64_t)(ref - refs->at));
    td_mp_uint(out, ch->dot.seq);
    td_mp_uint(out, ch->dot.change);
    td_mp_uint(out, ch->dot.op);
    td_mp_uint(out, ch->offset);
}

static void
put_why(tandem_slice why, struct td_buf *out)
{
    if (why.len == 0) {
        td_mp_nil(out);
    } else {
        td_mp_str(out, why);
    }
}

static void
put_head(const struct td_op *op, size_t width, struct td_buf *out)
{
    td_mp_array(out, width);
    td_mp_uint(out, op->code);
    td_mp_uint(out, op->field);
}

static void
put_ranges(const struct td_change *c, const struct refs *refs,
    const struct td_op *op, struct td_buf *out)
{
    td_mp_array(out, op->range_count);
    for (size_t i = 0; i < op->range_count; i++) {
        td_mp_array(out, 2);
        put_char(c, refs, &op->ranges[i].first, out);
        td_mp_uint(out, op->ranges[i].len);
    }
}

// A table of the operations; longer than a screen for that.
static void
put_op(const struct td_change *c, const struct refs *refs,
    const struct td_op *op, struct td_buf *out)
{
    switch (op->code) {
    case TD_OP_SET:
    case TD_OP_MOVE:
        put_head(op, 4, out);
        td_mp_raw(out, op->value);
        put_why(op->why, out);
        break;
    case TD_OP_ADD:
    case TD_OP_REMOVE:
    case TD_OP_LINE:
        put_head(op, 3, out);
        td_mp_raw(out, op->value);
        break;
    case TD_OP_PUT:
        put_head(op, 5, out);
        td_mp_raw(out, op->key);
        td_mp_raw(out, op->value);
        put_why(op->why, out);
        break;
    case TD_OP_DROP:
        put_head(op, 3, out);
        td_mp_raw(out, op->key);
        break;
    case TD_OP_COUNT:
        put_head(op, 3, out);
        td_mp_int(out, op->delta);
        break;
    case TD_OP_INSERT:
        put_head(op, 5, out);
        put_char(c, refs, op->has_left ? &op->left : NULL, out);
        put_char(c, refs, op->has_right ? &op->right : NULL, out);
        td_mp_str(out, op->utf8);
        break;
    case TD_OP_ERASE:
        put_head(op, 3, out);
        put_ranges(c, refs, op, out);
        break;
    case TD_OP_PLACE:
        put_head(op, 6, out);
        put_char(c, refs, op->has_element ? &op->element : NULL, out);
        put_char(c, refs, op->has_left ? &op->left : NULL, out);
        put_char(c, refs, op->has_right ? &op->right : NULL, out);
        td_mp_raw(out, op->value);
        break;
    case TD_OP_LEAVE:
        put_head(op, 3, out);
        put_char(c, refs, &op->element, out);
        break;
    case TD_OP_MARK:
        put_head(op, 3, out);
        td_mp_bool(out, op->deleted);
        break;
    case TD_OP_WHY:
        put_head(op, 3, out);
        td_mp_str(out, op->why);
        break;
    default:
        td_mp_raw(out, op->raw);
        break;
    }
}

static void
put_context(const struct td_change *c, struct td_buf *out)
{
    td_mp_array(out, c->context_count);
    for (size_t i = 0; i < c->context_count; i++) {
        const struct td_seen *s = &c->context[i];

        td_mp_array(out, 4);
        td_mp_bin(out, s->log.b, sizeof s->log.b);
        if (s->none) {
            td_mp_nil(out);
            td_mp_nil(out);
        } else {
            td_mp_uint(out, s->seq);
            td_mp_bin(out, s->hash.b, sizeof s->hash.b);
        }
        td_mp_array(out, s->skipped_count);
        for (size_t k = 0; k < s->skipped_count; k++) {
            td_mp_uint(out, s->skipped[k]);
        }
    }
}

static void
put_body(const struct td_change *c, const struct refs *refs, struct td_buf *out)
{
    td_mp_array(out, 10);
    td_mp_uint(out, TD_BODY_VERSION);
    td_mp_bin(out, c->record.b, sizeof c->record.b);
    td_mp_bin(out, c->pack, sizeof c->pack);
    td_mp_uint(out, c->kind);
    td_mp_bin(out, c->person.b, sizeof c->person.b);
    td_mp_uint(out, c->clock);
    if (c->has_prev) {
        td_mp_uint(out, c->prev);
    } else {
        td_mp_nil(out);
    }
    put_context(c, out);
    td_mp_array(out, c->op_count);
    for (size_t i = 0; i < c->op_count; i++) {
        put_op(c, refs, &c->ops[i], out);
    }
    td_mp_array(out, refs->count);
    for (size_t i = 0; i < refs->count; i++) {
        const struct td_ref *ref = &refs->at[i];
        bool own = td_log_id_cmp(ref->log, c->log) == 0;

        if (!own) {
            td_mp_array(out, 3);
        }
        td_mp_bin(out, ref->log.b, sizeof ref->log.b);
        if (!own) {
            td_mp_uint(out, ref->seq);
            td_mp_bin(out, ref->hash.b, sizeof ref->hash.b);
        }
    }
}

tandem_err
td_change_encode(const struct td_change *c, struct td_buf *out)
{
    struct refs refs = {0};
    tandem_err err;

    if (c->op_count > TD_OPS_MAX || c->context_count > TD_CONTEXT_LOGS_MAX) {
        return TANDEM_ELIMIT;
    }
    for (size_t i = 0; i < c->context_count; i++) {
        if (c->context[i].skipped_count > TD_SKIPPED_MAX) {
            return TANDEM_ELIMIT;
        }
    }
    err = collect_all(out->sys, c, &refs);
    if (err == TANDEM_OK) {
        put_body(c, &refs, out);
        err = out->err;
    }
    if (refs.at != NULL) {
        td_free(out->sys, refs.at, refs.cap * sizeof *refs.at);
    }
    return err;
}
