// SPDX-License-Identifier: Apache-2.0
// record_encode.c - a record's state as bytes.
//
// Canonical MessagePack; equal states give equal bytes:
//   [1, record 16, pack tag 8, kind n, unread bool, changes n, origin,
//    logs, sources, fields, marks, links]
//   origin   nil without admitted changes, else
//            [[person 16, log, seq, change, clock] first, the same latest]
//   logs     [[log 16, seq, change, hash16, content seq or nil, [held...],
//              past]...]         sorted by log; `log` elsewhere is the index
//            (seq, change, hash) the last settled change, `held` the seqs in
//            quarantine (rising), past = its effective context but the own log
//   past     [[log, seq, log, seq...], [[log, seq...]...]]
//            by log; then, for those that skip any, the skipped seqs, rising
//   sources  [[log, seq, change, person 16, clock, why or nil]...]
//            the changes that versions stem from, by (log, seq, change); why
//            only if some version has it
//   version  [source, op, value, why or nil]  nil = the source's
//   fields   [[field n, merge n, data]...]    by field, merge
//            1 register  [version...]         latest clock, then dot, first
//            2 set       [[element, [log, seq, change, op,...]]...]
//            4 map       [[key, [version...]]...]
//            6 counter   [high, low]          128 bits, two's complement
//            7 text      bin, see text.h
//            11 state    as a register
//            12 log      [version...]         earliest clock, then dot, first
//            13 list     [bin, [[log, seq, change, op, [version...]]...]]
//                        the text of its places; elements by dot
//   marks    [[source, op, deleted bool, why or nil, past]...]
//            past with the own log
//   links    [[log, log, seq]...]            by log: what a log continues, the
//            prev of its first settled change where that is another log's
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "codec/writer.h"
#include "crdt/record_state.h"

struct writer {
    const struct td_record *r;
    struct td_buf *out;
    const struct td_ver **sources; // one version a source, sorted
    size_t count, cap;
    tandem_err err;
};

// By the change a version stems from; one with the change's reason first.
static int
by_source(const void *a, const void *b)
{
    const struct td_ver *x = *(const struct td_ver *const *)a;
    const struct td_ver *y = *(const struct td_ver *const *)b;
    struct td_dot p = x->dot;
    struct td_dot q = y->dot;

    p.op = q.op = 0;
    return td_dot_cmp(&p, &q);
}

static int
by_source_own(const void *a, const void *b)
{
    const struct td_ver *x = *(const struct td_ver *const *)a;
    const struct td_ver *y = *(const struct td_ver *const *)b;
    int cmp = by_source(a, b);

    return cmp != 0 ? cmp : (int)x->why_own - (int)y->why_own;
}

// --------------------------------------------------------------- collecting

// Calls `each` for every register of the state.
static void
each_register(
    struct writer *w, void (*each)(struct writer *w, const struct td_reg *reg))
{
    for (size_t i = 0; i < w->r->field_count; i++) {
        const struct td_field *f = &w->r->fields[i];

        const struct td_map *m = f->merge == TD_OP_PUT     ? &f->u.map
                                 : f->merge == TD_OP_PLACE ? &f->u.list.items
                                                           : NULL;

        if (f->merge == TD_OP_SET || f->merge == TD_OP_MOVE ||
            f->merge == TD_OP_LINE) {
            each(w, &f->u.reg);
        }
        for (size_t k = 0; m != NULL && k < m->count; k++) {
            each(w, &m->e[k].reg);
        }
    }
    each(w, &w->r->marks);
}

static void
count_versions(struct writer *w, const struct td_reg *reg)
{
    w->cap += reg->count;
}

static void
take_versions(struct writer *w, const struct td_reg *reg)
{
    for (size_t i = 0; i < reg->count; i++) {
        w->sources[w->count++] = &reg->v[i];
    }
}

static tandem_err
collect(struct writer *w)
{
    size_t kept = 0;

    each_register(w, count_versions);
    if (w->cap == 0) {
        return TANDEM_OK;
    }
    w->sources = td_alloc(w->r->sys, w->cap * sizeof *w->sources);
    if (w->sources == NULL) {
        return TANDEM_ENOMEM;
    }
    each_register(w, take_versions);
    qsort(w->sources, w->count, sizeof *w->sources, by_source_own);
    for (size_t i = 0; i < w->count; i++) {
        if (kept == 0 ||
            by_source(&w->sources[kept - 1], &w->sources[i]) != 0) {
            w->sources[kept++] = w->sources[i];
        }
    }
    w->count = kept;
    return TANDEM_OK;
}

// ------------------------------------------------------------------ writing

static void
put_log(struct writer *w, struct td_log_id log)
{
    bool found;
    size_t at = td_record_tip(w->r, log, &found);

    TD_ASSERT(found);
    td_mp_uint(w->out, at);
}

static void
put_origin(struct writer *w, const struct td_origin *o)
{
    td_mp_array(w->out, 5);
    td_mp_bin(w->out, o->person.b, sizeof o->person.b);
    put_log(w, o->dot.log);
    td_mp_uint(w->out, o->dot.seq);
    td_mp_uint(w->out, o->dot.change);
    td_mp_uint(w->out, o->clock);
}

static void
put_past(struct writer *w, const struct td_vec *v)
{
    size_t count = v == NULL ? 0 : v->count;
    size_t skipping = 0;

    td_mp_array(w->out, 2);
    td_mp_array(w->out, 2 * count);
    for (size_t i = 0; i < count; i++) {
        put_log(w, v->e[i].log);
        td_mp_uint(w->out, v->e[i].seq);
        skipping += v->e[i].skipped_count > 0;
    }
    td_mp_array(w->out, skipping);
    for (size_t i = 0; i < count; i++) {
        if (v->e[i].skipped_count == 0) {
            continue;
        }
        td_mp_array(w->out, 1 + v->e[i].skipped_count);
        put_log(w, v->e[i].log);
        for (size_t k = 0; k < v->e[i].skipped_count; k++) {
            td_mp_uint(w->out, v->e[i].skipped[k]);
        }
    }
}

static void
put_tip(struct writer *w, const struct td_seen *s, const struct td_tip *t)
{
    td_mp_array(w->out, 7);
    td_mp_bin(w->out, s->log.b, sizeof s->log.b);
    td_mp_uint(w->out, s->seq);
    td_mp_uint(w->out, t->index);
    td_mp_bin(w->out, s->hash.b, sizeof s->hash.b);
    if (t->has_content) {
        td_mp_uint(w->out, t->content);
    } else {
        td_mp_nil(w->out);
    }
    td_mp_array(w->out, s->skipped_count);
    for (size_t i = 0; i < s->skipped_count; i++) {
        td_mp_uint(w->out, s->skipped[i]);
    }
    put_past(w, t->others);
}

static void
put_why(struct writer *w, tandem_slice why)
{
    if (why.len == 0) {
        td_mp_nil(w->out);
    } else {
        td_mp_str(w->out, why);
    }
}

static void
put_sources(struct writer *w)
{
    td_mp_array(w->out, w->count);
    for (size_t i = 0; i < w->count; i++) {
        const struct td_ver *v = w->sources[i];

        td_mp_array(w->out, 6);
        put_log(w, v->dot.log);
        td_mp_uint(w->out, v->dot.seq);
        td_mp_uint(w->out, v->dot.change);
        td_mp_bin(w->out, v->person.b, sizeof v->person.b);
        td_mp_uint(w->out, v->clock);
        put_why(w, v->why_own ? (tandem_slice){NULL, 0} : td_ver_why(v));
    }
}

// The members every version begins with.
static void
put_version(struct writer *w, const struct td_ver *v)
{
    const struct td_ver **source =
        bsearch(&v, w->sources, w->count, sizeof *w->sources, by_source);

    TD_ASSERT(source != NULL);
    td_mp_uint(w->out, (uint64_t)(source - w->sources));
    td_mp_uint(w->out, v->dot.op);
    td_mp_raw(w->out, td_ver_value(v));
    put_why(w, v->why_own ? td_ver_why(v) : (tandem_slice){NULL, 0});
}

static void
put_register(struct writer *w, const struct td_reg *reg)
{
    td_mp_array(w->out, reg->count);
    for (size_t i = 0; i < reg->count; i++) {
        td_mp_array(w->out, 4);
        put_version(w, &reg->v[i]);
    }
}

static void
put_set(struct writer *w, const struct td_set *s)
{
    td_mp_array(w->out, s->count);
    for (size_t i = 0; i < s->count; i++) {
        const struct td_elem *e = &s->e[i];

        td_mp_array(w->out, 2);
        td_mp_raw(w->out, (tandem_slice){e->bytes, e->len});
        td_mp_array(w->out, 4 * e->count);
        for (size_t k = 0; k < e->count; k++) {
            put_log(w, e->dots[k].log);
            td_mp_uint(w->out, e->dots[k].seq);
            td_mp_uint(w->out, e->dots[k].change);
            td_mp_uint(w->out, e->dots[k].op);
        }
    }
}

static void
put_map(struct writer *w, const struct td_map *m)
{
    td_mp_array(w->out, m->count);
    for (size_t i = 0; i < m->count; i++) {
        td_mp_array(w->out, 2);
        td_mp_raw(w->out, (tandem_slice){m->e[i].key, m->e[i].len});
        put_register(w, &m->e[i].reg);
    }
}

static void
put_text(struct writer *w, const struct td_text *t)
{
    struct td_buf text;

    td_buf_init(&text, w->r->sys, TD_RECORD_BYTES_MAX);
    td_text_encode(t, &text);
    if (text.err != TANDEM_OK && w->err == TANDEM_OK) {
        w->err = text.err;
    }
    td_mp_bin(w->out, text.ptr, text.len);
    td_buf_deinit(&text);
}

static void
put_list(struct writer *w, const struct td_list *l)
{
    td_mp_array(w->out, 2);
    put_text(w, l->places);
    td_mp_array(w->out, l->items.count);
    for (size_t i = 0; i < l->items.count; i++) {
        const struct td_entry *item = &l->items.e[i];
        const struct td_dot dot = td_list_dot(item->key);

        td_mp_array(w->out, 5);
        put_log(w, dot.log);
        td_mp_uint(w->out, dot.seq);
        td_mp_uint(w->out, dot.change);
        td_mp_uint(w->out, dot.op);
        put_register(w, &item->reg);
    }
}

static void
put_field(struct writer *w, const struct td_field *f)
{
    td_mp_array(w->out, 3);
    td_mp_uint(w->out, f->field);
    td_mp_uint(w->out, f->merge);
    switch (f->merge) {
    case TD_OP_SET:
    case TD_OP_MOVE:
    case TD_OP_LINE:
        put_register(w, &f->u.reg);
        break;
    case TD_OP_ADD:
        put_set(w, &f->u.set);
        break;
    case TD_OP_PUT:
        put_map(w, &f->u.map);
        break;
    case TD_OP_INSERT:
        put_text(w, f->u.text);
        break;
    case TD_OP_PLACE:
        put_list(w, &f->u.list);
        break;
    default:
        td_mp_array(w->out, 2);
        td_mp_uint(w->out, f->u.counter.hi);
        td_mp_uint(w->out, f->u.counter.lo);
        break;
    }
}

static void
put_links(struct writer *w)
{
    const struct td_record *r = w->r;
    size_t count = 0;

    for (size_t i = 0; i < r->tip_count; i++) {
        count += r->tips[i].continues;
    }
    td_mp_array(w->out, count);
    for (size_t i = 0; i < r->tip_count; i++) {
        if (r->tips[i].continues) {
            td_mp_array(w->out, 3);
            td_mp_uint(w->out, i);
            put_log(w, r->tips[i].prev_log);
            td_mp_uint(w->out, r->tips[i].prev);
        }
    }
}

static void
put_record(struct writer *w)
{
    const struct td_record *r = w->r;

    td_mp_array(w->out, 12);
    td_mp_uint(w->out, TD_RECORD_VERSION);
    td_mp_bin(w->out, r->id.b, sizeof r->id.b);
    td_mp_bin(w->out, r->pack, sizeof r->pack);
    td_mp_uint(w->out, r->kind);
    td_mp_bool(w->out, r->unread);
    td_mp_uint(w->out, r->changes);
    if (r->changes == 0) {
        td_mp_nil(w->out);
    } else {
        td_mp_array(w->out, 2);
        put_origin(w, &r->first);
        put_origin(w, &r->last);
    }
    td_mp_array(w->out, r->tip_count);
    for (size_t i = 0; i < r->tip_count; i++) {
        put_tip(w, &r->seen[i], &r->tips[i]);
    }
    put_sources(w);
    td_mp_array(w->out, r->field_count);
    for (size_t i = 0; i < r->field_count; i++) {
        put_field(w, &r->fields[i]);
    }
    td_mp_array(w->out, r->marks.count);
    for (size_t i = 0; i < r->marks.count; i++) {
        td_mp_array(w->out, 5);
        put_version(w, &r->marks.v[i]);
        put_past(w, r->marks.v[i].seen);
    }
    put_links(w);
}

tandem_err
td_record_encode(const struct td_record *r, struct td_buf *out)
{
    struct writer w = {.r = r, .out = out};
    size_t was = out->len;
    tandem_err err;

    TD_ASSERT(!r->typed);
    err = collect(&w);
    if (err == TANDEM_OK) {
        put_record(&w);
        err = w.err != TANDEM_OK ? w.err : out->err;
    }
    if (w.sources != NULL) {
        td_free(r->sys, w.sources, w.cap * sizeof *w.sources);
    }
    if (err == TANDEM_OK && out->len - was > TD_RECORD_BYTES_MAX) {
        err = TANDEM_ELIMIT;
    }
    return err;
}
