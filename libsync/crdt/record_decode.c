// SPDX-License-Identifier: Apache-2.0
// record_decode.c - a record's state from bytes; the layout stands in
// record_encode.c.
//
// What td_record_encode would not write is refused: every list is checked to
// be sorted and without doubles, every source to be used. Nothing is reserved
// by a count alone: the cursor has checked that as many bytes follow.
#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "base/slice.h"
#include "codec/cursor.h"
#include "crdt/array.h"
#include "crdt/record_state.h"

struct source {
    struct td_dot dot;
    tandem_id person;
    uint64_t clock;
    tandem_slice why;
    bool used, why_used;
};

struct parse {
    struct td_cur cur;
    struct td_record *r;
    struct source *sources;
    size_t source_count;
    tandem_err err; // other than a fault of the bytes
};

static bool
failed(const struct parse *p)
{
    return p->err != TANDEM_OK || td_cur_failed(&p->cur);
}

static void
corrupt(struct parse *p)
{
    td_cur_fail(&p->cur);
}

static void
try(struct parse *p, tandem_err err)
{
    if (err == TANDEM_ECORRUPT) {
        corrupt(p);
    } else if (p->err == TANDEM_OK) {
        p->err = err;
    }
}

static struct td_log_id
parse_log(struct parse *p)
{
    uint64_t at = td_cur_uint(&p->cur);

    if (at >= p->r->tip_count) {
        corrupt(p);
        return (struct td_log_id){{0}};
    }
    return p->r->seen[at].log;
}

static void
parse_dot(struct parse *p, struct td_dot *d)
{
    d->log = parse_log(p);
    d->seq = td_cur_uint_max(&p->cur, TD_SEQ_SELF - 1);
    d->change = (uint16_t)td_cur_uint_max(&p->cur, UINT16_MAX);
}

static void
parse_origin(struct parse *p, struct td_origin *o)
{
    td_cur_array_exact(&p->cur, 5);
    td_cur_bin_exact(&p->cur, o->person.b, sizeof o->person.b);
    parse_dot(p, &o->dot);
    o->clock = td_cur_uint(&p->cur);
}

static tandem_slice
parse_why(struct parse *p)
{
    tandem_slice why = {NULL, 0};

    if (!td_cur_nil(&p->cur)) {
        why = td_cur_str(&p->cur, TD_STR_BYTES_MAX);
        if (why.len == 0) {
            corrupt(p);
        }
    }
    return why;
}

// -------------------------------------------------------------------- logs

static void
parse_held(struct parse *p, size_t at)
{
    struct td_tip *t = &p->r->tips[at];
    struct td_seen *s = &p->r->seen[at];
    size_t n = td_cur_array(&p->cur, SIZE_MAX);

    if (failed(p) || n == 0) {
        return;
    }
    t->held = td_array_room(p->r->sys, NULL, &t->held_cap, n, sizeof *t->held);
    if (t->held == NULL) {
        p->err = TANDEM_ENOMEM;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        t->held[i] = td_cur_uint_max(&p->cur, s->seq);
        if (i > 0 && t->held[i] <= t->held[i - 1]) {
            corrupt(p);
        }
    }
    s->skipped = t->held;
    s->skipped_count = n;
}

// How many seqs the skips of a past hold; 0 when they have another shape.
static size_t
count_skips(const struct parse *p)
{
    struct td_cur c = p->cur;
    size_t n = td_cur_array(&c, SIZE_MAX);
    size_t sum = 0;

    for (size_t i = 0; i < n && !td_cur_failed(&c); i++) {
        size_t seqs = td_cur_array(&c, SIZE_MAX);

        sum += seqs;
        for (size_t k = 0; k < seqs && !td_cur_failed(&c); k++) {
            (void)td_cur_uint(&c);
        }
    }
    return td_cur_failed(&c) ? 0 : sum;
}

static void
parse_skips(struct parse *p, struct td_vec *v, uint64_t *room, size_t left)
{
    size_t n = td_cur_array(&p->cur, SIZE_MAX);
    size_t e = 0;

    for (size_t i = 0; i < n && !failed(p); i++) {
        size_t seqs = td_cur_array(&p->cur, SIZE_MAX);
        struct td_log_id log = parse_log(p);

        while (e < v->count && td_log_id_cmp(v->e[e].log, log) < 0) {
            e++;
        }
        if (failed(p) || seqs < 2 || seqs - 1 > left || e == v->count ||
            td_log_id_cmp(v->e[e].log, log) != 0) {
            corrupt(p);
            return;
        }
        v->e[e].skipped = room;
        v->e[e].skipped_count = seqs - 1;
        for (size_t k = 0; k < seqs - 1; k++) {
            room[k] = td_cur_uint_max(&p->cur, v->e[e].seq);
            if (k > 0 && room[k] <= room[k - 1]) {
                corrupt(p);
            }
        }
        room += seqs - 1;
        left -= seqs - 1;
        e++;
    }
}

static struct td_vec *
fill_past(struct parse *p, size_t count, tandem_slice pairs)
{
    struct td_vec *v = NULL;
    uint64_t *room = NULL;
    size_t skips = count_skips(p);
    struct parse q = *p;

    try(p, td_vec_new(p->r->sys, count, skips, &v, &room));
    if (v == NULL) {
        return NULL;
    }
    td_cur_sub(&q.cur, pairs);
    (void)td_cur_array(&q.cur, SIZE_MAX);
    for (size_t i = 0; i < count; i++) {
        v->e[i].log = parse_log(&q);
        v->e[i].seq = td_cur_uint_max(&q.cur, TD_SEQ_SELF - 1);
        v->e[i].skipped = room;
        if (i > 0 && td_log_id_cmp(v->e[i - 1].log, v->e[i].log) >= 0) {
            corrupt(&q);
        }
    }
    v->count = count;
    if (td_cur_failed(&q.cur)) {
        corrupt(p);
    }
    parse_skips(p, v, room, skips);
    return v;
}

// NULL = empty, or failed.
static struct td_vec *
parse_past(struct parse *p)
{
    tandem_slice pairs;
    struct td_cur c;
    size_t n;

    td_cur_array_exact(&p->cur, 2);
    pairs = td_cur_raw(&p->cur);
    if (failed(p)) {
        return NULL;
    }
    td_cur_sub(&c, pairs);
    n = td_cur_array(&c, SIZE_MAX);
    if (td_cur_failed(&c) || n % 2 != 0) {
        corrupt(p);
        return NULL;
    }
    if (n == 0) {
        if (td_cur_array(&p->cur, SIZE_MAX) != 0) {
            corrupt(p);
        }
        return NULL;
    }
    return fill_past(p, n / 2, pairs);
}

static void
parse_tip(struct parse *p, size_t at)
{
    struct td_seen *s = &p->r->seen[at];
    struct td_tip *t = &p->r->tips[at];

    td_cur_array_exact(&p->cur, 7);
    (void)td_cur_raw(&p->cur); // the log: read before
    s->seq = td_cur_uint_max(&p->cur, TD_SEQ_SELF - 1);
    t->index = (uint16_t)td_cur_uint_max(&p->cur, UINT16_MAX);
    td_cur_bin_exact(&p->cur, s->hash.b, sizeof s->hash.b);
    t->has_content = !td_cur_nil(&p->cur);
    if (t->has_content) {
        t->content = td_cur_uint_max(&p->cur, s->seq);
    }
    parse_held(p, at);
    if (!failed(p)) {
        t->others = parse_past(p);
    }
    if (td_vec_find(t->others, s->log) != NULL) {
        corrupt(p);
    }
}

// The ids first: contexts name logs that stand later in the list.
static void
parse_log_ids(struct parse *p, struct td_cur c)
{
    size_t n = td_cur_array(&c, SIZE_MAX);

    for (size_t i = 0; i < n && !failed(p) && !td_cur_failed(&c); i++) {
        struct td_log_id log = {{0}};
        struct td_cur tip;

        td_cur_sub(&tip, td_cur_raw(&c));
        td_cur_array_exact(&tip, 7);
        td_cur_bin_exact(&tip, log.b, sizeof log.b);
        if (td_cur_failed(&tip) ||
            (i > 0 && td_log_id_cmp(p->r->seen[i - 1].log, log) >= 0)) {
            td_cur_fail(&c);
        } else {
            try(p, td_record_add_tip(p->r, log, i));
        }
    }
    if (td_cur_failed(&c)) {
        corrupt(p);
    }
}

// ---------------------------------------------------------------- versions

static void
parse_sources(struct parse *p)
{
    size_t n = td_cur_array(&p->cur, SIZE_MAX);

    if (failed(p) || n == 0) {
        return;
    }
    p->sources = td_alloc(p->r->sys, n * sizeof *p->sources);
    if (p->sources == NULL) {
        p->err = TANDEM_ENOMEM;
        return;
    }
    p->source_count = n;
    for (size_t i = 0; i < n && !failed(p); i++) {
        struct source *s = &p->sources[i];

        td_cur_array_exact(&p->cur, 6);
        parse_dot(p, &s->dot);
        td_cur_bin_exact(&p->cur, s->person.b, sizeof s->person.b);
        s->clock = td_cur_uint(&p->cur);
        s->why = parse_why(p);
        if (i > 0 && td_dot_cmp(&s[-1].dot, &s->dot) >= 0) {
            corrupt(p);
        }
    }
}

static void
parse_version(struct parse *p, struct td_reg *reg, bool mark)
{
    struct td_ver like = {0};
    tandem_slice value;
    tandem_slice why;
    struct source *s;
    uint64_t from;

    td_cur_array_exact(&p->cur, mark ? 5 : 4);
    from = td_cur_uint(&p->cur);
    if (failed(p) || from >= p->source_count) {
        corrupt(p);
        return;
    }
    s = &p->sources[from];
    like.dot = s->dot;
    like.dot.op = (uint16_t)td_cur_uint_max(&p->cur, UINT16_MAX);
    like.person = s->person;
    like.clock = s->clock;
    if (mark && td_cur_peek(&p->cur) != TD_MP_BOOL) {
        corrupt(p);
    }
    value = td_cur_raw(&p->cur);
    why = parse_why(p);
    s->used = true;
    like.why_own = why.len > 0;
    if (!like.why_own) {
        s->why_used = true;
        why = s->why;
    }
    if (mark && !failed(p)) {
        like.seen = parse_past(p);
    }
    if (failed(p)) {
        td_vec_free(p->r->sys, like.seen);
        return;
    }
    if (reg->count > 0 && !td_reg_before(reg, &reg->v[reg->count - 1], &like)) {
        corrupt(p);
    }
    try(p, td_reg_add(p->r->sys, reg, &like, value, why));
}

static void
parse_register(struct parse *p, struct td_reg *reg)
{
    size_t n = td_cur_array(&p->cur, SIZE_MAX);

    if (n == 0) {
        corrupt(p);
    }
    for (size_t i = 0; i < n && !failed(p); i++) {
        parse_version(p, reg, false);
    }
}

// ------------------------------------------------------------------ fields

static void
parse_element(struct parse *p, struct td_set *s)
{
    tandem_slice bytes;
    size_t n;

    td_cur_array_exact(&p->cur, 2);
    bytes = td_cur_raw(&p->cur);
    n = td_cur_array(&p->cur, SIZE_MAX);
    if (failed(p) || n == 0 || n % 4 != 0 ||
        (s->count > 0 && td_slice_cmp((tandem_slice){s->e[s->count - 1].bytes,
                                          s->e[s->count - 1].len},
                             bytes) >= 0)) {
        corrupt(p);
        return;
    }
    try(p, td_set_append(p->r->sys, s, bytes));
    for (size_t i = 0; i < n / 4 && !failed(p); i++) {
        struct td_elem *e = &s->e[s->count - 1];
        struct td_dot d = {0};

        parse_dot(p, &d);
        d.op = (uint16_t)td_cur_uint_max(&p->cur, UINT16_MAX);
        if (i > 0 && td_dot_cmp(&e->dots[i - 1], &d) >= 0) {
            corrupt(p);
        }
        try(p, td_elem_append(p->r->sys, e, &d));
    }
}

static void
parse_entry(struct parse *p, struct td_map *m)
{
    tandem_slice key;

    td_cur_array_exact(&p->cur, 2);
    key = td_cur_raw(&p->cur);
    if (failed(p) ||
        (m->count > 0 && td_slice_cmp((tandem_slice){m->e[m->count - 1].key,
                                          m->e[m->count - 1].len},
                             key) >= 0)) {
        corrupt(p);
        return;
    }
    try(p, td_map_append(p->r->sys, m, key));
    if (!failed(p)) {
        parse_register(p, &m->e[m->count - 1].reg);
    }
}

static void
parse_list(struct parse *p, struct td_field *f)
{
    size_t n = td_cur_array(&p->cur, SIZE_MAX);

    if (n == 0) {
        corrupt(p);
    }
    for (size_t i = 0; i < n && !failed(p); i++) {
        if (f->merge == TD_OP_ADD) {
            parse_element(p, &f->u.set);
        } else {
            parse_entry(p, &f->u.map);
        }
    }
}

static void
parse_placed_item(struct parse *p, struct td_list *l)
{
    const struct td_map *m = &l->items;
    uint8_t key[TD_LIST_KEY_BYTES];
    struct td_dot dot = {0};

    td_cur_array_exact(&p->cur, 5);
    parse_dot(p, &dot);
    dot.op = (uint16_t)td_cur_uint_max(&p->cur, UINT16_MAX);
    td_list_key(&dot, key);
    if (failed(p) || (m->count > 0 && memcmp(m->e[m->count - 1].key, key,
                                          sizeof key) >= 0)) {
        corrupt(p);
        return;
    }
    try(p,
        td_map_append(p->r->sys, &l->items, (tandem_slice){key, sizeof key}));
    if (!failed(p)) {
        parse_register(p, &m->e[m->count - 1].reg);
    }
}

static void
parse_placed(struct parse *p, struct td_list *l)
{
    bool sound = false;
    tandem_slice bytes;
    size_t n;

    td_cur_array_exact(&p->cur, 2);
    bytes = td_cur_bin(&p->cur, SIZE_MAX);
    if (!failed(p)) {
        try(p, td_text_decode(p->r->sys, bytes, &l->places));
    }
    n = td_cur_array(&p->cur, SIZE_MAX);
    for (size_t i = 0; i < n && !failed(p); i++) {
        parse_placed_item(p, l);
    }
    if (!failed(p)) {
        try(p, td_list_check(p->r->sys, l, &sound));
    }
    if (!failed(p) && !sound) {
        corrupt(p);
    }
}

static void
parse_data(struct parse *p, struct td_field *f)
{
    tandem_slice bytes;

    switch (f->merge) {
    case TD_OP_SET:
    case TD_OP_MOVE:
    case TD_OP_LINE:
        parse_register(p, &f->u.reg);
        break;
    case TD_OP_ADD:
    case TD_OP_PUT:
        parse_list(p, f);
        break;
    case TD_OP_INSERT:
        bytes = td_cur_bin(&p->cur, SIZE_MAX);
        if (!failed(p)) {
            try(p, td_text_decode(p->r->sys, bytes, &f->u.text));
        }
        break;
    case TD_OP_PLACE:
        parse_placed(p, &f->u.list);
        break;
    default:
        td_cur_array_exact(&p->cur, 2);
        f->u.counter.hi = td_cur_uint(&p->cur);
        f->u.counter.lo = td_cur_uint(&p->cur);
        break;
    }
}

// Is it the opcode by which a cell is known?
static bool
is_cell(uint64_t merge)
{
    switch (merge) {
    case TD_OP_SET:
    case TD_OP_ADD:
    case TD_OP_PUT:
    case TD_OP_COUNT:
    case TD_OP_INSERT:
    case TD_OP_MOVE:
    case TD_OP_LINE:
    case TD_OP_PLACE:
        return true;
    default:
        return false;
    }
}

static void
parse_fields(struct parse *p)
{
    size_t n = td_cur_array(&p->cur, SIZE_MAX);

    for (size_t i = 0; i < n && !failed(p); i++) {
        struct td_record *r = p->r;
        const struct td_field *last =
            r->field_count == 0 ? NULL : &r->fields[r->field_count - 1];
        uint64_t field;
        uint64_t merge;
        struct td_field *f;

        td_cur_array_exact(&p->cur, 3);
        field = td_cur_uint(&p->cur);
        merge = td_cur_uint(&p->cur);
        if (!is_cell(merge)) {
            corrupt(p);
        }
        if (failed(p) || (last != NULL && (field < last->field ||
                                              (field == last->field &&
                                                  merge <= last->merge)))) {
            corrupt(p);
            return;
        }
        f = td_record_slot(r, field, merge, true);
        if (f == NULL) {
            p->err = TANDEM_ENOMEM;
            return;
        }
        parse_data(p, f);
    }
}

// ------------------------------------------------------------------- whole

// A way along them ends: each leads to a lower seq.
static void
parse_links(struct parse *p)
{
    struct td_record *r = p->r;
    size_t n = td_cur_array(&p->cur, SIZE_MAX);
    size_t at = 0;

    for (size_t i = 0; i < n && !failed(p); i++) {
        size_t log;
        size_t to;
        uint64_t seq;

        td_cur_array_exact(&p->cur, 3);
        log = (size_t)td_cur_uint_max(&p->cur, SIZE_MAX);
        to = (size_t)td_cur_uint_max(&p->cur, SIZE_MAX);
        seq = td_cur_uint(&p->cur);
        if (failed(p) || log < at || log >= r->tip_count ||
            to >= r->tip_count || to == log || seq > r->seen[to].seq ||
            seq >= r->seen[log].seq) {
            corrupt(p);
            return;
        }
        r->tips[log].continues = true;
        r->tips[log].prev_log = r->seen[to].log;
        r->tips[log].prev = seq;
        at = log + 1;
    }
}

static bool
origins_rise(const struct td_record *r)
{
    const struct td_origin *a = &r->first;
    const struct td_origin *b = &r->last;

    return a->clock < b->clock ||
           (a->clock == b->clock && td_dot_cmp(&a->dot, &b->dot) <= 0);
}

// All after the version; the cursor stands at the record's id.
static void
parse_record(struct parse *p)
{
    struct td_record *r = p->r;
    struct td_cur origin;
    bool has_origin;
    size_t n;

    td_cur_bin_exact(&p->cur, r->id.b, sizeof r->id.b);
    td_cur_bin_exact(&p->cur, r->pack, sizeof r->pack);
    r->kind = td_cur_uint(&p->cur);
    r->unread = td_cur_bool(&p->cur);
    r->changes = td_cur_uint(&p->cur);
    has_origin = td_cur_peek(&p->cur) != TD_MP_NIL;
    td_cur_sub(&origin, td_cur_raw(&p->cur));
    if (has_origin != (r->changes > 0)) {
        corrupt(p);
    }
    if (!failed(p)) {
        parse_log_ids(p, p->cur);
    }
    if (has_origin && !failed(p)) {
        struct td_cur rest = p->cur;

        p->cur = origin;
        td_cur_array_exact(&p->cur, 2);
        parse_origin(p, &r->first);
        parse_origin(p, &r->last);
        if (failed(p) || !origins_rise(r)) {
            corrupt(p);
            return;
        }
        p->cur = rest;
    }
    n = td_cur_array(&p->cur, SIZE_MAX);
    for (size_t i = 0; i < n && !failed(p); i++) {
        parse_tip(p, i);
    }
    parse_sources(p);
    if (!failed(p)) {
        parse_fields(p);
    }
    n = td_cur_array(&p->cur, SIZE_MAX);
    for (size_t i = 0; i < n && !failed(p); i++) {
        parse_version(p, &r->marks, true);
    }
    parse_links(p);
    for (size_t i = 0; i < p->source_count && !failed(p); i++) {
        const struct source *s = &p->sources[i];

        if (!s->used || (s->why.len > 0 && !s->why_used)) {
            corrupt(p);
        }
    }
}

tandem_err
td_record_decode(const tandem_sys *sys, tandem_slice in, struct td_record **out)
{
    static const uint8_t no_pack[8];
    struct parse p = {0};
    uint64_t version;
    size_t n;

    if (in.len > TD_RECORD_BYTES_MAX) {
        return TANDEM_ECORRUPT;
    }
    if (!td_cur_open(&p.cur, in)) {
        return TANDEM_ECORRUPT;
    }
    n = td_cur_array(&p.cur, SIZE_MAX);
    version = td_cur_uint(&p.cur);
    if (!td_cur_failed(&p.cur) && version > TD_RECORD_VERSION) {
        return TANDEM_EVERSION;
    }
    if (td_cur_failed(&p.cur) || version == 0 || n != 12) {
        return TANDEM_ECORRUPT;
    }
    TD_TRY(td_record_new(sys, (tandem_id){{0}}, no_pack, 0, &p.r));
    parse_record(&p);
    if (p.sources != NULL) {
        td_free(sys, p.sources, p.source_count * sizeof *p.sources);
    }
    if (p.err == TANDEM_OK && !td_cur_done(&p.cur)) {
        p.err = TANDEM_ECORRUPT;
    }
    if (p.err != TANDEM_OK) {
        td_record_free(p.r);
        return p.err;
    }
    *out = p.r;
    return TANDEM_OK;
}
