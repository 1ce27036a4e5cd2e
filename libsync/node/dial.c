// SPDX-License-Identifier: Apache-2.0
// dial.c - sessions we begin: one DEALER a peer, what its monitor sees as
// public codes, and coming back after a cut.
//
//   no route, or the host's name is not known        ENETWORK
//   refused, no TCP connection, or silence in time   EPEER
//   handshakes shut again and again                  EAUTH: a wrong server key
//   shut once, and then nobody                       ECUT
//   what answers is no handshake of ours             EPROTO
//   our key not known there (500), refused (400)     EUNKNOWN, EREVOKED
//   gone after the session began                     resumed, in the end ECUT
//   another version                                  EVERSION, by the session
#include "node/reach.h"
#include "node/talk.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "crypto/hash.h"

// ---------------------------------------------------------------- sentences

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
another(struct td_talk *t)
{
    return td_fail(&t->report.error, TANDEM_EAUTH,
        "what answers at %s is another device than the one expected; look at "
        "its address again",
        "ce qui répond à %s est un autre appareil que celui attendu ; "
        "vérifiez son adresse",
        t->endpoint);
}

static tandem_err
unknown(struct td_talk *t)
{
    return td_fail(&t->report.error, TANDEM_EUNKNOWN,
        "the device at %s does not know this one yet; let it first meet one "
        "that does",
        "l'appareil à %s ne connaît pas encore celui-ci ; qu'il échange "
        "d'abord avec un autre qui le connaît",
        t->endpoint);
}

static tandem_err
denied(struct td_talk *t)
{
    return td_fail(&t->report.error, TANDEM_EREVOKED,
        "the device at %s refuses this one: its right has ended",
        "l'appareil à %s refuse celui-ci : son droit a pris fin", t->endpoint);
}

static tandem_err
alien(struct td_talk *t)
{
    return td_fail(&t->report.error, TANDEM_EPROTO,
        "what answers at %s is something else than Tandem; look at the port",
        "ce qui répond à %s n'est pas Tandem ; vérifiez le port", t->endpoint);
}

static tandem_err
no_name(struct td_talk *t)
{
    return td_fail(&t->report.error, TANDEM_ENETWORK,
        "no network knows the name in %s; is this device connected?",
        "aucun réseau ne connaît le nom dans %s ; cet appareil est-il "
        "connecté ?",
        t->endpoint);
}

static tandem_err
no_route(struct td_talk *t)
{
    return td_fail(&t->report.error, TANDEM_ENETWORK,
        "no network of this device leads to %s; is it connected?",
        "aucun réseau de cet appareil ne mène à %s ; est-il connecté ?",
        t->endpoint);
}

static tandem_err
cut(struct td_talk *t)
{
    return td_fail(&t->report.error, TANDEM_ECUT,
        "the connection to %s broke before the session began; try again",
        "la liaison avec %s s'est rompue avant le début de l'échange ; "
        "réessayez",
        t->endpoint);
}

// Nobody was reached: why?
static tandem_err
not_there(struct td_talk *t)
{
    if (t->shut > 0) {
        return cut(t);
    }
    if (t->opened || t->silent) {
        return nobody(t); // a system took the connection, nobody spoke
    }
    // Refused: the name service has answered libzmq, and will not block here.
    switch (td_reach(t->endpoint, t->refused > 0)) {
    case TD_REACH_NO_NAME:
        return no_name(t);
    case TD_REACH_NO_ROUTE:
        return no_route(t);
    case TD_REACH_YES:
    default:
        return nobody(t);
    }
}

// -------------------------------------------------------------------- begin

// Coming back has an end: a peer not heard of for so long is given up.
static uint64_t
given_up_ms(const struct td_talk *t)
{
    return t->heard_ms + t->node->idle_timeout_ms;
}

void
td_dial_begin(struct td_talk *t, uint64_t now)
{
    struct tandem_node *n = t->node;
    tandem_err err;
    int sys;

    if (n->asleep) {
        t->state = TD_TALK_BACKOFF;
        t->deadline_ms = UINT64_MAX; // until it is resumed
        return;
    }
    t->refused = t->shut = 0;
    t->opened = t->silent = false;
    t->deadline_ms = now + n->connect_timeout_ms;
    if (t->started && given_up_ms(t) < t->deadline_ms) {
        t->deadline_ms = given_up_ms(t);
    }
    t->state = TD_TALK_DIALLING;
    err = td_line_dial(n->wire, t->endpoint, &n->curve, t->key, &t->line, &sys);
    t->owns_line = err == TANDEM_OK;
    if (err != TANDEM_OK) {
        t->report.error.sys = sys;
        td_talk_end(t, err, false);
    }
}

uint64_t
td_dial_pause(unsigned tries, uint32_t dice)
{
    uint64_t most = TD_TALK_BACKOFF_MS;

    for (; tries > 0 && most < TD_TALK_BACKOFF_MAX_MS; tries--) {
        most *= 2;
    }
    most = most < TD_TALK_BACKOFF_MAX_MS ? most : TD_TALK_BACKOFF_MAX_MS;
    return 1 + dice % most;
}

static tandem_err
patience(struct td_talk *t, uint64_t *wait)
{
    uint8_t dice[4];

    TD_TRY(td_node_random(t->node, dice, sizeof(dice)));
    *wait = td_dial_pause(t->tries, td_be32(dice));
    return TANDEM_OK;
}

void
td_dial_again(struct td_talk *t)
{
    uint64_t now = td_node_mono(t->node), wait;

    t->state = TD_TALK_BACKOFF;
    t->deadline_ms = UINT64_MAX;
    if (t->node->asleep) {
        return; // until it is resumed
    }
    if (t->before.commits_received > t->had) {
        t->tries = 0; // each try may bring something: they end by themselves
    }
    t->had = t->before.commits_received;
    if (t->tries == TD_TALK_TRIES || now >= given_up_ms(t) ||
        patience(t, &wait) != TANDEM_OK) {
        td_talk_end(t, TANDEM_ECUT, false);
        return;
    }
    t->tries++;
    t->deadline_ms = now + wait;
}

// No session could begin. While coming back it is one try less.
static void
not_reached(struct td_talk *t)
{
    if (t->started) {
        td_talk_break(t);
        return;
    }
    td_talk_end(t, not_there(t), false);
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

// The handshake went wrong. What may be the link's fault is tried again.
static void
shut(struct td_talk *t)
{
    if (t->state != TD_TALK_DIALLING || ++t->shut < TD_TALK_SHUT_MAX) {
        return;
    }
    if (t->started) {
        td_talk_break(t);
    } else {
        td_talk_end(t, another(t), false);
    }
}

static void
gone(struct td_talk *t)
{
    if (t->state == TD_TALK_RUNNING) {
        td_talk_break(t);
    } else if (t->state == TD_TALK_CLOSING) {
        td_talk_end(t, TANDEM_ECUT, false); // all had been said
    } else if (t->state == TD_TALK_DIALLING && t->opened) {
        td_talk_end(t, alien(t), false); // libzmq heard no ZMTP, and left
    }
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
            not_reached(t);
        }
        return;
    case TD_LINE_READY:
        ready(t, now);
        return;
    case TD_LINE_DENIED:
        td_talk_end(t, denied(t), false);
        return;
    case TD_LINE_UNKNOWN:
        td_talk_end(t, unknown(t), false);
        return;
    case TD_LINE_ALIEN:
        td_talk_end(t, alien(t), false);
        return;
    case TD_LINE_SHUT:
        t->opened = false; // what follows is the next connection's
        shut(t);
        return;
    case TD_LINE_SILENT:
        t->opened = false;
        t->silent = true;
        return;
    case TD_LINE_GONE:
        gone(t);
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
        not_reached(t);
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
