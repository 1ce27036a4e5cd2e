// SPDX-License-Identifier: Apache-2.0
// change.c - reads the body of a change; the layout stands in change.h.
//
// (1) The cursor has checked the whole body to be canonical MessagePack, so a
//     count is never larger than the bytes that follow it.
// (2) What td_change_encode would not write is refused: unsorted or unused
//     refs, empty reasons, a character of its own change named in full.
// (3) A change names nothing of its own log beyond prev, and inside itself
//     only insertions, or places, of the same field that stand before.
#include "crdt/change.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "codec/cursor.h"

struct parse {
    struct td_cur cur; // the body; the operations are read from `ops`
    struct td_arena *arena;
    struct td_change c;
    struct td_op *op; // c.ops, writable
    const struct td_names *names;
    struct td_ref *refs; // as written; the own log's has seq 0
    bool *ref_used;
    size_t ref_count;
    bool unknown;   // some operation is not known
    tandem_err err; // other than a fault of the bytes
};

static bool
failed(const struct parse *p)
{
    return p->err != TANDEM_OK || td_cur_failed(&p->cur);
}

static void *
room(struct parse *p, size_t n, size_t size)
{
    void *mem = td_arena_array(p->arena, n, size);

    if (mem == NULL) {
        p->err = TANDEM_ENOMEM;
    }
    return mem;
}

// An array's count, at most `max`.
static size_t
count_of(struct parse *p, struct td_cur *cur, size_t max)
{
    size_t n = td_cur_array(cur, SIZE_MAX);

    if (n > max) {
        p->err = TANDEM_ELIMIT;
        return 0;
    }
    return n;
}

// ----------------------------------------------------------------- context

static void
parse_skipped(struct parse *p, struct td_seen *s)
{
    size_t n = count_of(p, &p->cur, TD_SKIPPED_MAX);
    uint64_t *seqs;

    if (failed(p) || n == 0) {
        return;
    }
    seqs = room(p, n, sizeof *seqs);
    if (seqs == NULL) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        seqs[i] = td_cur_uint(&p->cur);
        if (s->none || seqs[i] > s->seq || (i > 0 && seqs[i] <= seqs[i - 1])) {
            td_cur_fail(&p->cur);
            return;
        }
    }
    s->skipped = seqs;
    s->skipped_count = n;
}

// By log, seq, hash. One entry says that nothing was seen, or what was seen of
// the own log.
static bool
follows(const struct td_seen *a, const struct td_seen *b,
    const struct td_log_id *own)
{
    int cmp = td_log_id_cmp(a->log, b->log);

    if (cmp != 0 || a->none || b->none || td_log_id_cmp(b->log, *own) == 0) {
        return cmp < 0;
    }
    return a->seq < b->seq || (a->seq == b->seq && memcmp(a->hash.b, b->hash.b,
                                                       sizeof a->hash.b) < 0);
}

static void
parse_seen(struct parse *p, struct td_seen *s, const struct td_seen *before)
{
    const struct td_change *c = &p->c;

    td_cur_array_exact(&p->cur, 4);
    td_cur_bin_exact(&p->cur, s->log.b, sizeof s->log.b);
    s->none = td_cur_nil(&p->cur);
    if (s->none) {
        if (!td_cur_nil(&p->cur)) {
            td_cur_fail(&p->cur);
        }
    } else {
        s->seq = td_cur_uint_max(&p->cur, TD_SEQ_SELF - 1);
        td_cur_bin_exact(&p->cur, s->hash.b, sizeof s->hash.b);
    }
    if (before != NULL && !follows(before, s, &c->log)) {
        td_cur_fail(&p->cur);
    }
    if (!s->none && td_log_id_cmp(s->log, c->log) == 0 &&
        (!c->has_prev || s->seq > c->prev)) {
        td_cur_fail(&p->cur);
    }
    parse_skipped(p, s);
}

static void
parse_context(struct parse *p)
{
    size_t n = count_of(p, &p->cur, TD_CONTEXT_LOGS_MAX);
    struct td_seen *list;

    if (failed(p)) {
        return;
    }
    list = room(p, n, sizeof *list);
    for (size_t i = 0; i < n && !failed(p); i++) {
        parse_seen(p, &list[i], i == 0 ? NULL : &list[i - 1]);
    }
    p->c.context = list;
    p->c.context_count = n;
}

// -------------------------------------------------------------- operations

static void
name(struct parse *p, const struct td_ref *ref, uint64_t seq,
    struct td_log_id *out)
{
    if (p->names != NULL && p->err == TANDEM_OK) {
        p->err = p->names->of(p->names->ctx, ref, seq, out);
    }
}

// What types the characters that an operation names.
static uint64_t
typed_by(const struct td_op *op)
{
    return op->code == TD_OP_INSERT || op->code == TD_OP_ERASE ? TD_OP_INSERT
                                                               : TD_OP_PLACE;
}

// A character of this very change: [op, offset].
static void
parse_self(struct parse *p, struct td_cur *o, size_t at, struct td_char *out)
{
    uint64_t op = td_cur_uint_max(o, UINT16_MAX);

    out->dot.log = p->c.log;
    name(p, NULL, p->c.seq, &out->dot.log);
    out->dot.seq = p->c.seq;
    out->dot.change = p->c.index;
    out->dot.op = (uint16_t)op;
    out->offset = (uint32_t)td_cur_uint_max(o, UINT32_MAX);
    if (op >= at || p->op[op].code != typed_by(&p->op[at]) ||
        p->op[op].field != p->op[at].field) {
        td_cur_fail(o);
    }
}

// A character of another change: [ref, seq, change, op, offset].
static void
parse_ref(struct parse *p, struct td_cur *o, struct td_char *out)
{
    uint64_t at = td_cur_uint(o);
    const struct td_ref *ref;
    bool own;

    if (at >= p->ref_count) {
        td_cur_fail(o);
        return;
    }
    p->ref_used[at] = true;
    ref = &p->refs[at];
    own = td_log_id_cmp(ref->log, p->c.log) == 0;
    out->dot.log = ref->log;
    out->dot.seq = td_cur_uint_max(o, TD_SEQ_SELF - 1);
    out->dot.change = (uint16_t)td_cur_uint_max(o, UINT16_MAX);
    out->dot.op = (uint16_t)td_cur_uint_max(o, UINT16_MAX);
    out->offset = (uint32_t)td_cur_uint_max(o, UINT32_MAX);
    if (own ? !p->c.has_prev || out->dot.seq > p->c.prev
            : out->dot.seq > ref->seq) {
        td_cur_fail(o);
    }
    if (!td_cur_failed(o)) {
        name(p, own ? NULL : ref, out->dot.seq, &out->dot.log);
    }
}

// false = nil, an end of the text.
static bool
parse_char(struct parse *p, struct td_cur *o, size_t at, struct td_char *out)
{
    size_t n;

    if (td_cur_nil(o)) {
        return false;
    }
    n = td_cur_array(o, 5);
    if (n == 2) {
        parse_self(p, o, at, out);
    } else if (n == 5) {
        parse_ref(p, o, out);
    } else {
        td_cur_fail(o);
    }
    return true;
}

// A place of a list, or an element by its first one.
static bool
parse_place(struct parse *p, struct td_cur *o, size_t at, struct td_char *out)
{
    bool has = parse_char(p, o, at, out);

    if (has && out->offset != 0) {
        td_cur_fail(o);
    }
    return has;
}

static void
parse_ranges(struct parse *p, struct td_cur *o, size_t at)
{
    size_t n = td_cur_array(o, SIZE_MAX);
    struct td_char_range *list;

    if (td_cur_failed(o) || n == 0) {
        td_cur_fail(o);
        return;
    }
    list = room(p, n, sizeof *list);
    if (list == NULL) {
        return;
    }
    for (size_t i = 0; i < n && !td_cur_failed(o); i++) {
        td_cur_array_exact(o, 2);
        if (!parse_char(p, o, at, &list[i].first)) {
            td_cur_fail(o);
        }
        list[i].len = (uint32_t)td_cur_uint_max(o, UINT32_MAX);
        if (list[i].len == 0 ||
            list[i].len - 1 > UINT32_MAX - list[i].first.offset) {
            td_cur_fail(o);
        }
    }
    p->op[at].ranges = list;
    p->op[at].range_count = n;
}

static tandem_slice
parse_why(struct td_cur *o)
{
    tandem_slice why = {NULL, 0};

    if (!td_cur_nil(o)) {
        why = td_cur_str(o, TD_STR_BYTES_MAX);
        if (why.len == 0) {
            td_cur_fail(o);
        }
    }
    return why;
}

// How many members an operation we know has; 0 = unknown.
static size_t
width(uint64_t code)
{
    static const uint8_t widths[] = {
        0, 4, 3, 3, 5, 3, 3, 5, 3, 3, 3, 4, 3, 6, 3};

    return code < sizeof widths ? widths[code] : 0;
}

// The members after opcode and field.
static void
parse_known(struct parse *p, struct td_cur *o, size_t at)
{
    struct td_op *op = &p->op[at];

    switch (op->code) {
    case TD_OP_SET:
    case TD_OP_MOVE:
        op->value = td_cur_raw(o);
        op->why = parse_why(o);
        break;
    case TD_OP_ADD:
    case TD_OP_REMOVE:
    case TD_OP_LINE:
        op->value = td_cur_raw(o);
        break;
    case TD_OP_PUT:
        op->key = td_cur_raw(o);
        op->value = td_cur_raw(o);
        op->why = parse_why(o);
        break;
    case TD_OP_DROP:
        op->key = td_cur_raw(o);
        break;
    case TD_OP_COUNT:
        op->delta = td_cur_int(o);
        break;
    case TD_OP_INSERT:
        op->has_left = parse_char(p, o, at, &op->left);
        op->has_right = parse_char(p, o, at, &op->right);
        op->utf8 = td_cur_str(o, TD_TEXT_BYTES_MAX);
        if (op->utf8.len == 0) {
            td_cur_fail(o);
        }
        break;
    case TD_OP_ERASE:
        parse_ranges(p, o, at);
        break;
    case TD_OP_PLACE:
        op->has_element = parse_place(p, o, at, &op->element);
        op->has_left = parse_place(p, o, at, &op->left);
        op->has_right = parse_place(p, o, at, &op->right);
        op->value = td_cur_raw(o);
        break;
    case TD_OP_LEAVE:
        op->has_element = parse_place(p, o, at, &op->element);
        if (!op->has_element) {
            td_cur_fail(o);
        }
        break;
    case TD_OP_MARK:
        op->deleted = td_cur_bool(o);
        break;
    default:
        op->why = td_cur_str(o, TD_STR_BYTES_MAX);
        break;
    }
    if ((op->code == TD_OP_MARK || op->code == TD_OP_WHY) && op->field != 0) {
        td_cur_fail(o);
    }
}

static void
parse_op(struct parse *p, struct td_cur *ops, size_t at)
{
    struct td_op *op = &p->op[at];
    struct td_cur o = *ops;
    size_t n = td_cur_array(&o, SIZE_MAX);

    op->code = td_cur_uint(&o);
    if (td_cur_failed(&o)) {
        td_cur_fail(ops);
    } else if (width(op->code) == 0) {
        if (n > 1 && td_cur_peek(&o) == TD_MP_UINT) {
            op->field = td_cur_uint(&o);
        }
        op->raw = td_cur_raw(ops);
        p->unknown = true;
    } else {
        op->field = td_cur_uint(&o);
        parse_known(p, &o, at); // reads as many members as `width` says
        if (n != width(op->code)) {
            td_cur_fail(&o);
        }
        *ops = o;
    }
}

static int
ref_cmp(const struct td_ref *a, const struct td_ref *b)
{
    int cmp = td_log_id_cmp(a->log, b->log);

    if (cmp != 0 || a->seq != b->seq) {
        return cmp != 0 ? cmp : a->seq < b->seq ? -1 : 1;
    }
    return memcmp(a->hash.b, b->hash.b, sizeof a->hash.b);
}

// The own log by its id, another one as the path to one of its entries.
static void
parse_one_ref(struct parse *p, struct td_ref *ref)
{
    bool path = td_cur_peek(&p->cur) == TD_MP_ARRAY;

    *ref = (struct td_ref){0};
    if (path) {
        td_cur_array_exact(&p->cur, 3);
    }
    td_cur_bin_exact(&p->cur, ref->log.b, sizeof ref->log.b);
    if (path) {
        ref->seq = td_cur_uint_max(&p->cur, TD_SEQ_SELF - 1);
        td_cur_bin_exact(&p->cur, ref->hash.b, sizeof ref->hash.b);
    }
    if (path == (td_log_id_cmp(ref->log, p->c.log) == 0)) {
        td_cur_fail(&p->cur);
    }
}

static void
parse_refs(struct parse *p)
{
    size_t n = count_of(p, &p->cur, TD_CONTEXT_LOGS_MAX);

    if (failed(p)) {
        return;
    }
    p->refs = room(p, n, sizeof *p->refs);
    p->ref_used = room(p, n, sizeof *p->ref_used);
    p->ref_count = n;
    for (size_t i = 0; i < n && !failed(p); i++) {
        parse_one_ref(p, &p->refs[i]);
        if (i > 0 && ref_cmp(&p->refs[i - 1], &p->refs[i]) >= 0) {
            td_cur_fail(&p->cur);
        }
    }
}

// What is kept of them: those of other logs, by the name of their last entry.
static void
keep_refs(struct parse *p)
{
    size_t kept = 0;

    for (size_t i = 0; i < p->ref_count && !failed(p); i++) {
        struct td_ref ref = p->refs[i];

        if (td_log_id_cmp(ref.log, p->c.log) == 0) {
            continue;
        }
        ref.name = ref.log;
        name(p, &ref, ref.seq, &ref.name);
        p->refs[kept++] = ref;
    }
    p->c.refs = p->refs;
    p->c.ref_count = kept;
}

// `raw` is the whole array of operations; the refs have been read.
static void
parse_ops(struct parse *p, tandem_slice raw)
{
    struct td_cur ops;
    size_t n;

    td_cur_sub(&ops, raw);
    n = count_of(p, &ops, TD_OPS_MAX);
    if (!failed(p) && !td_cur_failed(&ops)) {
        p->op = room(p, n, sizeof *p->op);
    }
    for (size_t i = 0; i < n && !failed(p) && !td_cur_failed(&ops); i++) {
        parse_op(p, &ops, i);
    }
    // An operation we do not know may use a ref in its own way.
    for (size_t i = 0; i < p->ref_count && !failed(p) && !p->unknown; i++) {
        if (!p->ref_used[i]) {
            td_cur_fail(&ops);
        }
    }
    if (td_cur_failed(&ops)) {
        td_cur_fail(&p->cur);
    }
    p->c.ops = p->op;
    p->c.op_count = n;
}

// -------------------------------------------------------------------- body

static void
parse_name(struct parse *p)
{
    td_cur_bin_exact(&p->cur, p->c.record.b, sizeof p->c.record.b);
    td_cur_bin_exact(&p->cur, p->c.pack, sizeof p->c.pack);
    p->c.kind = td_cur_uint(&p->cur);
}

static tandem_err
parse_newer(struct parse *p, const struct td_change *at, struct td_change *out)
{
    uint64_t version = p->c.version;

    parse_name(p);
    if (td_cur_failed(&p->cur)) {
        p->c = *at;
        p->c.version = version;
    }
    *out = p->c;
    return TANDEM_EVERSION;
}

tandem_err
td_change_decode(tandem_slice body, const struct td_change *at,
    const struct td_names *names, struct td_arena *arena, struct td_change *out)
{
    struct parse p = {0};
    struct td_change where = {0};
    tandem_slice ops;
    size_t n;

    where.log = at->log;
    where.seq = at->seq;
    where.index = at->index;
    where.hash = at->hash;
    where.prev_log = at->log;
    p.arena = arena;
    p.names = names;
    p.c = where;
    if (!td_cur_open(&p.cur, body)) {
        return TANDEM_ECORRUPT;
    }
    n = td_cur_array(&p.cur, SIZE_MAX);
    p.c.version = td_cur_uint(&p.cur);
    if (td_cur_failed(&p.cur) || p.c.version == 0) {
        return TANDEM_ECORRUPT;
    }
    if (p.c.version > TD_BODY_VERSION) {
        return parse_newer(&p, &where, out);
    }
    parse_name(&p);
    td_cur_bin_exact(&p.cur, p.c.person.b, sizeof p.c.person.b);
    p.c.clock = td_cur_uint(&p.cur);
    p.c.has_prev = !td_cur_nil(&p.cur);
    if (p.c.has_prev) {
        p.c.prev = td_cur_uint(&p.cur);
        if (p.c.prev >= where.seq) {
            td_cur_fail(&p.cur);
        }
    }
    parse_context(&p);
    if (failed(&p)) {
        return p.err != TANDEM_OK ? p.err : TANDEM_ECORRUPT;
    }
    ops = td_cur_raw(&p.cur);
    parse_refs(&p);
    if (!failed(&p)) {
        parse_ops(&p, ops);
        keep_refs(&p);
    }
    if (p.err != TANDEM_OK) {
        return p.err;
    }
    if (n != 10 || !td_cur_done(&p.cur)) {
        return TANDEM_ECORRUPT;
    }
    *out = p.c;
    return TANDEM_OK;
}
