// SPDX-License-Identifier: Apache-2.0
// record.c - a record's state: making, copying, its tips and fields.
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

enum { FIELDS_FIRST = 8 }; // room for as many as a short sheet has

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
    case TD_OP_MOVE:
    case TD_OP_LINE:
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
    case TD_OP_PLACE:
        td_list_deinit(sys, &f->u.list);
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
        u->continues = t->continues;
        u->prev_log = t->prev_log;
        u->prev = t->prev;
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

    // A text first: a slot never holds none, nor a list without places.
    if (f->merge == TD_OP_INSERT || f->merge == TD_OP_PLACE) {
        TD_TRY(td_text_dup(
            f->merge == TD_OP_INSERT ? f->u.text : f->u.list.places, &text));
    }
    g = td_record_slot(w, f->field, f->merge, true);
    if (g == NULL) {
        td_text_free(text);
        return TANDEM_ENOMEM;
    }
    switch (f->merge) {
    case TD_OP_SET:
    case TD_OP_MOVE:
    case TD_OP_LINE:
        return td_reg_dup(w->sys, &f->u.reg, &g->u.reg);
    case TD_OP_ADD:
        return td_set_dup(w->sys, &f->u.set, &g->u.set);
    case TD_OP_PUT:
        return td_map_dup(w->sys, &f->u.map, &g->u.map);
    case TD_OP_INSERT:
        g->u.text = text;
        return TANDEM_OK;
    case TD_OP_PLACE:
        g->u.list.places = text;
        return td_map_dup(w->sys, &f->u.list.items, &g->u.list.items);
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

static bool
link_of(const void *ctx, struct td_log_id log, struct td_log_id *prev_log,
    uint64_t *prev)
{
    const struct td_record *r = ctx;
    bool found;
    size_t at = td_record_tip(r, log, &found);

    if (!found || !r->tips[at].continues) {
        return false;
    }
    *prev_log = r->tips[at].prev_log;
    *prev = r->tips[at].prev;
    return true;
}

struct td_links
td_record_links(const struct td_record *r)
{
    return (struct td_links){link_of, r};
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
    room = td_array_room(r->sys, r->fields, &r->field_cap,
        r->field_cap == 0 ? FIELDS_FIRST : r->field_count + 1, sizeof *room);
    if (room == NULL) {
        return NULL;
    }
    r->fields = room;
    memmove(room + at + 1, room + at, (r->field_count - at) * sizeof *room);
    memset(&room[at], 0, sizeof *room);
    room[at].field = field;
    room[at].merge = merge;
    if (merge == TD_OP_LINE) {
        room[at].u.reg.rising = true;
    }
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
