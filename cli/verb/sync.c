// SPDX-License-Identifier: Apache-2.0
// sync.c - serve, sync.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/stop.h"
#include "peer/endpoint.h"
#include "peer/exchange.h"
#include "words/verbs.h"

enum { STEP_MS = 250, DEVICES_MAX = 256, WAIT_MS = 2000, NEAR_TRIES = 3 };

// When a peer's session began, so that its line can say how long it took.
struct clock_row {
    tandem_device_id peer;
    uint64_t began_ms;
};

struct service {
    struct cli *c;
    tandem_node *node;
    uint64_t until_ms; // 0: until stopped
    struct clock_row rows[64];
    size_t at;
    size_t finished;
};

static void
note_start(struct service *s, tandem_device_id peer)
{
    struct clock_row *row = &s->rows[s->at++ % 64];

    row->peer = peer;
    row->began_ms = stop_mono_ms();
}

static uint64_t
since_start(const struct service *s, tandem_device_id peer)
{
    uint64_t began = 0;

    for (size_t i = 0; i < 64; i++) {
        if (memcmp(&s->rows[i].peer, &peer, sizeof(peer)) == 0 &&
            s->rows[i].began_ms > began) {
            began = s->rows[i].began_ms;
        }
    }
    return began != 0 ? stop_mono_ms() - began : 0;
}

// An option that is a duration, in milliseconds; `otherwise` without it.
static int
duration_option(
    const struct cli *c, const char *name, uint64_t otherwise, uint64_t *ms)
{
    const char *text = args_option(&c->args, name);

    *ms = otherwise;
    return text == NULL || stop_duration(text, ms)
               ? CLI_DONE
               : cli_bad_use(c, _("a duration is like 90s, 5m or 2h"));
}

static int
until_option(const struct cli *c, uint64_t *until_ms)
{
    int rc = duration_option(c, "for", 0, until_ms);

    if (rc == CLI_DONE && args_option(&c->args, "for") != NULL) {
        *until_ms += stop_mono_ms() + 1;
    }
    return rc;
}

static int
node_fail(const struct cli *c, const tandem_error *e)
{
    if (e->code == TANDEM_EWORKSPACE) {
        return cli_fail_with(c, e->code,
            _("this store belongs to no workspace yet: tandem init or tandem "
              "join"));
    }
    return cli_fail(c, e);
}

// -------------------------------------------------------------------- serve

static void
print_address(const struct cli *c, const char *bound)
{
    char address[320], endpoint[320];

    endpoint_reachable(bound, address);
    (void)snprintf(endpoint, sizeof(endpoint), "%.*s",
        (int)strcspn(address, "#"), address);
    if (c->json) {
        cli_json_line(
            json_pack("{s:s,s:s}", "endpoint", endpoint, "address", address));
    } else {
        cli_print_whole("%s  %s\n", endpoint, address);
        (void)fflush(stdout);
        cli_say(_("Others meet this device with: tandem sync %s"), address);
    }
}

// Members near hear where this device listens, unless told not to.
static tandem_err
serve_beacon(struct service *s, tandem_error *e)
{
    return args_has(&s->c->args, "no-beacon")
               ? TANDEM_OK
               : tandem_node_beacon(
                     s->node, args_option(&s->c->args, "beacon-to"), 0, e);
}

static int
serve_loop(struct service *s)
{
    bool once = args_has(&s->c->args, "once");
    tandem_error e = cli_no_error(s->c);
    tandem_event ev;
    bool more = false;

    while (
        !stop_asked() && (s->until_ms == 0 || stop_mono_ms() < s->until_ms)) {
        if (tandem_node_step(s->node, STEP_MS, &ev, &more, &e) != TANDEM_OK) {
            return cli_fail(s->c, &e);
        }
        if (ev.kind == TANDEM_EVENT_STARTED) {
            note_start(s, ev.peer);
        } else if (ev.kind == TANDEM_EVENT_FINISHED) {
            // A session that failed is said; it does not end the service.
            (void)exchange_print(s->c, &ev, since_start(s, ev.peer));
            s->finished++;
            if (once && tandem_node_active(s->node) == 0) {
                exchange_linger(s->node);
                return CLI_DONE;
            }
        } else if (ev.kind == TANDEM_EVENT_STRANGER) {
            cli_say(_("Somebody this workspace does not know knocked and was "
                      "not let in."));
        } else {
            exchange_progress(s->c, s->node);
        }
    }
    exchange_linger(s->node);
    return stop_asked() ? CLI_INTERRUPTED : CLI_DONE;
}

int
verb_serve(struct cli *c)
{
    tandem_node_opts o = TANDEM_NODE_OPTS_INIT;
    tandem_error e = cli_no_error(c);
    struct service *s;
    char endpoint[192], address[320];
    int rc;

    s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return cli_fail_with(c, TANDEM_ENOMEM, _("out of memory"));
    }
    s->c = c;
    o.worker = 1; // several may come at once
    rc = until_option(c, &s->until_ms);
    if (rc == CLI_DONE) {
        rc = cli_open(c, CLI_EXISTING);
    }
    if (rc == CLI_DONE &&
        (tandem_node_new(c->store, &o, &s->node, &e) != TANDEM_OK ||
            tandem_node_listen(s->node, endpoint_default(c, endpoint), address,
                sizeof(address), &e) != TANDEM_OK ||
            serve_beacon(s, &e) != TANDEM_OK)) {
        rc = node_fail(c, &e);
    }
    if (rc == CLI_DONE) {
        stop_catch(s->node);
        print_address(c, address);
        rc = serve_loop(s);
        stop_catch(NULL);
    }
    tandem_node_free(s->node);
    free(s);
    return rc;
}

// --------------------------------------------------------------------- sync

// One peer, from meeting it to its last word.
static int
meet(struct cli *c, tandem_node *n, const char *address)
{
    tandem_error e = cli_no_error(c);
    uint64_t began = stop_mono_ms();
    tandem_event ev;
    bool more = false;
    int rc;

    if (tandem_node_meet(n, address, &e) != TANDEM_OK) {
        return node_fail(c, &e);
    }
    while (!stop_asked()) {
        if (tandem_node_step(n, STEP_MS, &ev, &more, &e) != TANDEM_OK) {
            return cli_fail(c, &e);
        }
        if (ev.kind != TANDEM_EVENT_FINISHED) {
            exchange_progress(c, n);
            continue;
        }
        rc = exchange_print(c, &ev, stop_mono_ms() - began);
        if (ev.report.state == TANDEM_SESSION_DONE) {
            peers_remember(c, ev.peer, address);
            exchange_linger(n);
        }
        return rc;
    }
    (void)cli_fail_with(c, TANDEM_ECUT,
        _("stopped; what was received is safe, the next sync goes on"));
    return CLI_INTERRUPTED;
}

// An address as it is, or that of a device met before.
static int
address_of(struct cli *c, const char *peer, char out[320])
{
    tandem_error e = cli_no_error(c);
    tandem_device_id d;

    if (strstr(peer, "://") != NULL) {
        if (strlen(peer) >= 320) {
            return cli_bad_use(c, _("that address is too long"));
        }
        (void)snprintf(out, 320, "%s", peer);
        return CLI_DONE;
    }
    if (tandem_device_find(c->store, peer, &d, &e) != TANDEM_OK) {
        return e.code == TANDEM_ENOTFOUND ? cli_fail_with(c, TANDEM_EPEER,
                                                _("no device is called \"%s\" "
                                                  "here; see: tandem status"),
                                                peer)
                                          : cli_fail(c, &e);
    }
    if (!peers_address(c, d, out)) {
        return cli_fail_with(c, TANDEM_EPEER,
            _("%s was not met before: give the address it shows (tcp://...)"),
            peer);
    }
    return CLI_DONE;
}

// Whom a sync without a name meets: those met before, then those near.
struct tried {
    tandem_device_id device;
    int rc;
    unsigned near;   // tries where it was heard
    char where[192]; // the last of them
};
struct round {
    struct cli *c;
    tandem_node *node;
    struct tried at[DEVICES_MAX];
    size_t count;
};

static struct tried *
tried(struct round *r, tandem_device_id device)
{
    for (size_t i = 0; i < r->count; i++) {
        if (memcmp(&r->at[i].device, &device, sizeof(device)) == 0) {
            return &r->at[i];
        }
    }
    return NULL;
}

static struct tried *
try_new(struct round *r, tandem_device_id device)
{
    struct tried *t = r->count < DEVICES_MAX ? &r->at[r->count++] : NULL;

    if (t != NULL) {
        t->device = device;
    }
    return t;
}

static void
sync_known(struct round *r)
{
    json_t *all = peers_all(r->c);
    void *at = json_object_iter(all);

    for (; at != NULL && !stop_asked(); at = json_object_iter_next(all, at)) {
        const char *address = json_string_value(json_object_iter_value(at));
        tandem_device_id device = {{0}};
        struct tried *t;

        if (address == NULL) {
            continue;
        }
        if (tandem_device_find(r->c->store, json_object_iter_key(at), &device,
                NULL) != TANDEM_OK) {
            memset(&device, 0, sizeof(device)); // no member; meeting says so
        }
        t = try_new(r, device);
        if (t == NULL) {
            break;
        }
        t->rc = meet(r->c, r->node, address);
    }
    json_decref(all);
}

// Where it was last, it may have been looked for in vain: where it is heard
// counts. What was heard first may have been an old word that somebody sent
// again; where it says to be later it is tried too, so many times.
static bool
wants_near(const struct tried *t, const tandem_neighbour *x)
{
    return t->rc != CLI_DONE && t->near < NEAR_TRIES &&
           strcmp(t->where, x->address) != 0;
}

static void
meet_near(struct round *r, const tandem_neighbour *x)
{
    struct tried *t = tried(r, x->device);
    char name[256];

    if (t == NULL) {
        t = try_new(r, x->device);
    } else if (!wants_near(t, x)) {
        return;
    }
    if (t == NULL) {
        return;
    }
    t->near++;
    (void)snprintf(t->where, sizeof(t->where), "%s", x->address);
    cli_say(_("%s is near, at %.*s"), cli_device_name(r->c, x->device, name),
        (int)strcspn(x->address, "#"), x->address);
    t->rc = meet(r->c, r->node, x->address);
}

static int
sync_near(struct round *r, uint64_t until_ms)
{
    tandem_error e = cli_no_error(r->c);
    tandem_neighbour x;
    tandem_event ev;
    bool more = false;

    for (;;) {
        for (size_t i = 0; !stop_asked() &&
                           tandem_node_neighbour(r->node, i, &x) == TANDEM_OK;
             i++) {
            meet_near(r, &x);
        }
        if (stop_asked() || stop_mono_ms() >= until_ms) {
            return CLI_DONE;
        }
        if (tandem_node_step(r->node, STEP_MS, &ev, &more, &e) != TANDEM_OK) {
            return cli_fail(r->c, &e);
        }
    }
}

// Hear from the beginning, so that looking for those met before costs no
// waiting of its own. Without an ear those are met all the same.
static int
round_hear(struct round *r, uint64_t wait_ms)
{
    const char *at = args_option(&r->c->args, "beacon-at");
    tandem_error e = cli_no_error(r->c);

    if (wait_ms == 0 ||
        tandem_node_hear(r->node, at, NULL, 0, &e) == TANDEM_OK) {
        return CLI_DONE;
    }
    if (at != NULL || e.code == TANDEM_EWORKSPACE) {
        return node_fail(r->c, &e);
    }
    cli_say("%s", e.msg);
    return CLI_DONE;
}

static int
sync_round(struct round *r)
{
    uint64_t wait_ms = 0, began = stop_mono_ms();
    int rc = duration_option(r->c, "wait", WAIT_MS, &wait_ms);

    if (rc == CLI_DONE) {
        rc = round_hear(r, wait_ms);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    sync_known(r);
    rc = wait_ms > 0 ? sync_near(r, began + wait_ms) : CLI_DONE;
    for (size_t i = 0; i < r->count && rc == CLI_DONE; i++) {
        rc = r->at[i].rc;
    }
    if (rc == CLI_DONE && stop_asked()) {
        return CLI_INTERRUPTED;
    }
    if (rc == CLI_DONE && r->count == 0) {
        return cli_fail_with(r->c, TANDEM_EPEER,
            _("no device was met yet and none was heard near: give the address "
              "that `tandem serve` shows on the other one"));
    }
    return rc;
}

static int
sync_named(struct cli *c, tandem_node *n)
{
    int worst = CLI_DONE;

    for (size_t i = 0; i < c->args.word_count && !stop_asked(); i++) {
        char address[320];
        int rc = address_of(c, c->args.words[i], address);

        if (rc == CLI_DONE) {
            rc = meet(c, n, address);
        }
        worst = worst == CLI_DONE ? rc : worst;
    }
    return worst;
}

static int
sync_all(struct cli *c, tandem_node *n)
{
    struct round *r;
    int rc;

    if (c->args.word_count > 0) {
        return sync_named(c, n);
    }
    r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return cli_fail_with(c, TANDEM_ENOMEM, _("out of memory"));
    }
    r->c = c;
    r->node = n;
    rc = sync_round(r);
    free(r);
    return rc;
}

int
verb_sync(struct cli *c)
{
    tandem_node_opts o = TANDEM_NODE_OPTS_INIT;
    tandem_error e = cli_no_error(c);
    tandem_node *n = NULL;
    int rc = cli_open(c, CLI_EXISTING);

    if (rc != CLI_DONE) {
        return rc;
    }
    o.worker = 1;
    if (tandem_node_new(c->store, &o, &n, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    stop_catch(n);
    rc = sync_all(c, n);
    stop_catch(NULL);
    tandem_node_free(n);
    return rc != CLI_DONE ? rc : cli_done(c);
}
