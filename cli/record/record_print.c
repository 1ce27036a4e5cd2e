// SPDX-License-Identifier: Apache-2.0
// record_print.c - one record as a person reads it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page/columns.h"
#include "record/record.h"

enum {
    GAP = 2,          // columns between two of a table
    MINUTE_WIDTH = 16 // of a moment up to its minute
};

static void
print_author(const struct cli *c, enum page to, tandem_id person,
    tandem_device_id device, int64_t wall_ms)
{
    char who[256], where[256], when[64];

    value_moment(c, wall_ms, when);
    page_print(to, "%s (%s), %s", cli_person_name(c, person, who),
        cli_device_name(c, device, where), when);
}

void
record_print_versions(const struct cli *c, const tandem_record *r,
    const tandem_field_info *f, const tandem_value *key, size_t from, bool talk)
{
    const enum page to = talk ? PAGE_TALK : PAGE_OUT;
    size_t n = tandem_record_versions(r, f->id, key);

    for (size_t i = from; i < n; i++) {
        tandem_field_version v;
        char *text;

        if (tandem_record_version(r, f->id, key, i, &v) != TANDEM_OK) {
            return;
        }
        text = record_value_text(c, &f->value, &v.value);
        page_print(to, "    %s  ", v.dot);
        page_flat(to, v.value.type == TANDEM_NONE ? _("(cleared)") : text);
        page_print(to, "  - ");
        free(text);
        print_author(c, to, v.person, v.device, v.wall_ms);
        if (v.why.len > 0) {
            page_print(to, "%s", _(": "));
            page_flat_bytes(to, v.why.ptr, v.why.len);
        }
        page_print(to, "\n");
    }
}

// What was written at the same time as a further state, or a stop: it stands in
// the record until somebody goes on from both.
static void
print_beaten(const struct cli *c, const tandem_record *r,
    const tandem_field_info *f, const tandem_value *key, size_t n)
{
    if (n > 1) {
        cli_print("%s\n", _("    written at the same time, and behind it:"));
        record_print_versions(c, r, f, key, 1, false);
    }
}

static void
print_register(
    const struct cli *c, const tandem_record *r, const tandem_field_info *f)
{
    size_t n = tandem_record_versions(r, f->id, NULL);
    tandem_field_version v;
    char *text;

    if (n == 0 || tandem_record_version(r, f->id, NULL, 0, &v) != TANDEM_OK ||
        (n == 1 && v.value.type == TANDEM_NONE)) {
        return;
    }
    if (record_disputed(r, f, NULL)) {
        cli_print(
            _("  %s: %zu values side by side\n"), term_of(c, f->fr, f->en), n);
        record_print_versions(c, r, f, NULL, 0, false);
        return;
    }
    text = record_value_text(c, &f->value, &v.value);
    cli_print(_("  %s: "), term_of(c, f->fr, f->en));
    page_flat(PAGE_OUT, text);
    cli_print("  - ");
    free(text);
    print_author(c, PAGE_OUT, v.person, v.device, v.wall_ms);
    if (v.why.len > 0) {
        cli_print(_(": "));
        page_flat_bytes(PAGE_OUT, v.why.ptr, v.why.len);
    }
    cli_print("\n");
    print_beaten(c, r, f, NULL, n);
}

static void
print_map_item(const struct cli *c, const tandem_record *r,
    const tandem_field_info *f, const tandem_value *key,
    const tandem_value *value)
{
    char *name = record_key_text(c, f, key, false);
    char *text = record_value_text(c, &f->value, value);
    size_t n = tandem_record_versions(r, f->id, key);
    bool disputed = record_disputed(r, f, key);

    cli_print("    ");
    page_flat(PAGE_OUT, name);
    cli_print(_(": "));
    page_flat(PAGE_OUT, disputed ? _("several values side by side") : text);
    cli_print("\n");
    free(name);
    free(text);
    if (disputed) {
        record_print_versions(c, r, f, key, 0, false);
    } else {
        print_beaten(c, r, f, key, n);
    }
}

static void
print_items(
    const struct cli *c, const tandem_record *r, const tandem_field_info *f)
{
    size_t n = tandem_record_items(r, f->id);
    tandem_value key, value;

    if (n == 0) {
        return;
    }
    cli_print(_("  %s:"), term_of(c, f->fr, f->en));
    cli_print("%s", f->merge == TANDEM_MERGE_MAP ? "\n" : " ");
    for (size_t i = 0; i < n; i++) {
        if (tandem_record_item(r, f->id, i, &key, &value) != TANDEM_OK) {
            continue;
        }
        if (f->merge == TANDEM_MERGE_MAP) {
            print_map_item(c, r, f, &key, &value);
        } else {
            char *text = record_value_text(c, &f->value, &key);

            cli_print("%s", i > 0 ? " | " : "");
            page_flat(PAGE_OUT, text);
            free(text);
        }
    }
    if (f->merge != TANDEM_MERGE_MAP) {
        cli_print("\n");
    }
}

// Elements with their places, one a line.
static void
print_list(
    const struct cli *c, const tandem_record *r, const tandem_field_info *f)
{
    size_t n = tandem_record_items(r, f->id);
    tandem_value v;

    if (n > 0) {
        cli_print(_("  %s:"), term_of(c, f->fr, f->en));
        cli_print("\n");
    }
    for (size_t i = 0; i < n; i++) {
        if (tandem_record_item(r, f->id, i, &v, NULL) == TANDEM_OK) {
            char *text = record_value_text(c, &f->value, &v);

            cli_print("    %zu. ", i + 1);
            page_flat(PAGE_OUT, text);
            cli_print("\n");
            free(text);
        }
    }
}

static void
print_log(
    const struct cli *c, const tandem_record *r, const tandem_field_info *f)
{
    tandem_field_version v;

    if (tandem_record_items(r, f->id) > 0) {
        cli_print(_("  %s:"), term_of(c, f->fr, f->en));
        cli_print("\n");
    }
    for (size_t i = 0; tandem_record_line(r, f->id, i, &v) == TANDEM_OK; i++) {
        char *text = record_value_text(c, &f->value, &v.value);

        cli_print("    ");
        page_flat(PAGE_OUT, text);
        cli_print("  - ");
        free(text);
        print_author(c, PAGE_OUT, v.person, v.device, v.wall_ms);
        if (v.why.len > 0) {
            cli_print(_(": "));
            page_flat_bytes(PAGE_OUT, v.why.ptr, v.why.len);
        }
        cli_print("\n");
    }
}

// A text stands indented, whole, its lines as they were written.
static void
print_text(
    const struct cli *c, const tandem_record *r, const tandem_field_info *f)
{
    tandem_value v;

    if (tandem_record_get(r, f->id, &v) != TANDEM_OK || v.type != TANDEM_STR ||
        v.u.s.len == 0) {
        return;
    }
    cli_print(_("  %s:"), term_of(c, f->fr, f->en));
    cli_print("\n");
    page_text((const char *)v.u.s.ptr, v.u.s.len, 4);
}

static void
print_field(
    const struct cli *c, const tandem_record *r, const tandem_field_info *f)
{
    tandem_value v;

    switch (f->merge) {
    case TANDEM_MERGE_VIS:
    case TANDEM_MERGE_QUIET:
    case TANDEM_MERGE_ONCE:
    case TANDEM_MERGE_STATE:
        print_register(c, r, f);
        return;
    case TANDEM_MERGE_SET:
    case TANDEM_MERGE_MAP:
        print_items(c, r, f);
        return;
    case TANDEM_MERGE_TEXT:
        print_text(c, r, f);
        return;
    case TANDEM_MERGE_COUNTER:
        if (tandem_record_get(r, f->id, &v) == TANDEM_OK &&
            v.type == TANDEM_INT) {
            cli_print(
                _("  %s: %lld\n"), term_of(c, f->fr, f->en), (long long)v.u.i);
        }
        return;
    case TANDEM_MERGE_LIST:
        print_list(c, r, f);
        return;
    case TANDEM_MERGE_LOG:
        print_log(c, r, f);
        return;
    case TANDEM_MERGE_UNKNOWN:
    case TANDEM_MERGE_DERIVED:
        return;
    }
}

static void
print_heading(const struct cli *c, const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    char id[37], code[64], sector[256];
    char *title = record_title(c, r);

    tandem_id_text(tandem_record_id(r), id);
    cli_print("%s  %s  ",
        k != NULL ? term_of(c, k->fr, k->en) : _("unknown kind"),
        record_code(r, code) ? code : "-");
    page_flat(PAGE_OUT, title);
    cli_print("  %s\n  %s\n",
        cli_sector_name(c, tandem_record_sector(r), sector), id);
    free(title);
}

void
record_print(const struct cli *c, const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    tandem_origin at;

    print_heading(c, r);
    for (size_t i = 0; k != NULL && i < k->field_count; i++) {
        print_field(c, r, &k->fields[i]);
    }
    if (tandem_record_deleted(r) == TANDEM_TRASHED) {
        cli_print(_("  In the bin; `tandem restore` takes it out.\n"));
    } else if (tandem_record_deleted(r) == TANDEM_DISPUTED) {
        cli_print(_("  Deleted by one, changed by another: settle it with "
                    "`tandem delete` or `tandem restore`.\n"));
    }
    tandem_record_created(r, &at);
    cli_print(_("  Created by "));
    print_author(c, PAGE_OUT, at.person, at.device, at.wall_ms);
    tandem_record_changed(r, &at);
    cli_print(_("\n  Changed by "));
    print_author(c, PAGE_OUT, at.person, at.device, at.wall_ms);
    cli_print("\n  seen\n");
    cli_print_whole("%s\n", tandem_record_seen(r));
}

// In the columns that a line of a table leaves to both: the sector has a third
// of them at most, the title the rest.
static void
print_title(const struct cli *c, const tandem_record *r, size_t width)
{
    char *title = record_title(c, r);
    const char *shown = title == NULL ? "" : title[0] == '\0' ? "-" : title;
    char sector[256];
    size_t columns;

    (void)cli_sector_name(c, tandem_record_sector(r), sector);
    columns = columns_of(sector);
    columns = columns > width / 3 ? width / 3 : columns;
    page_cut(shown, width > columns + GAP ? width - columns - GAP : 0);
    cli_print("  ");
    page_cut(sector, columns);
    free(title);
}

void
record_print_line(const struct cli *c, const tandem_record *r)
{
    char code[64], when[64], marks[128];
    tandem_origin at;
    tandem_conflict x;
    size_t taken;

    if (!record_code(r, code)) {
        record_short_id(c, tandem_record_id(r), code);
    }
    tandem_record_changed(r, &at);
    value_moment(c, at.wall_ms, when);
    // Every line is of this device's own clock: its offset says nothing here.
    when[strnlen(when, MINUTE_WIDTH)] = '\0';
    (void)snprintf(marks, sizeof(marks), "%s%s",
        tandem_record_conflict(r, 0, &x) == TANDEM_OK ? _("  CONFLICT") : "",
        tandem_record_deleted(r) == TANDEM_TRASHED ? _("  in the bin") : "");
    cli_print("%s  ", code);
    taken = GAP + columns_of(when) + columns_of(marks);
    print_title(c, r, page_left() > taken ? page_left() - taken : 0);
    cli_print("  %s%s\n", when, marks);
}
