// SPDX-License-Identifier: Apache-2.0
// exchange.c - how far a session is, and what it has to say at its end.
#include "peer/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/stop.h"
#include "record/record.h"

static json_t *
kinds_json(const struct cli *c, const tandem_event *ev, bool sent)
{
    json_t *o = json_object();

    for (size_t i = 0; i < ev->kind_count; i++) {
        uint64_t n = sent ? ev->kinds[i].sent : ev->kinds[i].received;

        if (n > 0) {
            (void)json_object_set_new(o, cli_kind_id(c, ev->kinds[i].kind),
                json_integer((json_int_t)n));
        }
    }
    return o;
}

static void
count(json_t *o, const char *name, uint64_t n)
{
    (void)json_object_set_new(o, name, json_integer((json_int_t)n));
}

static json_t *
root_json(const tandem_report *r)
{
    char text[2 * sizeof(r->root) + 1];

    for (size_t i = 0; i < sizeof(r->root); i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", r->root[i]);
    }
    return json_string(text);
}

// By their codes; "there": by the other side, whatever it says at home.
static json_t *
apart_json(const tandem_report *r)
{
    json_t *o = json_object();

    count(o, "EFORK", r->apart_forked);
    count(o, "ELIMIT", r->apart_limit);
    count(o, "ECORRUPT", r->apart_damaged);
    count(o, "there", r->apart_there);
    return o;
}

static json_t *
report_json(const struct cli *c, const tandem_event *ev, uint64_t took_ms)
{
    const tandem_report *r = &ev->report;
    json_t *o = json_object();
    char name[256];

    (void)json_object_set_new(o, "peer", cli_json_device(ev->peer));
    (void)json_object_set_new(
        o, "name", cli_json_text(cli_device_name(c, ev->peer, name)));
    (void)json_object_set_new(o, "state",
        json_string(r->state == TANDEM_SESSION_DONE ? "done" : "failed"));
    (void)json_object_set_new(o, "incoming", json_boolean(ev->incoming));
    (void)json_object_set_new(o, "sent", kinds_json(c, ev, true));
    (void)json_object_set_new(o, "received", kinds_json(c, ev, false));
    count(o, "commits_sent", r->commits_sent);
    count(o, "commits_received", r->commits_received);
    count(o, "changes_sent", r->changes_sent);
    count(o, "changes_received", r->changes_received);
    count(o, "control_received", r->control_received);
    count(o, "changed", r->records_changed);
    count(o, "conflicts", r->conflicts);
    count(o, "forks", r->forks);
    (void)json_object_set_new(o, "apart", apart_json(r));
    count(o, "missing", r->missing);
    count(o, "waiting", r->waiting);
    count(o, "bytes_out", r->bytes_out);
    count(o, "bytes_in", r->bytes_in);
    count(o, "round_trips", r->round_trips);
    (void)json_object_set_new(
        o, "seconds", json_real((double)took_ms / 1000.0));
    (void)json_object_set_new(o, "receipt", json_boolean(r->receipt));
    (void)json_object_set_new(o, "equal", json_boolean(r->equal));
    (void)json_object_set_new(o, "root", root_json(r));
    if (r->state == TANDEM_SESSION_FAILED) {
        (void)json_object_set_new(o, "error", cli_error_json(&r->error));
    }
    return o;
}

// Numbers of records by kind, of those that came, or went, or both, malloc'ed;
// "" when there are none. NULL: no memory.
static char *
kinds_text(const struct cli *c, const tandem_event *ev, bool sent, bool came)
{
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);
    const char *between = "";

    for (size_t i = 0; to != NULL && i < ev->kind_count; i++) {
        const uint64_t n =
            (sent ? ev->kinds[i].sent : 0) + (came ? ev->kinds[i].received : 0);
        const tandem_kind_info *k =
            tandem_schema_kind_find(c->schema, ev->kinds[i].kind);

        if (n > 0) {
            (void)fprintf(to, "%s%llu %s", between, (unsigned long long)n,
                k != NULL ? term_of(c, k->fr, k->en) : ev->kinds[i].kind);
            between = ", ";
        }
    }
    if (to == NULL || fclose(to) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

void
exchange_progress(const struct cli *c, tandem_node *n)
{
    size_t len = 0;
    char *text = NULL;
    FILE *to =
        c->json || !page_has_progress() ? NULL : open_memstream(&text, &len);
    tandem_event x;

    if (to == NULL) {
        return;
    }
    for (size_t i = 0; tandem_node_progress(n, i, &x) == TANDEM_OK; i++) {
        char *kinds = kinds_text(c, &x, true, true), name[256];

        if (kinds != NULL && kinds[0] != '\0') {
            (void)fprintf(to, "%s%s%s%s", ftell(to) > 0 ? "  " : "",
                cli_device_name(c, x.peer, name), _(": "), kinds);
        }
        free(kinds);
    }
    if (fclose(to) == 0 && len > 0) {
        page_progress(text);
    }
    free(text);
}

static void
print_kinds(const struct cli *c, const tandem_event *ev, bool sent)
{
    char *text = kinds_text(c, ev, sent, !sent);

    cli_print("%s", text == NULL      ? _("out of memory")
                    : text[0] != '\0' ? text
                                      : _("nothing"));
    free(text);
}

static uint64_t
apart_here(const tandem_report *r)
{
    return r->apart_forked + r->apart_limit + r->apart_damaged;
}

static void
print_apart(const tandem_report *r)
{
    if (r->apart_forked > 0) {
        cli_say(ngettext("%lu log was set apart: a device wrote it over more "
                         "often than is kept (EFORK)",
                    "%lu logs were set apart: a device wrote them over more "
                    "often than is kept (EFORK)",
                    (unsigned long)r->apart_forked),
            (unsigned long)r->apart_forked);
    }
    if (r->apart_limit > 0) {
        cli_say(ngettext("%lu log was set apart: its device has too many of "
                         "them, or the list of members and rights is full "
                         "(ELIMIT)",
                    "%lu logs were set apart: their device has too many of "
                    "them, or the list of members and rights is full "
                    "(ELIMIT)",
                    (unsigned long)r->apart_limit),
            (unsigned long)r->apart_limit);
    }
    if (r->apart_damaged > 0) {
        cli_say(ngettext("%lu log was set apart: it cannot be read here "
                         "(ECORRUPT); see: tandem verify",
                    "%lu logs were set apart: they cannot be read here "
                    "(ECORRUPT); see: tandem verify",
                    (unsigned long)r->apart_damaged),
            (unsigned long)r->apart_damaged);
    }
    if (r->apart_there > 0) {
        cli_say(ngettext("%lu log was set apart by the other side",
                    "%lu logs were set apart by the other side",
                    (unsigned long)r->apart_there),
            (unsigned long)r->apart_there);
    }
}

// Who, and what moved, seen from here; then the sentence, which is the same
// on both sides because all it counts is.
static void
print_done(const struct cli *c, const tandem_event *ev)
{
    const tandem_report *r = &ev->report;
    char name[256];
    unsigned long moved =
        (unsigned long)(r->changes_sent + r->changes_received);

    cli_print("%s: ", cli_device_name(c, ev->peer, name));
    cli_print("%s", _("sent "));
    print_kinds(c, ev, true);
    cli_print("%s", _("; received "));
    print_kinds(c, ev, false);
    cli_print(".\n");
    if (moved == 0 && apart_here(r) + r->apart_there > 0) {
        cli_print("%s\n", _("Done. There was nothing else to exchange."));
    } else if (moved == 0) {
        cli_print("%s\n", _("Done. Both sides held the same already."));
    } else {
        cli_print(
            ngettext("Done. %lu change exchanged, safe on both "
                     "sides.\n",
                "Done. %lu changes exchanged, safe on both sides.\n", moved),
            moved);
    }
    if (r->conflicts > 0) {
        cli_say(ngettext("%lu record holds values side by side; see: tandem "
                         "conflicts",
                    "%lu records hold values side by side; see: tandem "
                    "conflicts",
                    (unsigned long)r->conflicts),
            (unsigned long)r->conflicts);
    }
    if (r->forks > 0) {
        cli_say("%s", _("A device that was copied or restored wrote twice; "
                        "both sides of it are kept."));
    }
    print_apart(r);
    if (r->waiting + r->missing > 0) {
        cli_say(_("%lu entries wait; see: tandem waiting"),
            (unsigned long)(r->waiting + r->missing));
    }
}

static int
print_failed(const struct cli *c, const tandem_event *ev)
{
    const tandem_report *r = &ev->report;
    tandem_error e = r->error;
    char name[256], clock[16] = "";
    time_t now = time(NULL);
    struct tm tm;

    if (e.code == TANDEM_ECUT) {
        if (localtime_r(&now, &tm) != NULL) {
            (void)snprintf(
                clock, sizeof(clock), "%02d:%02d", tm.tm_hour, tm.tm_min);
        }
        (void)cli_error(&e, TANDEM_ECUT,
            _("%s: cut at %s. %llu changes received are safe on both sides; of "
              "%llu sent, what arrived is safe too. Run it again: it goes on "
              "from there."),
            cli_device_name(c, ev->peer, name), clock,
            (unsigned long long)r->changes_received,
            (unsigned long long)r->changes_sent);
    }
    return cli_fail(c, &e);
}

int
exchange_print(struct cli *c, const tandem_event *ev, uint64_t took_ms)
{
    const tandem_report *r = &ev->report;
    int rc = CLI_DONE;

    // Packs may have come with it; without a new schema the old one serves.
    (void)cli_schema(c);
    c->look = c->look || r->conflicts + r->waiting + r->missing > 0 ||
              apart_here(r) > 0;
    c->nothing = r->equal;
    if (c->json) {
        cli_json_line(report_json(c, ev, took_ms));
    }
    if (r->state == TANDEM_SESSION_FAILED) {
        rc = print_failed(c, ev);
    } else if (!c->json) {
        print_done(c, ev);
    }
    (void)fflush(stdout);
    return rc;
}

void
exchange_linger(tandem_node *n)
{
    uint64_t until = stop_mono_ms() + 200;
    tandem_event ev;
    bool more = false;

    while (stop_mono_ms() < until) {
        if (tandem_node_step(n, 20, &ev, &more, NULL) != TANDEM_OK) {
            return;
        }
    }
}
