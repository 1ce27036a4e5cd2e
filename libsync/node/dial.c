// SPDX-License-Identifier: Apache-2.0
// dial.c - sessions we begin: one DEALER a peer, what its monitor sees as
// public codes, and coming back after a cut.
//
//   refused, or no TCP connection in time            EPEER
//   our key refused; handshakes that fail or stall   EAUTH (a wrong server key
//                                                    looks like a dead server)
//   gone after the session began                     resumed, in the end ECUT
#include "node/talk.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "crypto/hash.h"

static tandem_err
nobody(struct td_talk *t)
{
    return td_fail(&t->report.error, TANDEM_EPEER,
        "nobody answers at %s; is the other device listening, on the same "
        "network?",
        "personne ne répond à %s ; l'autre appareil est-il à l'écoute, sur le "
        "même réseau ?",
        t->endpoint);
}

static tandem_err
unknown(struct td_talk *t)
{
    return td_fail(&t->report.error, TANDEM_EAUTH,
        "what answers at %s is another device, or does not know this one",
        "ce qui répond à %s est un autre appareil, ou ne connaît pas celui-ci",
        t->endpoint);
}

void
td_dial_begin(struct td_talk *t, uint64_t now)
{
    struct tandem_node *n = t->node;
    tandem_err err;
    int sys;

    t->refused = t->failed = 0;
    t->opened = false;
    t->deadline_ms = now + n->connect_timeout_ms;
    t->state = TD_TALK_DIALLING;
    err = td_line_dial(n->wire, t->endpoint, &n->curve, t->key, &t->line, &sys);
    t->owns_line = err == TANDEM_OK;
    if (err != TANDEM_OK) {
        t->report.error.sys = sys;
        td_talk_end(t, err, false);
    }
}

void
td_dial_again(struct td_talk *t)
{
    uint8_t jitter[2] = {0, 0};
    uint64_t wait = (uint64_t)TD_TALK_BACKOFF_MS << t->tries;

    t->state = TD_TALK_BACKOFF;
    if (t->tries == TD_TALK_TRIES ||
        td_node_random(t->node, jitter, sizeof(jitter)) != TANDEM_OK) {
        td_talk_end(t, TANDEM_ECUT, false);
        return;
    }
    t->tries++;
    t->deadline_ms = td_node_mono(t->node) + wait +
                     ((uint64_t)jitter[0] << 8 | jitter[1]) % wait;
}

// No session could begin. While coming back it is one try less.
static void
not_reached(struct td_talk *t, bool answered)
{
    if (t->started) {
        td_talk_break(t);
        return;
    }
    td_talk_end(t, answered ? unknown(t) : nobody(t), false);
}

static void
ready(struct td_talk *t, uint64_t now)
{
    tandem_err err;

    if (t->state != TD_TALK_DIALLING) {
        return;
    }
    err = td_talk_begin(t, NULL, now);
    if (err != TANDEM_OK) {
        td_talk_end(t, err, false);
        return;
    }
    td_talk_pump(t, now);
}

static void
event(struct td_talk *t, enum td_line_event ev, uint64_t now)
{
    switch (ev) {
    case TD_LINE_OPENED:
        t->opened = true;
        return;
    case TD_LINE_REFUSED:
        // While coming back, the tries themselves are the patience.
        if (t->state == TD_TALK_DIALLING && !t->opened &&
            ++t->refused >= (t->started ? 1 : TD_TALK_REFUSED_MAX)) {
            not_reached(t, false);
        }
        return;
    case TD_LINE_READY:
        ready(t, now);
        return;
    case TD_LINE_DENIED:
        td_talk_end(t, unknown(t), false);
        return;
    case TD_LINE_FAILED:
        if (t->state == TD_TALK_DIALLING && ++t->failed >= TD_TALK_FAILED_MAX) {
            not_reached(t, true);
        }
        return;
    case TD_LINE_GONE:
        if (t->state == TD_TALK_RUNNING) {
            td_talk_break(t);
        } else if (t->state == TD_TALK_CLOSING) {
            td_talk_end(t, TANDEM_ECUT, false); // all had been said
        }
        return;
    case TD_LINE_QUIET:
    default:
        return;
    }
}

static void
frame(struct td_talk *t, const struct td_frame *f, uint64_t now)
{
    if (!td_talk_is(t, f->body)) {
        return;
    }
    if (f->body.ptr[0] == 'X' && f->body.len == 10 &&
        f->body.ptr[9] == -TANDEM_ECUT && t->state == TD_TALK_RUNNING) {
        td_talk_break(t); // it lost our session; a new one resumes
        return;
    }
    td_talk_frame(t, f->body, now);
}

void
td_dial_turn(struct td_talk *t, uint64_t now, bool *more)
{
    struct td_frame f;
    enum td_line_event ev;

    // Frames before events: what came in time counts, though the line is gone.
    for (int i = 0; td_talk_live(t) && t->line != NULL; i++) {
        if (i == TD_TURN_FRAMES) {
            *more = true;
            break;
        }
        if (td_line_recv(t->line, &f) != TANDEM_OK) {
            break;
        }
        frame(t, &f, now);
    }
    for (int i = 0; i < TD_TURN_FRAMES && td_talk_live(t) && t->line != NULL;
         i++) {
        ev = td_line_event(t->line);
        if (ev == TD_LINE_QUIET) {
            break;
        }
        event(t, ev, now);
    }
    if (t->state == TD_TALK_RUNNING || t->state == TD_TALK_CLOSING ||
        t->state == TD_TALK_ENDING) {
        td_talk_pump(t, now);
    }
}

void
td_dial_timers(struct td_talk *t, uint64_t now)
{
    if (t->state == TD_TALK_DIALLING && now >= t->deadline_ms) {
        not_reached(t, t->opened);
    } else if (t->state == TD_TALK_BACKOFF && now >= t->deadline_ms) {
        td_dial_begin(t, now);
    } else {
        td_talk_timers(t, now);
    }
}

// ----------------------------------------------------------------------- meet

// The one member whose id begins so.
static tandem_err
resolve(struct tandem_node *n, const char *prefix, struct td_talk *t)
{
    const struct td_member *m = n->store->replica->member;
    const struct td_member_device *found = NULL;
    size_t digits = strlen(prefix);
    char text[65];

    for (size_t i = 0; m != NULL && i < td_member_devices(m); i++) {
        const struct td_member_device *d = td_member_device_at(m, i);

        tandem_device_text(d->keys.sign, text);
        if (memcmp(text, prefix, digits) == 0) {
            if (found != NULL) {
                return TANDEM_ECONFLICT;
            }
            found = d;
        }
    }
    if (found == NULL) {
        return TANDEM_EAUTH;
    }
    t->peer = found->keys.sign;
    memcpy(t->key, found->keys.curve, sizeof(t->key));
    return TANDEM_OK;
}

static tandem_err
check_peer(struct tandem_node *n, struct td_talk *t, const char *prefix,
    tandem_error *e)
{
    tandem_err err;
    bool joined;

    td_api_lock(n->store);
    joined = n->store->replica->joined;
    err = resolve(n, prefix, t);
    td_api_unlock(n->store);
    if (!joined) {
        return td_fail_code(e, TANDEM_EWORKSPACE);
    }
    if (err == TANDEM_ECONFLICT) {
        return td_fail(e, TANDEM_EVALUE,
            "several devices begin with \"%s\"; write more of its id",
            "plusieurs appareils commencent par « %s » ; écrivez-en plus",
            prefix);
    }
    if (err != TANDEM_OK) {
        return td_fail(e, TANDEM_EAUTH,
            "the device \"%s\" is no member of this workspace, as far as is "
            "known here",
            "l'appareil « %s » n'est pas membre de cet espace de travail, à ce "
            "qu'on sait ici",
            prefix);
    }
    if (td_device_cmp(t->peer, n->device) == 0) {
        return td_fail(e, TANDEM_EVALUE, "this is the address of this device",
            "c'est l'adresse de cet appareil même");
    }
    return TANDEM_OK;
}

tandem_err
td_dial_meet(struct tandem_node *n, const char *address, tandem_error *e)
{
    struct td_talk *t = td_node_free_talk(n);
    char prefix[65];
    tandem_err err;

    if (t == NULL) {
        return td_fail(e, TANDEM_ELIMIT,
            "too many sessions at once; wait for one to end",
            "trop d'échanges à la fois ; attendez la fin de l'un d'eux");
    }
    if (!td_address_parse(address, t->endpoint, prefix)) {
        return td_fail(e, TANDEM_EVALUE,
            "not an address; it looks like tcp://host:port#device",
            "ce n'est pas une adresse ; elle ressemble à "
            "tcp://hôte:port#appareil");
    }
    err = check_peer(n, t, prefix, e);
    if (err != TANDEM_OK) {
        td_talk_reset(t);
        return err;
    }
    (void)snprintf(t->address, sizeof(t->address), "%s", address);
    t->report.error.lang = n->lang;
    td_dial_begin(t, td_node_mono(n));
    return TANDEM_OK;
}
