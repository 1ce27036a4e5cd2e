// SPDX-License-Identifier: Apache-2.0
// join.c - the newcomer's side of an enrolment.
#include "node/enrolment.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "crypto/hash.h"

// ------------------------------------------------------------------------ new

// An enrolment that was cut after WELCOME may be begun again.
static tandem_err
may_join(
    struct tandem_node *n, const struct td_hash *workspace, tandem_error *e)
{
    const struct td_replica *r = n->store->replica;
    bool member, other;

    td_api_lock(n->store);
    member = r->joined && r->member != NULL &&
             td_member_device(r->member, &n->device) != NULL;
    other = r->joined && !td_hash_eq(&r->workspace, workspace);
    td_api_unlock(n->store);
    if (member || other) {
        return td_fail(e, TANDEM_EEXIST,
            "this store belongs to a workspace already; use an empty folder",
            "ce dépôt appartient déjà à un espace de travail ; prenez un "
            "dossier vide");
    }
    return TANDEM_OK;
}

static tandem_err
dial(struct tandem_enrol *x, const struct td_code *code, tandem_error *e)
{
    struct tandem_node *n = x->node;
    tandem_err err;
    int sys;

    if (!td_endpoint_valid(code->endpoint, false)) {
        return td_fail_code(e, TANDEM_EVALUE);
    }
    (void)snprintf(x->endpoint, sizeof(x->endpoint), "%s", code->endpoint);
    x->due_ms = td_node_mono(n) + n->connect_timeout_ms;
    err = td_line_dial(
        n->wire, code->endpoint, &n->curve, code->curve, &x->line, &sys);
    return err == TANDEM_OK ? TANDEM_OK : td_fail_sys(e, err, sys);
}

tandem_err
tandem_join_new(tandem_node *n, const char *code, const char *device,
    tandem_enrol **out, tandem_error *e)
{
    struct tandem_enrol *x;
    struct td_code c;
    tandem_err err;

    td_fail_clear(e);
    if (n == NULL || code == NULL || device == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(td_node_usable(n, e));
    TD_TRY(td_node_awake(n, e));
    TD_TRY(td_code_read(code, &c, e));
    err = may_join(n, &c.workspace, e);
    if (err == TANDEM_OK) {
        err = td_enrolment_new(n, false, &x, e);
    }
    if (err != TANDEM_OK) {
        td_wipe(&c, sizeof(c));
        return err;
    }
    x->workspace = c.workspace;
    if (snprintf(x->device, sizeof(x->device), "%s", device) >=
        (int)sizeof(x->device)) {
        x->device[0] = '\0'; // too long: refused like an empty one
    }
    err = td_enrolment_machine(x, &c, e);
    if (err == TANDEM_OK) {
        err = dial(x, &c, e);
    }
    td_wipe(&c, sizeof(c));
    if (err != TANDEM_OK) {
        tandem_enrol_free(x);
        return err;
    }
    *out = x;
    return TANDEM_OK;
}

// --------------------------------------------------------------------- events

static void
nobody(struct tandem_enrol *x)
{
    (void)td_fail(&x->error, TANDEM_EPEER,
        "nobody waits at %s any more; ask for a new code, on the same network",
        "personne n'attend plus à %s ; demandez un nouveau code, sur le même "
        "réseau",
        x->endpoint);
    td_enrolment_fail(x, TANDEM_EPEER, false);
}

static void
another(struct tandem_enrol *x)
{
    (void)td_fail(&x->error, TANDEM_EAUTH,
        "what answers at %s is not who made this code; ask for a new one",
        "ce qui répond à %s n'est pas l'auteur de ce code ; demandez-en un "
        "nouveau",
        x->endpoint);
    td_enrolment_fail(x, TANDEM_EAUTH, false);
}

// Who refuses us by the handshake holds the code's one-time key.
static void
spent(struct tandem_enrol *x)
{
    td_enrolment_fail(x, TANDEM_EEXPIRED, false);
}

// Each connection shut is followed by one refused, the next try's; more of
// these: who shut it was leaving.
void
td_join_late(struct tandem_enrol *x)
{
    if (x->shut > 0 && x->refused <= x->shut) {
        another(x);
    } else {
        nobody(x);
    }
}

static void
session(struct tandem_enrol *x, uint64_t now)
{
    struct td_talk *t = &x->talk;

    td_talk_reset(t);
    t->line = x->line;
    t->peer = td_enrol_peer(x->machine)->sign;
    t->joining = x->sessions == 0;
    if (td_talk_begin(t, NULL, now) != TANDEM_OK) {
        td_enrolment_fail(x, t->report.error.code, false);
        return;
    }
    td_talk_pump(t, now);
}

static void
gone(struct tandem_enrol *x)
{
    if (x->leaving) {
        x->due_ms = 0;
    } else if (x->state != TANDEM_ENROL_CONFIRMED) {
        td_enrolment_fail(x, TANDEM_ECUT, false);
    } else {
        // It dials again by itself; the next handshake begins anew.
        td_talk_end(&x->talk, TANDEM_ECUT, false);
    }
}

void
td_join_event(struct tandem_enrol *x, enum td_line_event ev, uint64_t now)
{
    switch (ev) {
    case TD_LINE_READY:
        x->up = true;
        if (!x->opened) {
            x->opened = true;
            x->due_ms = now + TD_ENROL_LIFE_MS;
            td_enrolment_pump(x);
        } else if (x->state == TANDEM_ENROL_CONFIRMED &&
                   !td_talk_live(&x->talk)) {
            session(x, now);
        }
        return;
    case TD_LINE_REFUSED:
        if (!x->opened && ++x->refused >= TD_TALK_REFUSED_MAX) {
            nobody(x);
        }
        return;
    case TD_LINE_DENIED:
    case TD_LINE_UNKNOWN:
        spent(x);
        return;
    case TD_LINE_ALIEN:
        another(x);
        return;
    case TD_LINE_SHUT:
        if (!x->opened && ++x->shut >= TD_TALK_SHUT_MAX) {
            another(x);
        }
        return;
    case TD_LINE_GONE:
        x->up = false;
        if (x->opened) {
            gone(x);
        }
        return;
    case TD_LINE_OPENED:
    case TD_LINE_SILENT:
    case TD_LINE_QUIET:
    default:
        return;
    }
}

// ------------------------------------------------------------------- sessions

void
td_join_welcomed(struct tandem_enrol *x)
{
    struct tandem_node *n = x->node;
    uint64_t now = td_node_mono(n);
    tandem_err err;

    td_api_lock_writing(n->store);
    err = td_replica_join(n->store->replica, &x->workspace, &x->error);
    td_api_unlock_writing(n->store, err == TANDEM_OK);
    if (err != TANDEM_OK) {
        td_enrolment_fail(x, err, false);
        return;
    }
    x->due_ms = now + TD_ENROLMENT_FIRST_MS;
    td_enrolment_state(x, TANDEM_ENROL_CONFIRMED);
    session(x, now);
}

// We know the workspace now: say who we are in it.
static tandem_err
introduce(struct tandem_enrol *x)
{
    tandem_store *s = x->node->store;
    tandem_err err;

    td_api_lock_writing(s);
    err = td_replica_introduce(s->replica, x->device, td_api_now(s), &x->error);
    td_api_unlock_writing(s, err == TANDEM_OK);
    return err;
}

void
td_join_session_over(struct tandem_enrol *x, uint64_t now)
{
    tandem_report r = x->talk.report;
    tandem_err err;

    td_talk_reset(&x->talk);
    if (r.state != TANDEM_SESSION_DONE) {
        if (r.error.code != TANDEM_ECUT || ++x->tries > TD_TALK_TRIES) {
            x->error = r.error;
            x->error.lang = x->node->lang;
            td_enrolment_fail(x, r.error.code, false);
        }
        if (td_enrolment_live(x) && x->up) {
            session(x, now);
        }
        return; // else the line's next handshake begins the next try
    }
    if (++x->sessions == TD_ENROLMENT_SESSIONS) {
        td_enrolment_state(x, TANDEM_ENROL_DONE);
        return;
    }
    err = introduce(x);
    if (err != TANDEM_OK) {
        td_enrolment_fail(x, err, false);
        return;
    }
    session(x, now);
}

void
td_join_take(struct tandem_enrol *x, const struct td_frame *f, uint64_t now)
{
    if (f->body.len == 0) {
        return;
    }
    if (f->body.ptr[0] == 'E') {
        td_enrolment_take(x, f->body);
    } else if (td_talk_is(&x->talk, f->body)) {
        td_talk_frame(&x->talk, f->body, now);
    }
}
