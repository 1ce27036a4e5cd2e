// SPDX-License-Identifier: Apache-2.0
// verb_sync.c - serve, sync.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "endpoint.h"
#include "exchange.h"
#include "stop.h"
#include "verbs.h"

enum { STEP_MS = 250, ADDRESSES_MAX = 256 };

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

static int
until_option(const struct cli *c, uint64_t *until_ms)
{
    const char *text = args_option(&c->args, "for");
    uint64_t ms;

    *until_ms = 0;
    if (text == NULL) {
        return CLI_DONE;
    }
    if (!stop_duration(text, &ms)) {
        return cli_bad_use(c, _("a duration is like 90s, 5m or 2h"));
    }
    *until_ms = stop_mono_ms() + ms + 1;
    return CLI_DONE;
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
                sizeof(address), &e) != TANDEM_OK)) {
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

static int
sync_known(struct cli *c, tandem_node *n)
{
    json_t *all = peers_all(c);
    void *at = json_object_iter(all);
    int worst = CLI_DONE;
    size_t met = 0;

    for (; at != NULL && met < ADDRESSES_MAX && !stop_asked();
         at = json_object_iter_next(all, at)) {
        const char *address = json_string_value(json_object_iter_value(at));
        int rc = address != NULL ? meet(c, n, address) : CLI_DONE;

        met += address != NULL;
        worst = worst == CLI_DONE ? rc : worst;
    }
    json_decref(all);
    if (met == 0) {
        return cli_fail_with(c, TANDEM_EPEER,
            _("no device was met yet: give the address that `tandem serve` "
              "shows on the other one"));
    }
    return worst;
}

int
verb_sync(struct cli *c)
{
    tandem_node_opts o = TANDEM_NODE_OPTS_INIT;
    tandem_error e = cli_no_error(c);
    tandem_node *n = NULL;
    int rc = cli_open(c, CLI_EXISTING), worst = CLI_DONE;

    if (rc != CLI_DONE) {
        return rc;
    }
    o.worker = 1;
    if (tandem_node_new(c->store, &o, &n, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    stop_catch(n);
    if (c->args.word_count == 0) {
        worst = sync_known(c, n);
    }
    for (size_t i = 0; i < c->args.word_count && !stop_asked(); i++) {
        char address[320];

        rc = address_of(c, c->args.words[i], address);
        if (rc == CLI_DONE) {
            rc = meet(c, n, address);
        }
        worst = worst == CLI_DONE ? rc : worst;
    }
    stop_catch(NULL);
    tandem_node_free(n);
    return worst != CLI_DONE ? worst : cli_done(c);
}
