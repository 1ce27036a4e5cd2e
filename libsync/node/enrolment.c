// SPDX-License-Identifier: Apache-2.0
// enrolment.c - the handle of an enrolment, and what both sides do alike.
#include "node/enrolment.h"

#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"

// ------------------------------------------------------------------ lifecycle

tandem_err
td_enrolment_new(struct tandem_node *n, bool inviter, struct tandem_enrol **out,
    tandem_error *e)
{
    struct tandem_enrol *x = td_alloc(&n->sys, sizeof(*x));

    if (x == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    x->node = n;
    x->sys = n->sys;
    x->inviter = inviter;
    x->talk.node = n;
    x->error.lang = n->lang;
    x->due_ms = td_node_mono(n) + TD_ENROL_LIFE_MS;
    td_buf_init(&x->held, &x->sys, TD_ENROL_BYTES_MAX + 1);
    x->next = n->enrols;
    n->enrols = x;
    *out = x;
    return TANDEM_OK;
}

tandem_err
td_enrolment_machine(
    struct tandem_enrol *x, const struct td_code *code, tandem_error *e)
{
    struct tandem_node *n = x->node;
    struct td_enrol_side side = {.sys = &x->sys,
        .keys = td_store_device(n->store->store)->pub,
        .workspace = code->workspace,
        .rng = td_sys_rng(&n->sys),
        .inviter = x->inviter,
        .right = x->grant.right,
        .sectors = x->grant.sectors,
        .sector_count = x->grant.sector_count,
        .name = x->device};
    tandem_err err;

    memcpy(side.secret, code->secret, sizeof(side.secret));
    err = td_enrol_new(&side, &x->machine);
    td_wipe(&side, sizeof(side));
    if (err == TANDEM_EVALUE && !x->inviter) {
        return td_fail(e, err, "a name is one line of 1 to 80 characters",
            "un nom est une ligne de 1 à 80 caractères");
    }
    return td_fail_code(e, err);
}

// Out of the node's list, without a line.
static void
leave_node(struct tandem_enrol *x)
{
    struct tandem_enrol **at = &x->node->enrols;

    while (*at != x) {
        at = &(*at)->next;
    }
    *at = x->next;
    x->next = NULL;
    td_talk_reset(&x->talk);
    x->talk.node = NULL;
    td_line_close(x->line);
    x->line = NULL;
    x->node = NULL;
}

void
td_enrolment_cut(struct tandem_enrol *x)
{
    if (td_enrolment_live(x)) {
        // What it was leaving for stays the reason.
        x->why = x->leaving ? x->why : TANDEM_ECUT;
        (void)td_fail_code(&x->error, x->why);
        td_enrolment_state(x, TANDEM_ENROL_FAILED);
    }
    td_talk_reset(&x->talk);
    td_line_close(x->line);
    x->line = NULL;
}

void
td_enrolment_detach(struct tandem_enrol *x)
{
    td_enrolment_cut(x);
    leave_node(x);
}

void
tandem_enrol_free(tandem_enrol *x)
{
    tandem_sys sys;

    if (x == NULL) {
        return;
    }
    if (x->node != NULL) {
        leave_node(x);
    }
    sys = x->sys;
    td_enrol_free(x->machine);
    td_buf_deinit(&x->held);
    td_free(&sys, x, sizeof(*x));
}

// --------------------------------------------------------------------- states

bool
td_enrolment_live(const struct tandem_enrol *x)
{
    return x->state != TANDEM_ENROL_DONE && x->state != TANDEM_ENROL_FAILED;
}

bool
td_enrolment_open(const struct tandem_node *n)
{
    for (const struct tandem_enrol *x = n->enrols; x != NULL; x = x->next) {
        if (x->inviter && x->line != NULL && td_enrolment_live(x)) {
            return true;
        }
    }
    return false;
}

void
td_enrolment_state(struct tandem_enrol *x, tandem_enrol_state state)
{
    if (x->state != state && td_enrolment_live(x)) {
        x->state = state;
        x->moved = true;
        if (state == TANDEM_ENROL_DONE) {
            x->due_ms = td_node_mono(x->node) + TD_TALK_CLOSING_MS;
        }
    }
}

static void
failed(struct tandem_enrol *x)
{
    (void)td_fail_code(&x->error, x->why);
    td_enrolment_state(x, TANDEM_ENROL_FAILED);
    td_talk_end(&x->talk, x->why, true);
    td_line_close(x->line); // nobody else may try
    x->line = NULL;
}

void
td_enrolment_fail(struct tandem_enrol *x, tandem_err why, bool tell)
{
    bool heard_by = x->inviter ? x->seated : x->opened;

    if (!td_enrolment_live(x) || x->leaving) {
        return;
    }
    x->why = why;
    x->leaving = true;
    if (tell && heard_by && x->line != NULL && x->machine != NULL) {
        td_enrol_refuse(x->machine, why);
        x->said = false;
        td_enrolment_pump(x);
        if (x->said || x->held.len > 0) {
            x->due_ms = td_node_mono(x->node) + TD_ENROLMENT_LEAVE_MS;
            return;
        }
    }
    failed(x);
}

// ----------------------------------------------------------------------- line

static tandem_slice
route_of(const struct tandem_enrol *x)
{
    return (tandem_slice){x->route, x->route_len};
}

void
td_enrolment_pump(struct tandem_enrol *x)
{
    static const uint8_t kind = 'E';
    tandem_err err = TANDEM_OK;

    while (err == TANDEM_OK && x->line != NULL && x->machine != NULL) {
        if (x->held.len == 0) {
            tandem_slice m = td_enrol_give(x->machine);

            if (m.len == 0) {
                return;
            }
            td_buf_put_u8(&x->held, kind);
            td_buf_put_slice(&x->held, m);
            if (x->held.err != TANDEM_OK) {
                td_enrolment_fail(x, x->held.err, false);
                return;
            }
        }
        err = td_line_send(
            x->line, route_of(x), td_buf_slice(&x->held), (tandem_slice){0});
        if (err == TANDEM_OK) {
            td_buf_reset(&x->held);
            x->said = true;
        }
    }
    if (err != TANDEM_OK && err != TANDEM_EBUSY) {
        td_enrolment_fail(x, TANDEM_ECUT, false);
    }
}

void
td_enrolment_take(struct tandem_enrol *x, tandem_slice frame)
{
    tandem_slice m = {frame.ptr + 1, frame.len - 1};
    tandem_err err;

    if (x->leaving || x->state == TANDEM_ENROL_CONFIRMED) {
        return;
    }
    err = td_enrol_take(x->machine, m);
    if (err != TANDEM_OK) {
        // Its own NO, if it has one to say, is queued already.
        td_enrolment_fail(x, err, true);
        return;
    }
    td_enrolment_pump(x);
    if (td_enrol_digits(x->machine) != NULL) {
        td_enrolment_state(x, TANDEM_ENROL_DIGITS);
    }
    if (td_enrol_welcomed(x->machine)) {
        td_join_welcomed(x);
    }
}

static void
timers(struct tandem_enrol *x, uint64_t now)
{
    if (x->state == TANDEM_ENROL_CONFIRMED && td_talk_live(&x->talk)) {
        // It gives itself up when nothing comes; patience begins after it.
        x->due_ms = now + (x->sessions == 0 ? TD_ENROLMENT_FIRST_MS
                                            : TD_ENROLMENT_SECOND_MS);
        return;
    }
    if (now < x->due_ms) {
        return;
    }
    if (x->leaving) {
        failed(x);
    } else if (!x->inviter && !x->opened) {
        td_join_late(x);
    } else if (x->state != TANDEM_ENROL_CONFIRMED) {
        td_enrolment_fail(x, TANDEM_EEXPIRED, true);
    } else if (x->sessions > 0) {
        td_enrolment_state(x, TANDEM_ENROL_DONE); // the name comes later
    } else {
        td_enrolment_fail(x, TANDEM_ECUT, false);
    }
}

// Done: the line stays for a moment, so that our last word arrives.
static void
leave(struct tandem_enrol *x, uint64_t now)
{
    struct td_frame f;

    if (x->line == NULL) {
        return;
    }
    for (int i = 0; i < TD_TURN_FRAMES; i++) {
        bool quiet = td_line_event(x->line) == TD_LINE_QUIET;

        if (td_line_recv(x->line, &f) != TANDEM_OK && quiet) {
            break;
        }
    }
    if (now >= x->due_ms) {
        td_line_close(x->line);
        x->line = NULL;
    }
}

static void
take(struct tandem_enrol *x, const struct td_frame *f, uint64_t now)
{
    if (x->inviter) {
        td_invite_take(x, f, now);
    } else {
        td_join_take(x, f, now);
    }
}

static void
event(struct tandem_enrol *x, enum td_line_event ev, uint64_t now)
{
    if (x->inviter) {
        td_invite_event(x, ev, now);
    } else {
        td_join_event(x, ev, now);
    }
}

static void
session_over(struct tandem_enrol *x, uint64_t now)
{
    if (x->talk.state != TD_TALK_OVER) {
        return;
    }
    if (x->inviter) {
        td_invite_session_over(x, now);
    } else {
        td_join_session_over(x, now);
    }
}

// Frames before events: what came in time counts, though the line is gone.
static void
line_turn(struct tandem_enrol *x, uint64_t now, bool *more)
{
    struct td_frame f;

    for (int i = 0; x->line != NULL; i++) {
        if (i == TD_TURN_FRAMES) {
            *more = true;
            break;
        }
        if (td_line_recv(x->line, &f) != TANDEM_OK) {
            break;
        }
        take(x, &f, now);
        session_over(x, now);
    }
    for (int i = 0; i < TD_TURN_FRAMES && x->line != NULL; i++) {
        enum td_line_event ev = td_line_event(x->line);

        if (ev == TD_LINE_QUIET) {
            break;
        }
        event(x, ev, now);
    }
    if (x->inviter) {
        td_invite_look(x, now);
    }
    td_talk_pump(&x->talk, now);
    session_over(x, now);
}

void
td_enrolment_turn(struct tandem_enrol *x, uint64_t now, bool *more)
{
    if (!td_enrolment_live(x)) {
        leave(x, now);
        return;
    }
    td_enrolment_pump(x);
    if (x->line != NULL) {
        line_turn(x, now, more);
    }
    td_talk_timers(&x->talk, now);
    timers(x, now);
}

// --------------------------------------------------------------------- public

tandem_enrol_state
tandem_enrol_status(const tandem_enrol *e)
{
    return e->state;
}

const char *
tandem_enrol_digits(const tandem_enrol *e)
{
    return e->machine == NULL ? NULL : td_enrol_digits(e->machine);
}

tandem_device_id
tandem_enrol_peer(const tandem_enrol *e)
{
    const struct td_device_public *p =
        e->machine == NULL ? NULL : td_enrol_peer(e->machine);

    return p == NULL ? (tandem_device_id){{0}} : p->sign;
}

const char *
tandem_enrol_peer_name(const tandem_enrol *e)
{
    return e->machine == NULL ? "" : td_enrol_peer_name(e->machine);
}

tandem_err
tandem_enrol_confirm(tandem_enrol *e, bool same)
{
    if (e == NULL || e->node == NULL ||
        td_node_usable(e->node, NULL) != TANDEM_OK) {
        return TANDEM_EMISUSE;
    }
    if (e->state != TANDEM_ENROL_DIGITS || e->leaving) {
        return TANDEM_EMISUSE;
    }
    TD_TRY(td_enrol_answer(e->machine, same));
    if (!same) {
        td_enrolment_fail(e, TANDEM_EREFUSED, true);
        return TANDEM_OK;
    }
    if (e->inviter) {
        return td_invite_agreed(e);
    }
    td_enrolment_pump(e);
    return TANDEM_OK;
}

tandem_err
tandem_enrol_error(const tandem_enrol *e, tandem_error *out)
{
    tandem_lang lang;

    if (e->state != TANDEM_ENROL_FAILED) {
        return TANDEM_OK;
    }
    if (out != NULL) {
        lang = out->lang;
        *out = e->error;
        if (lang != e->error.lang) { // the sentence in the asker's language
            td_fail_clear(out);
            out->lang = lang;
            (void)td_fail_sys(out, e->error.code, e->error.sys);
        }
    }
    return e->error.code;
}
