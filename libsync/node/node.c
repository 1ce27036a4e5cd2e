// SPDX-License-Identifier: Apache-2.0
// node.c - the node's handle: new, listen, meet.
#include "node/enrolment.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/opts.h"
#include "base/slice.h"
#include "crypto/hash.h"

_Static_assert(sizeof(tandem_node_opts) ==
                   offsetof(tandem_node_opts, worker) + sizeof(uint32_t),
    "no tail padding: a new field would read what old callers never set");

enum {
    CONNECT_TIMEOUT_MS = 8000,
    IDLE_TIMEOUT_MS = 20000,
    PEERS = 64,
    PEERS_MAX = 1024
};

uint64_t
td_node_mono(const struct tandem_node *n)
{
    return n->sys.mono_ms(n->sys.ctx);
}

tandem_err
td_node_random(struct tandem_node *n, void *p, size_t len)
{
    return n->sys.random(n->sys.ctx, p, len);
}

tandem_err
td_node_usable(const struct tandem_node *n, tandem_error *e)
{
    if (!td_wire_ours(n->wire)) {
        return td_fail(e, TANDEM_EMISUSE,
            "a node does not survive fork; make a new one in this process",
            "un nœud ne survit pas à fork ; créez-en un dans ce processus");
    }
    return n->failed ? td_fail_code(e, TANDEM_EFAILED) : TANDEM_OK;
}

bool
td_node_member(
    struct tandem_node *n, const uint8_t key[32], tandem_device_id *out)
{
    const struct td_member_device *d = NULL;

    td_api_lock(n->store);
    if (n->store->replica->member != NULL) {
        d = td_member_by_curve(n->store->replica->member, key);
    }
    if (d != NULL) {
        *out = d->keys.sign;
    }
    td_api_unlock(n->store);
    return d != NULL;
}

tandem_err
td_node_awake(const struct tandem_node *n, tandem_error *e)
{
    return n->asleep ? td_fail(e, TANDEM_EMISUSE,
                           "this node is suspended; resume it first",
                           "ce nœud est suspendu ; reprenez-le d'abord")
                     : TANDEM_OK;
}

struct td_talk *
td_node_free_talk(struct tandem_node *n)
{
    for (size_t i = 0; i < n->talk_max; i++) {
        if (n->talks[i].state == TD_TALK_FREE) {
            return &n->talks[i];
        }
    }
    return NULL;
}

// ------------------------------------------------------------------ lifecycle

static uint32_t
or_default(uint32_t given, uint32_t otherwise)
{
    return given != 0 ? given : otherwise;
}

static tandem_err
fill(struct tandem_node *n, tandem_store *s, const tandem_node_opts *o)
{
    const struct td_device_keys *keys = td_store_device(s->store);

    td_beacon_init(&n->beacon);
    td_near_init(&n->near);
    n->store = s;
    n->sys = s->sys;
    n->device = keys->pub.sign;
    memcpy(n->curve.pub, keys->pub.curve, 32);
    memcpy(n->curve.sec, keys->sec.curve, 32);
    n->connect_timeout_ms =
        or_default(o->connect_timeout_ms, CONNECT_TIMEOUT_MS);
    n->idle_timeout_ms = or_default(o->idle_timeout_ms, IDLE_TIMEOUT_MS);
    n->talk_max = or_default(o->peers_max, PEERS);
    n->talks = td_alloc(&n->sys, n->talk_max * sizeof(*n->talks));
    if (n->talks == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n->talk_max; i++) {
        n->talks[i].node = n;
    }
    return TANDEM_OK;
}

static void
worked(void *ctx)
{
    td_wire_nudge(ctx);
}

tandem_err
tandem_node_new(tandem_store *s, const tandem_node_opts *o, tandem_node **out,
    tandem_error *e)
{
    tandem_node_opts opts;
    struct tandem_node *n;
    tandem_err err;
    int code = 0;

    td_fail_clear(e);
    if ((!td_opts_take(&opts, sizeof(opts), o) && o != NULL) || s == NULL ||
        out == NULL || opts.peers_max > PEERS_MAX) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    n = td_alloc(&s->sys, sizeof(*n));
    if (n == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    n->lang = e != NULL ? e->lang : TANDEM_EN;
    err = fill(n, s, &opts);
    if (err == TANDEM_OK) {
        err = td_wire_new(&n->sys, n->idle_timeout_ms, &n->wire, e);
    }
    if (err == TANDEM_OK && opts.worker != 0) {
        err = td_worker_new(&n->sys, worked, n->wire, &n->worker, &code);
        err = code == 0 ? err : td_fail_sys(e, err, code);
    }
    if (err != TANDEM_OK) {
        tandem_node_free(n);
        return td_fail_code(e, err);
    }
    *out = n;
    return TANDEM_OK;
}

void
tandem_node_free(tandem_node *n)
{
    tandem_sys sys;

    if (n == NULL) {
        return;
    }
    while (n->enrols != NULL) {
        td_enrolment_detach(n->enrols); // their owner frees them later
    }
    sys = n->sys;
    for (size_t i = 0; n->talks != NULL && i < n->talk_max; i++) {
        td_talk_reset(&n->talks[i]);
    }
    if (n->worker != NULL && td_wire_ours(n->wire)) {
        td_node_tidy_end(n);
        td_worker_free(n->worker); // a forked child has no such thread
    }
    td_beacon_close(&n->beacon);
    td_near_close(&n->near);
    td_line_close(n->door);
    td_wire_free(n->wire);
    td_free(&sys, n->talks, n->talk_max * sizeof(*n->talks));
    td_wipe(&n->curve, sizeof(n->curve));
    td_free(&sys, n, sizeof(*n));
}

// -------------------------------------------------------------- listen, meet

tandem_err
td_node_listen_failed(
    const char *endpoint, tandem_err err, int sys, tandem_error *e)
{
    if (err == TANDEM_EVALUE) {
        return td_fail(e, err,
            "cannot listen at \"%s\"; it looks like tcp://host:port, port * "
            "for any",
            "impossible d'écouter à « %s » ; cela ressemble à tcp://hôte:port, "
            "port * pour n'importe lequel",
            endpoint);
    }
    if (err == TANDEM_EIO) {
        err = td_fail(e, err,
            "cannot listen at %s: the port is taken, or the address is not "
            "this device's",
            "impossible d'écouter à %s : le port est pris, ou l'adresse n'est "
            "pas celle de cet appareil",
            endpoint);
    } else {
        err = td_fail_code(e, err);
    }
    if (e != NULL) {
        e->sys = sys;
    }
    return err;
}

static tandem_err
open_door(struct tandem_node *n, const char *endpoint, char *address,
    size_t room, tandem_error *e)
{
    char bound[TD_ADDRESS_ROOM], reachable[TD_ADDRESS_ROOM], device[65];
    struct td_line *door;
    tandem_err err;
    int len, sys = 0;

    err = td_endpoint_valid(endpoint, true)
              ? td_line_bind(n->wire, endpoint, &n->curve, "member", bound,
                    sizeof(bound), &door, &sys)
              : TANDEM_EVALUE;
    if (err != TANDEM_OK) {
        return td_node_listen_failed(endpoint, err, sys, e);
    }
    tandem_device_text(n->device, device);
    td_endpoint_reachable(bound, reachable, sizeof(reachable));
    len = snprintf(address, room, "%s#%s", reachable, device);
    if (len < 0 || (size_t)len >= room) {
        td_line_close(door);
        return td_fail_code(e, TANDEM_ELIMIT);
    }
    n->door = door;
    (void)snprintf(n->door_at, sizeof(n->door_at), "%s", bound);
    return TANDEM_OK;
}

tandem_err
tandem_node_listen(tandem_node *n, const char *endpoint, char *address,
    size_t room, tandem_error *e)
{
    bool joined;

    td_fail_clear(e);
    if (n == NULL || endpoint == NULL || address == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(td_node_usable(n, e));
    TD_TRY(td_node_awake(n, e));
    if (n->door != NULL) {
        return td_fail(e, TANDEM_EMISUSE, "this node listens already",
            "ce nœud écoute déjà");
    }
    td_api_lock(n->store);
    joined = n->store->replica->joined;
    td_api_unlock(n->store);
    if (!joined) {
        return td_fail_code(e, TANDEM_EWORKSPACE);
    }
    return open_door(n, endpoint, address, room, e);
}

tandem_err
tandem_node_meet(tandem_node *n, const char *address, tandem_error *e)
{
    td_fail_clear(e);
    if (n == NULL || address == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(td_node_usable(n, e));
    return td_dial_meet(n, address, e);
}
