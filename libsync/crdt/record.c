// SPDX-License-Identifier: Apache-2.0
// record.c - a record's state: making, copying, applying one change.
//
// Invariants
// (1) seen[] is sorted by log, and every log named anywhere in the state has
//     its entry there: what a change names is settled before it.
// (2) fields[] is sorted by (field, merge); none is empty, except a text of
//     which everything was deleted.
// (3) Two changes that do not see each other commute; td_record_place meets
//     a change after all it sees (or, among liars who see each other, in one
//     order that depends on nothing else). So the state depends on the set.
#include "crdt/record.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "base/slice.h"
#include "crdt/array.h"
#include "crdt/record_state.h"

tandem_err
td_record_new(const tandem_sys *sys, tandem_id id, const uint8_t pack[8],
    uint64_t kind, struct td_record **out)
{
    struct td_record *r = td_alloc(sys, sizeof *r);

    if (r == NULL) {
        return TANDEM_ENOMEM;
    }
    td_sys_fill(&r->seams, sys);
    r->sys = &r->seams;
    r->id = id;
    memcpy(r->pack, pack, sizeof r->pack);
    r->kind = kind;
    td_buf_init(&r->typed_why, r->sys, TD_STR_BYTES_MAX);
    *out = r;
    return TANDEM_OK;
}

static void
field_free(const tandem_sys *sys, struct td_field *f)
{
    switch (f->merge) {
    case TD_OP_SET:
        td_reg_deinit(sys, &f->u.reg);
        break;
    case TD_OP_ADD:
        td_set_deinit(sys, &f->u.set);
        break;
    case TD_OP_PUT:
        td_map_deinit(sys, &f->u.map);
        break;
    case TD_OP_INSERT:
        td_text_free(f->u.text);
        break;
    default:
        TD_ASSERT(f->merge == TD_OP_COUNT);
        break;
    }
}

void
td_record_free(struct td_record *r)
{
    tandem_sys sys;

    if (r == NULL) {
        return;
    }
    sys = r->seams;
    for (size_t i = 0; i < r->field_count; i++) {
        field_free(r->sys, &r->fields[i]);
    }
    if (r->fields != NULL) {
        td_free(r->sys, r->fields, r->field_cap * sizeof *r->fields);
    }
    for (size_t i = 0; i < r->tip_count; i++) {
        td_vec_free(r->sys, r->tips[i].others);
        if (r->tips[i].held != NULL) {
            td_free(r->sys, r->tips[i].held,
                r->tips[i].held_cap * sizeof(uint64_t));
        }
    }
    if (r->tips != NULL) {
        td_free(r->sys, r->tips, r->tip_cap * sizeof *r->tips);
    }
    if (r->seen != NULL) {
        td_free(r->sys, r->seen, r->seen_cap * sizeof *r->seen);
    }
    td_reg_deinit(r->sys, &r->marks);
    td_buf_deinit(&r->typed_why);
    td_free(&sys, r, sizeof *r);
}

static tandem_err
dup_tips(const struct td_record *r, struct td_record *w)
{
    for (size_t i = 0; i < r->tip_count; i++) {
        const struct td_tip *t = &r->tips[i];
        struct td_tip *u;
        size_t held = r->seen[i].skipped_count;

        TD_TRY(td_record_add_tip(w, r->seen[i].log, i));
        u = &w->tips[i];
        u->index = t->index;
        u->has_content = t->has_content;
        u->content = t->content;
        TD_TRY(td_vec_dup(w->sys, t->others, &u->others));
        w->seen[i] = r->seen[i];
        w->seen[i].skipped = NULL;
        w->seen[i].skipped_count = 0;
        if (held > 0) {
            u->held = td_array_room(
                w->sys, NULL, &u->held_cap, held, sizeof *u->held);
            if (u->held == NULL) {
                return TANDEM_ENOMEM;
            }
            memcpy(u->held, t->held, held * sizeof *u->held);
            w->seen[i].skipped = u->held;
            w->seen[i].skipped_count = held;
        }
    }
    return TANDEM_OK;
}

static tandem_err
dup_field(struct td_record *w, const struct td_field *f)
{
    struct td_field *g;
    struct td_text *text = NULL;

    // A text first: a slot never holds none.
    if (f->merge == TD_OP_INSERT) {
        TD_TRY(td_text_dup(f->u.text, &text));
    }
    g = td_record_slot(w, f->field, f->merge, true);
    if (g == NULL) {
        td_text_free(text);
        return TANDEM_ENOMEM;
    }
    switch (f->merge) {
    case TD_OP_SET:
        return td_reg_dup(w->sys, &f->u.reg, &g->u.reg);
    case TD_OP_ADD:
        return td_set_dup(w->sys, &f->u.set, &g->u.set);
    case TD_OP_PUT:
        return td_map_dup(w->sys, &f->u.map, &g->u.map);
    case TD_OP_INSERT:
        g->u.text = text;
        return TANDEM_OK;
    default:
        g->u.counter = f->u.counter;
        return TANDEM_OK;
    }
}

tandem_err
td_record_dup(const struct td_record *r, struct td_record **out)
{
    struct td_record *w = NULL;
    tandem_err err;

    TD_TRY(td_record_new(r->sys, r->id, r->pack, r->kind, &w));
    w->unread = r->unread;
    w->changes = r->changes;
    w->first = r->first;
    w->last = r->last;
    w->typed = r->typed;
    td_buf_put_slice(&w->typed_why, td_buf_slice(&r->typed_why));
    err = w->typed_why.err;
    if (err == TANDEM_OK) {
        err = dup_tips(r, w);
    }
    for (size_t i = 0; i < r->field_count && err == TANDEM_OK; i++) {
        err = dup_field(w, &r->fields[i]);
    }
    if (err == TANDEM_OK) {
        err = td_reg_dup(w->sys, &r->marks, &w->marks);
    }
    if (err != TANDEM_OK) {
        td_record_free(w);
        return err;
    }
    *out = w;
    return TANDEM_OK;
}

// ------------------------------------------------------------ tips, fields

size_t
td_record_tip(const struct td_record *r, struct td_log_id log, bool *found)
{
    size_t lo = 0;
    size_t hi = r->tip_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (td_log_id_cmp(r->seen[mid].log, log) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    *found = lo < r->tip_count && td_log_id_cmp(r->seen[lo].log, log) == 0;
    return lo;
}

tandem_err
td_record_add_tip(struct td_record *r, struct td_log_id log, size_t at)
{
    size_t after = r->tip_count - at;
    struct td_seen *seen;
    struct td_tip *tips;

    seen = td_array_room(
        r->sys, r->seen, &r->seen_cap, r->tip_count + 1, sizeof *seen);
    if (seen == NULL) {
        return TANDEM_ENOMEM;
    }
    r->seen = seen;
    tips = td_array_room(
        r->sys, r->tips, &r->tip_cap, r->tip_count + 1, sizeof *tips);
    if (tips == NULL) {
        return TANDEM_ENOMEM;
    }
    r->tips = tips;
    memmove(seen + at + 1, seen + at, after * sizeof *seen);
    memmove(tips + at + 1, tips + at, after * sizeof *tips);
    memset(&seen[at], 0, sizeof *seen);
    memset(&tips[at], 0, sizeof *tips);
    seen[at].log = log;
    r->tip_count++;
    return TANDEM_OK;
}

static size_t
slot(const struct td_record *r, uint64_t field, uint64_t merge, bool *found)
{
    size_t lo = 0;
    size_t hi = r->field_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct td_field *f = &r->fields[mid];

        if (f->field < field || (f->field == field && f->merge < merge)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    *found = lo < r->field_count && r->fields[lo].field == field &&
             r->fields[lo].merge == merge;
    return lo;
}

struct td_field *
td_record_slot(struct td_record *r, uint64_t field, uint64_t merge, bool make)
{
    bool found;
    size_t at = slot(r, field, merge, &found);
    struct td_field *room;

    if (found) {
        return &r->fields[at];
    }
    if (!make) {
        return NULL;
    }
    room = td_array_room(
        r->sys, r->fields, &r->field_cap, r->field_count + 1, sizeof *room);
    if (room == NULL) {
        return NULL;
    }
    r->fields = room;
    memmove(room + at + 1, room + at, (r->field_count - at) * sizeof *room);
    memset(&room[at], 0, sizeof *room);
    room[at].field = field;
    room[at].merge = merge;
    r->field_count++;
    return &room[at];
}

const struct td_field *
td_record_have(const struct td_record *r, uint64_t field, uint64_t merge)
{
    bool found;
    size_t at = slot(r, field, merge, &found);

    return found ? &r->fields[at] : NULL;
}

void
td_record_unslot(struct td_record *r, struct td_field *f)
{
    size_t at = (size_t)(f - r->fields);

    TD_ASSERT(at < r->field_count);
    field_free(r->sys, f);
    r->field_count--;
    memmove(f, f + 1, (r->field_count - at) * sizeof *f);
}

// ----------------------------------------------------------------- placing

static tandem_err
hold_seq(struct td_record *r, size_t at, uint64_t seq)
{
    struct td_tip *t = &r->tips[at];
    struct td_seen *s = &r->seen[at];
    uint64_t *room;

    room = td_array_room(
        r->sys, t->held, &t->held_cap, s->skipped_count + 1, sizeof *room);
    if (room == NULL) {
        return TANDEM_ENOMEM;
    }
    t->held = room;
    room[s->skipped_count++] = seq;
    s->skipped = room;
    return TANDEM_OK;
}

static int
origin_cmp(const struct td_origin *a, const struct td_origin *b)
{
    if (a->clock != b->clock) {
        return a->clock < b->clock ? -1 : 1;
    }
    return td_dot_cmp(&a->dot, &b->dot);
}

static void
count_change(struct td_record *r, const struct td_change *c)
{
    struct td_origin o = {c->person, {c->log, c->seq, c->index, 0}, c->clock};

    if (r->changes == 0 || origin_cmp(&o, &r->first) < 0) {
        r->first = o;
    }
    if (r->changes == 0 || origin_cmp(&o, &r->last) > 0) {
        r->last = o;
    }
    r->changes++;
}

tandem_slice
td_change_why(const struct td_op *ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ops[i].code == TD_OP_WHY) {
            return ops[i].why;
        }
    }
    return (tandem_slice){NULL, 0};
}

tandem_err
td_record_place(struct td_record *r, const struct td_change *c,
    const struct td_eff *e, bool admitted)
{
    struct td_writer_of by = {
        c->person, c->clock, td_change_why(c->ops, c->op_count), !admitted};
    bool content = false;
    bool deletes = false; // what it wrote it saw; its mark says so
    bool found;
    size_t at;

    for (size_t i = 0; i < c->op_count; i++) {
        struct td_dot dot = {c->log, c->seq, c->index, (uint16_t)i};
        bool fits = true;

        TD_TRY(td_record_operate(r, &c->ops[i], &dot, &by, e, &fits));
        r->unread = r->unread || (admitted && !fits);
        content = content ||
                  (c->ops[i].code != TD_OP_MARK && c->ops[i].code != TD_OP_WHY);
        deletes =
            deletes || (c->ops[i].code == TD_OP_MARK && c->ops[i].deleted);
    }
    at = td_record_tip(r, c->log, &found);
    if (!found) {
        TD_TRY(td_record_add_tip(r, c->log, at));
    }
    TD_ASSERT(!found || r->seen[at].seq < c->seq);
    r->seen[at].seq = c->seq;
    r->seen[at].hash = c->hash;
    r->tips[at].index = c->index;
    td_vec_free(r->sys, r->tips[at].others);
    r->tips[at].others = td_vec_ref(e->others);
    if (!admitted) {
        return hold_seq(r, at, c->seq);
    }
    count_change(r, c);
    if (content && !deletes) {
        r->tips[at].has_content = true;
        r->tips[at].content = c->seq;
    }
    return TANDEM_OK;
}

// ---------------------------------------------------------------- applying

int
td_change_order(const struct td_change *a, const struct td_change *b)
{
    int cmp = td_log_id_cmp(a->log, b->log);

    if (cmp != 0) {
        return cmp;
    }
    if (a->seq != b->seq) {
        return a->seq < b->seq ? -1 : 1;
    }
    if (a->index != b->index) {
        return a->index < b->index ? -1 : 1;
    }
    return memcmp(a->hash.b, b->hash.b, sizeof a->hash.b);
}

// Where the change stands in its own log.
static enum td_applied
own_place(const struct td_record *r, const struct td_change *c,
    struct td_wait_for *wait)
{
    bool found;
    size_t at = td_record_tip(r, c->log, &found);
    struct td_change tip = {0};

    *wait = (struct td_wait_for){c->log, c->prev};
    if (!found) {
        return c->has_prev ? TD_APPLY_WAITS : TD_APPLIED;
    }
    if (c->seq < r->seen[at].seq) {
        return TD_APPLY_REBUILD;
    }
    if (c->seq == r->seen[at].seq) {
        tip.log = c->log;
        tip.seq = c->seq;
        tip.index = r->tips[at].index;
        tip.hash = r->seen[at].hash;
        return td_change_order(c, &tip) < 0 ? TD_APPLY_REBUILD : TD_APPLIED_OLD;
    }
    if (!c->has_prev) {
        return TD_APPLIED; // says it saw nothing of its own log: untrue, clear
    }
    if (c->prev < r->seen[at].seq) {
        return TD_APPLY_REBUILD; // by what that one had seen, not kept
    }
    return c->prev > r->seen[at].seq ? TD_APPLY_WAITS : TD_APPLIED;
}

// Are all the entries it names settled? Those of its own log are, with prev.
static enum td_applied
named_settled(const struct td_record *r, const struct td_change *c,
    struct td_wait_for *wait)
{
    for (size_t i = 0; i < c->context_count; i++) {
        const struct td_seen *s = &c->context[i];
        bool found;
        size_t at;

        if (s->none || td_log_id_cmp(s->log, c->log) == 0) {
            continue;
        }
        at = td_record_tip(r, s->log, &found);
        if (found && r->seen[at].seq > s->seq) {
            continue;
        }
        if (!found || r->seen[at].seq < s->seq ||
            memcmp(r->seen[at].hash.b, s->hash.b, sizeof s->hash.b) != 0) {
            *wait = (struct td_wait_for){s->log, s->seq};
            return TD_APPLY_WAITS;
        }
    }
    return TD_APPLIED;
}

tandem_err
td_record_apply(struct td_record *r, const struct td_change *c, bool admitted,
    enum td_applied *how, struct td_wait_for *wait)
{
    struct td_wait_for for_what = {0};
    struct td_eff e = {0};
    enum td_applied place;
    bool found;
    size_t at;
    tandem_err err;

    TD_ASSERT(!r->typed);
    if (c->op_count > TD_OPS_MAX || c->context_count > TD_CONTEXT_LOGS_MAX) {
        return TANDEM_ELIMIT;
    }
    place = own_place(r, c, &for_what);
    if (place == TD_APPLIED) {
        place = named_settled(r, c, &for_what);
    }
    if (place == TD_APPLIED) {
        at = td_record_tip(r, c->log, &found);
        TD_TRY(td_eff_init(
            r->sys, &e, found && c->has_prev ? r->tips[at].others : NULL, c));
        err = td_record_place(r, c, &e, admitted);
        td_eff_deinit(r->sys, &e);
        if (err != TANDEM_OK) {
            return err;
        }
    } else if (place == TD_APPLY_WAITS) {
        *wait = for_what;
    }
    *how = place;
    return TANDEM_OK;
}
