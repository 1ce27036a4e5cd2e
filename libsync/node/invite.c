// SPDX-License-Identifier: Apache-2.0
// invite.c - the inviter's side of an enrolment.
#include "node/enrolment.h"

#include <stdio.h>
#include <string.h>

#include "base/opts.h"
#include "base/slice.h"
#include "crypto/hash.h"

// ------------------------------------------------------------------------ new

static tandem_err
may_enrol(struct tandem_node *n, const tandem_grant *g, struct td_hash *id,
    tandem_error *e)
{
    tandem_err err = TANDEM_EWORKSPACE;

    td_api_lock(n->store);
    if (n->store->replica->joined && n->store->replica->member != NULL) {
        *id = n->store->replica->workspace;
        err = td_member_may_enrol(n->store->replica->member, &n->device,
            g->right, g->sectors, g->sector_count);
    }
    td_api_unlock(n->store);
    if (err == TANDEM_EDENIED) {
        return td_fail(e, err,
            "this device may not enrol another with that right there",
            "cet appareil ne peut pas en inscrire un autre avec ce droit à "
            "cet endroit");
    }
    return td_fail_code(e, err);
}

static tandem_err
one_time(struct tandem_node *n, struct td_code *code, struct td_curve *keys)
{
    struct td_device_keys made; // three pairs; the CURVE one is used
    tandem_err err;

    memset(&made, 0, sizeof(made));
    err = td_device_keys_new(td_sys_rng(&n->sys), &made);
    if (err == TANDEM_OK) {
        memcpy(keys->pub, made.pub.curve, 32);
        memcpy(keys->sec, made.sec.curve, 32);
        memcpy(code->curve, made.pub.curve, 32);
        err = td_node_random(n, code->secret, sizeof(code->secret));
    }
    td_device_keys_wipe(&made);
    return err;
}

static tandem_err
bind_failed(const char *endpoint, tandem_err err, int sys, tandem_error *e)
{
    if (err != TANDEM_EVALUE && err != TANDEM_EIO) {
        return td_fail_code(e, err);
    }
    err = td_fail(e, err,
        "cannot wait for a newcomer at \"%s\": not tcp://host:port, or the "
        "port is taken",
        "impossible d'attendre un nouvel appareil à « %s » : ce n'est pas "
        "tcp://hôte:port, ou le port est pris",
        endpoint);
    if (e != NULL) {
        e->sys = sys;
    }
    return err;
}

static tandem_err
wait_at(struct tandem_enrol *x, struct td_code *code, const char *endpoint,
    const char *advertise, tandem_error *e)
{
    struct td_curve keys;
    char bound[TD_ADDRESS_ROOM], reachable[TD_ADDRESS_ROOM];
    tandem_err err;
    int sys = 0;

    if (!td_endpoint_valid(endpoint, true)) {
        return bind_failed(endpoint, TANDEM_EVALUE, 0, e);
    }
    err = one_time(x->node, code, &keys);
    if (err == TANDEM_OK) {
        err = td_line_bind(x->node->wire, endpoint, &keys, "enrol", bound,
            sizeof(bound), &x->line, &sys);
    }
    td_wipe(&keys, sizeof(keys));
    if (err != TANDEM_OK) {
        return bind_failed(endpoint, err, sys, e);
    }
    td_endpoint_reachable(bound, reachable, sizeof(reachable));
    if (advertise != NULL && !td_endpoint_valid(advertise, false)) {
        return td_fail(e, TANDEM_EVALUE,
            "\"%s\" is not an endpoint; it looks like tcp://host:port",
            "« %s » n'est pas une adresse ; cela ressemble à tcp://hôte:port",
            advertise);
    }
    if (advertise == NULL) {
        advertise = reachable;
    }
    if (strlen(advertise) >= sizeof(code->endpoint)) {
        return td_fail_code(e, TANDEM_ELIMIT);
    }
    memcpy(code->endpoint, advertise, strlen(advertise));
    return TANDEM_OK;
}

tandem_err
tandem_invite_new(tandem_node *n, const tandem_grant *g, const char *endpoint,
    const char *advertise, char *code, size_t room, tandem_enrol **out,
    tandem_error *e)
{
    struct tandem_enrol *x;
    tandem_grant grant;
    struct td_code c;
    tandem_err err;

    td_fail_clear(e);
    if (n == NULL || !td_opts_take(&grant, sizeof(grant), g) ||
        endpoint == NULL || code == NULL || out == NULL ||
        grant.sector_count > TANDEM_GRANT_SECTORS_MAX) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(td_node_usable(n, e));
    TD_TRY(td_node_awake(n, e));
    memset(&c, 0, sizeof(c));
    TD_TRY(may_enrol(n, &grant, &c.workspace, e));
    TD_TRY(td_enrolment_new(n, true, &x, e));
    x->grant = grant;
    x->workspace = c.workspace;
    err = wait_at(x, &c, endpoint, advertise, e);
    if (err == TANDEM_OK) {
        err = td_enrolment_machine(x, &c, e);
    }
    if (err == TANDEM_OK) {
        err = td_fail_code(e, td_code_write(&c, code, room));
    }
    td_wipe(&c, sizeof(c));
    if (err != TANDEM_OK) {
        tandem_enrol_free(x);
        return err;
    }
    *out = x;
    return TANDEM_OK;
}

// --------------------------------------------------------------------- agreed

// Its first exchange was cut, and it asks again: the same keys are in already.
// What it may do stays as the first enrolment said.
static bool
enrolled_before(struct tandem_node *n, const struct td_device_public *peer)
{
    const struct td_member_device *d =
        td_member_device(n->store->replica->member, &peer->sign);

    return d != NULL && memcmp(&d->keys, peer, sizeof(*peer)) == 0;
}

tandem_err
td_invite_agreed(struct tandem_enrol *x)
{
    struct tandem_node *n = x->node;
    const struct td_device_public *peer = td_enrol_peer(x->machine);
    tandem_err err;

    if (x->leaving || x->state != TANDEM_ENROL_DIGITS ||
        !td_enrol_agreed(x->machine)) {
        return TANDEM_OK;
    }
    td_api_lock_writing(n->store);
    err = td_replica_enrol(n->store->replica, peer, x->grant.right,
        x->grant.sectors, x->grant.sector_count, td_api_now(n->store),
        &x->error);
    if (err == TANDEM_EEXIST && enrolled_before(n, peer)) {
        td_fail_clear(&x->error);
        err = TANDEM_OK;
    }
    td_api_unlock_writing(n->store, err == TANDEM_OK);
    if (err == TANDEM_OK) {
        err = td_enrol_welcome(x->machine);
    }
    if (err != TANDEM_OK) {
        td_enrolment_fail(x, err, true);
        return err;
    }
    x->due_ms = td_node_mono(n) + TD_ENROLMENT_FIRST_MS;
    td_enrolment_state(x, TANDEM_ENROL_CONFIRMED);
    td_enrolment_pump(x);
    return TANDEM_OK;
}

// --------------------------------------------------------------------- frames

static bool
in_seat(const struct tandem_enrol *x, const struct td_frame *f)
{
    return x->seated && memcmp(x->key, f->key, sizeof(x->key)) == 0;
}

static bool
same_route(const struct tandem_enrol *x, const struct td_frame *f)
{
    return x->route_len == f->route_len &&
           memcmp(x->route, f->route, f->route_len) == 0;
}

static void
seat(struct tandem_enrol *x, const struct td_frame *f)
{
    x->seated = true;
    memcpy(x->key, f->key, sizeof(x->key));
    memcpy(x->route, f->route, f->route_len);
    x->route_len = f->route_len;
}

// Somebody else, while the seat is taken.
static void
turn_away(struct tandem_enrol *x, const struct td_frame *f)
{
    static const uint8_t kind = 'E';

    (void)td_line_send(x->line, (tandem_slice){f->route, f->route_len},
        (tandem_slice){&kind, 1}, td_enrol_expired());
}

static void
take_enrol(struct tandem_enrol *x, const struct td_frame *f)
{
    const struct td_device_public *peer;

    if (!x->seated) {
        seat(x, f);
    }
    if (!in_seat(x, f) || !same_route(x, f)) {
        turn_away(x, f);
        return;
    }
    td_enrolment_take(x, f->body);
    peer = td_enrol_peer(x->machine);
    if (peer != NULL && memcmp(peer->curve, x->key, 32) != 0) {
        td_enrolment_fail(x, TANDEM_EAUTH, true); // not its own key
        return;
    }
    (void)td_invite_agreed(x); // a failure is the enrolment's
}

// The newcomer begins a session, perhaps over a new connection.
static void
begin(struct tandem_enrol *x, const struct td_frame *f, uint64_t now)
{
    struct td_talk *t = &x->talk;

    if (x->tries == TD_ENROLMENT_BEGUN_MAX) {
        td_talk_refuse(x->line, f, TANDEM_EREFUSED);
        return;
    }
    x->tries++;
    td_talk_reset(t);
    t->incoming = true;
    t->line = x->line;
    t->peer = td_enrol_peer(x->machine)->sign;
    memcpy(t->key, x->key, sizeof(t->key));
    memcpy(t->route, f->route, f->route_len);
    t->route_len = f->route_len;
    if (td_talk_begin(t, f->body.ptr + 1, now) != TANDEM_OK) {
        td_talk_refuse(x->line, f, TANDEM_EREFUSED);
        td_talk_reset(t);
        return;
    }
    td_talk_frame(t, f->body, now);
}

void
td_invite_take(struct tandem_enrol *x, const struct td_frame *f, uint64_t now)
{
    uint8_t kind;

    if (f->body.len == 0) {
        return;
    }
    kind = f->body.ptr[0];
    if (kind == 'E') {
        take_enrol(x, f);
        return;
    }
    if (!in_seat(x, f) || f->body.len < 9) {
        return;
    }
    if (x->state == TANDEM_ENROL_CONFIRMED && !x->leaving) {
        if (td_talk_is(&x->talk, f->body)) {
            td_talk_frame(&x->talk, f->body, now);
        } else if (kind == 'H') {
            begin(x, f, now);
        }
    }
}

// The connection of the one in the seat may have ended.
static void
probe(struct tandem_enrol *x, uint64_t now)
{
    static const uint8_t none[8] = {0};

    if (td_talk_live(&x->talk)) {
        td_talk_probe(&x->talk, now);
        return;
    }
    if (x->seated && x->state != TANDEM_ENROL_CONFIRMED &&
        td_talk_say(x->line, (tandem_slice){x->route, x->route_len}, 'P', none,
            (tandem_slice){0}) == TANDEM_ENOTFOUND) {
        x->due_ms = x->leaving ? 0 : x->due_ms; // it heard our NO, and went
        td_enrolment_fail(x, TANDEM_ECUT, false);
    }
}

void
td_invite_session_over(struct tandem_enrol *x, uint64_t now)
{
    if (x->talk.report.state == TANDEM_SESSION_DONE &&
        ++x->sessions < TD_ENROLMENT_SESSIONS) {
        x->due_ms = now + TD_ENROLMENT_SECOND_MS;
    }
    // A session that was cut is begun again by the newcomer, while time lasts.
    td_talk_reset(&x->talk);
    if (x->sessions == TD_ENROLMENT_SESSIONS) {
        td_enrolment_state(x, TANDEM_ENROL_DONE);
    }
}

void
td_invite_event(struct tandem_enrol *x, enum td_line_event ev, uint64_t now)
{
    if (ev == TD_LINE_GONE) {
        x->probe_ms = now + TD_TALK_PROBE_MS;
        probe(x, now);
    }
}

void
td_invite_look(struct tandem_enrol *x, uint64_t now)
{
    if (x->line != NULL && x->probe_ms != 0 && now >= x->probe_ms) {
        x->probe_ms = 0;
        probe(x, now);
    }
}
