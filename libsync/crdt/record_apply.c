// SPDX-License-Identifier: Apache-2.0
// record_apply.c - one change into a record's state: where it stands in its
// log, whether all it names is settled, then its operations and its log's tip.
#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "crdt/array.h"
#include "crdt/record_state.h"

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
        r->tips[at].continues =
            c->has_prev && td_log_id_cmp(c->prev_log, c->log) != 0;
        r->tips[at].prev_log = c->prev_log;
        r->tips[at].prev = c->prev;
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

// Where its prev stands: settled, and the last of its log?
static enum td_applied
prev_place(const struct td_record *r, const struct td_change *c,
    struct td_wait_for *wait)
{
    bool found;
    size_t at = td_record_tip(r, c->prev_log, &found);

    *wait = (struct td_wait_for){c->prev_log, c->prev};
    if (!c->has_prev) {
        return TD_APPLIED;
    }
    if (!found || c->prev > r->seen[at].seq) {
        return TD_APPLY_WAITS;
    }
    // By what that one had seen, not kept.
    return c->prev < r->seen[at].seq ? TD_APPLY_REBUILD : TD_APPLIED;
}

// Where the change stands in its own log.
static enum td_applied
own_place(const struct td_record *r, const struct td_change *c,
    struct td_wait_for *wait)
{
    bool found;
    size_t at = td_record_tip(r, c->log, &found);
    struct td_change tip = {0};

    if (!found) {
        return prev_place(r, c, wait);
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
    if (c->has_prev && td_log_id_cmp(c->prev_log, c->log) != 0) {
        return TD_APPLY_REBUILD; // below what is settled of its own log
    }
    return prev_place(r, c, wait); // no prev: untrue, but clear
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

        if (!s->unheld && (s->none || td_log_id_cmp(s->log, c->log) == 0)) {
            continue;
        }
        at = td_record_tip(r, s->log, &found);
        if (found && r->seen[at].seq > s->seq && !s->unheld) {
            continue;
        }
        if (!found || s->unheld || r->seen[at].seq < s->seq ||
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
    const struct td_links links = td_record_links(r);
    struct td_eff e = {0};
    enum td_applied place;
    bool found;
    size_t at;
    tandem_err err;

    TD_ASSERT(!r->typed);
    if (c->op_count > TD_OPS_MAX || c->context_count > TD_CONTEXT_MAX) {
        return TANDEM_ELIMIT;
    }
    place = own_place(r, c, &for_what);
    if (place == TD_APPLIED) {
        place = named_settled(r, c, &for_what);
    }
    if (place == TD_APPLIED) {
        at = td_record_tip(r, c->prev_log, &found);
        TD_TRY(td_eff_init(r->sys, &e,
            found && c->has_prev ? r->tips[at].others : NULL, c, &links));
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
