// SPDX-License-Identifier: Apache-2.0
// look.c - digest, status, waiting, watch.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/stop.h"
#include "export/audit.h"
#include "record/reason.h"
#include "record/value.h"
#include "words/verbs.h"

int
verb_digest(struct cli *c)
{
    const char *sector = args_option(&c->args, "sector");
    tandem_error e = cli_no_error(c);
    tandem_device_id sum; // 32 bytes, printed like an id
    uint64_t records = 0;
    char text[65];
    tandem_id id;
    int rc = cli_open(c, CLI_EXISTING);

    if (rc == CLI_DONE && sector != NULL) {
        rc = cli_sector(c, sector, &id);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    if (tandem_digest(c->store, sector != NULL ? &id : NULL, sum.b, &records,
            &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    tandem_device_text(sum, text);
    if (c->json) {
        json_t *line = json_pack(
            "{s:s,s:I}", "digest", text, "records", (json_int_t)records);

        if (sector != NULL) {
            (void)json_object_set_new(line, "sector", cli_json_text(sector));
        }
        cli_json_line(line);
    } else {
        cli_print(_("%s  %llu records\n"), text, (unsigned long long)records);
    }
    return CLI_DONE;
}

// ------------------------------------------------------------------- status

static json_t *
sectors_json(const struct cli *c)
{
    json_t *list = json_array();
    tandem_sector s;

    for (size_t i = 0; tandem_sector_at(c->store, i, &s, NULL) == TANDEM_OK;
         i++) {
        (void)json_array_append_new(list,
            json_pack("{s:o,s:o,s:s,s:I,s:I,s:b}", "sector", cli_json_id(s.id),
                "name", cli_json_text(s.name), "right",
                tandem_right_id(s.right), "devices", (json_int_t)s.devices,
                "epochs", (json_int_t)s.epochs, "readable", (int)s.key));
    }
    return list;
}

static json_t *
devices_json(const struct cli *c)
{
    json_t *list = json_array();
    tandem_device d;

    for (size_t i = 0; tandem_device_at(c->store, i, &d, NULL) == TANDEM_OK;
         i++) {
        (void)json_array_append_new(
            list, json_pack("{s:o,s:o,s:b,s:s,s:I,s:o,s:o}", "device",
                      cli_json_device(d.id), "name", cli_json_text(d.name),
                      "self", (int)d.self, "right", tandem_right_id(d.right),
                      "sectors", (json_int_t)d.grants, "enrolled",
                      value_moment_json(d.enrolled_ms), "last_sync",
                      value_moment_json(d.last_sync_ms)));
    }
    return list;
}

static void
stat_json(json_t *o, const char *name, uint64_t n)
{
    (void)json_object_set_new(o, name, json_integer((json_int_t)n));
}

static void
status_json(
    const struct cli *c, const tandem_workspace *w, const tandem_stats *st)
{
    json_t *o = json_object();
    tandem_device_id workspace;
    tandem_id me = tandem_me(c->store);
    char name[256];

    memcpy(workspace.b, w->id, sizeof(workspace.b));
    (void)json_object_set_new(o, "workspace", cli_json_device(workspace));
    (void)json_object_set_new(o, "name", cli_json_text(w->name));
    (void)json_object_set_new(o, "device", cli_json_device(w->device));
    (void)json_object_set_new(o, "device_name", cli_json_text(w->device_name));
    (void)json_object_set_new(
        o, "person", cli_json_text(cli_person_name(c, me, name)));
    (void)json_object_set_new(o, "store", cli_json_text(c->dir));
    (void)json_object_set_new(o, "sectors", sectors_json(c));
    (void)json_object_set_new(o, "devices", devices_json(c));
    stat_json(o, "records", st->records);
    stat_json(o, "trashed", st->trashed);
    stat_json(o, "conflicts", st->conflicts);
    stat_json(o, "changes", st->changes);
    stat_json(o, "commits", st->commits);
    stat_json(o, "logs", st->logs);
    stat_json(o, "forks", st->forks);
    stat_json(o, "waiting", st->waiting);
    stat_json(o, "missing", st->missing);
    stat_json(o, "quarantined", st->quarantined);
    stat_json(o, "audited", audit_count(c));
    stat_json(o, "bytes_on_disk", st->bytes_on_disk);
    stat_json(o, "lsn", st->lsn);
    cli_json_line(o);
}

static void
print_devices(const struct cli *c)
{
    tandem_device d;
    char when[64], text[65];

    for (size_t i = 0; tandem_device_at(c->store, i, &d, NULL) == TANDEM_OK;
         i++) {
        tandem_device_text(d.id, text);
        text[16] = '\0';
        value_moment(c, d.last_sync_ms, when);
        cli_print("  %s  %s  %s  ", text, d.name,
            tandem_right_text(d.right, c->lang));
        if (d.self) {
            cli_print("%s\n", _("this device"));
        } else if (d.last_sync_ms == 0) {
            cli_print("%s\n", _("never met"));
        } else {
            cli_print(_("last met %s\n"), when);
        }
    }
}

static void
status_print(
    const struct cli *c, const tandem_workspace *w, const tandem_stats *st)
{
    const size_t audited = audit_count(c);
    char name[256];
    tandem_sector s;

    cli_print(_("Workspace %s, device %s, typing: %s\n"), w->name,
        w->device_name, cli_person_name(c, tandem_me(c->store), name));
    cli_print("%s\n", _("Sectors:"));
    for (size_t i = 0; tandem_sector_at(c->store, i, &s, NULL) == TANDEM_OK;
         i++) {
        cli_print("  %s  %s%s\n", s.name, tandem_right_text(s.right, c->lang),
            s.key ? "" : _("  (not readable yet)"));
    }
    cli_print("%s\n", _("Devices:"));
    print_devices(c);
    cli_print(_("Records: %llu, in the bin: %llu, with values side by "
                "side: %llu\n"),
        (unsigned long long)st->records, (unsigned long long)st->trashed,
        (unsigned long long)st->conflicts);
    cli_print(_("Waiting: %llu, missing: %llu, quarantined: %llu\n"),
        (unsigned long long)st->waiting, (unsigned long long)st->missing,
        (unsigned long long)st->quarantined);
    if (st->forks > 0) {
        cli_print(_("Logs written twice, by a copied or restored device: %llu "
                    "(both branches are held)\n"),
            (unsigned long long)st->forks);
    }
    if (audited > 0) {
        cli_print(_("Read, printed, written out or refused in twelve months: "
                    "%zu (tandem audit)\n"),
            audited);
    }
    cli_print_whole(_("On disk: %llu bytes in %s\n"),
        (unsigned long long)st->bytes_on_disk, c->dir);
}

int
verb_status(struct cli *c)
{
    tandem_error e = cli_no_error(c);
    tandem_workspace w;
    tandem_stats st;
    int rc = cli_open(c, CLI_EXISTING);

    if (rc != CLI_DONE) {
        return rc;
    }
    if (tandem_workspace_get(c->store, &w, &e) != TANDEM_OK ||
        tandem_store_stats(c->store, &st, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    if (!w.joined) {
        return cli_fail_with(c, TANDEM_EWORKSPACE,
            _("this store belongs to no workspace yet: tandem init or tandem "
              "join"));
    }
    c->look = st.conflicts + st.waiting + st.missing + st.quarantined > 0;
    if (c->json) {
        status_json(c, &w, &st);
    } else {
        status_print(c, &w, &st);
    }
    return cli_done(c);
}

// ------------------------------------------------------------------ waiting

static void
print_waiting(const struct cli *c, const tandem_waiting_entry *w)
{
    const struct reason *why = reason_of(w->reason);
    char sector[256], device[256], record[37];

    (void)cli_sector_name(c, w->sector, sector);
    (void)cli_device_name(c, w->device, device);
    if (c->json) {
        cli_json_line(json_pack("{s:s,s:o,s:o,s:o,s:o,s:I,s:I}", "reason",
            why->id, "sector", cli_json_text(sector), "record",
            cli_json_id(w->record), "device", cli_json_device(w->device),
            "name", cli_json_text(device), "seq", (json_int_t)w->seq, "index",
            (json_int_t)w->index));
        return;
    }
    tandem_id_text(w->record, record);
    cli_print("%s  %s  %" PRIu64 ".%u  %s  %s\n", sector, device, w->seq,
        (unsigned)w->index, tandem_id_is_none(w->record) ? "-" : record,
        _(why->sentence));
}

int
verb_waiting(struct cli *c)
{
    tandem_waiting_entry some[64];
    tandem_error e = cli_no_error(c);
    uint64_t at = 0;
    size_t n = 0, all = 0;
    int rc = cli_open(c, CLI_EXISTING);

    if (rc != CLI_DONE) {
        return rc;
    }
    do {
        if (tandem_waiting(c->store, &at, some, 64, &n, &e) != TANDEM_OK) {
            return cli_fail(c, &e);
        }
        for (size_t i = 0; i < n; i++) {
            print_waiting(c, &some[i]);
        }
        all += n;
    } while (n > 0);
    if (all == 0 && !c->json) {
        cli_say(_("Nothing waits."));
    }
    c->look = all > 0;
    c->nothing = all == 0;
    return cli_done(c);
}

// -------------------------------------------------------------------- watch

static void
print_change(const struct cli *c, const tandem_change *x)
{
    char sector[256];

    cli_json_line(
        json_pack("{s:I,s:o,s:s,s:o,s:o,s:b}", "number", (json_int_t)x->number,
            "record", cli_json_id(x->record), "kind", cli_kind_id(c, x->kind),
            "sector", cli_json_text(cli_sector_name(c, x->sector, sector)),
            "device", cli_json_device(x->device), "local", (int)x->local));
}

static int
watch_options(const struct cli *c, uint64_t *after, uint64_t *for_ms)
{
    const char *text = args_option(&c->args, "after");
    const char *duration = args_option(&c->args, "for");
    char *end = NULL;

    *after = 0;
    *for_ms = 0;
    if (duration != NULL && !stop_duration(duration, for_ms)) {
        return cli_bad_use(c, _("a duration is like 90s, 5m or 2h"));
    }
    if (text != NULL) {
        errno = 0;
        *after = strtoull(text, &end, 10);
        if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0) {
            return cli_bad_use(c, _("--after takes a number of the feed"));
        }
    }
    return CLI_DONE;
}

// Only this process can have the store open, so what it prints is what there
// is; --for keeps it open for those who read the feed from a pipe.
int
verb_watch(struct cli *c)
{
    static const struct timespec pause = {0, 200 * 1000 * 1000};
    tandem_change some[128];
    tandem_error e = cli_no_error(c);
    uint64_t after, for_ms, until;
    size_t n = 0;
    int rc = watch_options(c, &after, &for_ms);

    if (rc == CLI_DONE) {
        rc = cli_open(c, CLI_EXISTING);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    stop_catch(NULL);
    until = stop_mono_ms() + for_ms;
    for (;;) {
        if (tandem_feed_read(c->store, after, some, 128, &n, &e) != TANDEM_OK) {
            return cli_fail(c, &e);
        }
        for (size_t i = 0; i < n; i++) {
            print_change(c, &some[i]);
            after = some[i].number;
        }
        if (stop_asked()) {
            return CLI_INTERRUPTED;
        }
        if (n == 0) {
            if (stop_mono_ms() >= until) {
                return CLI_DONE;
            }
            (void)nanosleep(&pause, NULL);
        }
    }
}
