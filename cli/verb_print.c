// SPDX-License-Identifier: Apache-2.0
// verb_print.c - print: notices, contact sheets, tours, on paper.
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "file.h"
#include "print_record.h"
#include "record.h"
#include "report.h"
#include "verbs.h"

enum { EMPTY_ROWS = 12 }; // to be filled in by hand

// -------------------------------------------------------------------- notice

static void
put_blank(struct html *h, const char *label)
{
    html_element(h, "p", label);
    html_put(h, "<div class=\"blank\"></div>\n");
}

// What hangs on a door is read by neighbours: no name, no address, nothing of
// the household.
static int
put_notice(struct cli *c, struct html *h, const tandem_record *r)
{
    const char *call = args_option(&c->args, "call");

    html_element(h, "h1", _("We came by"));
    html_put(h, "<p class=\"big\">");
    html_text(h, _("Notice number: "));
    print_value(c, h, r, "number");
    html_put(h, "</p>\n<p>");
    html_text(h, _("Left on: "));
    print_value(c, h, r, "left_at");
    html_put(h, "</p>\n");
    if (tandem_record_items(r, "offers") > 0) {
        html_element(h, "h2", _("What we offer"));
        html_put(h, "<p>");
        print_value(c, h, r, "offers");
        html_put(h, "</p>\n");
    }
    html_element(h, "h2", _("To call us back"));
    if (call != NULL) {
        html_put(h, "<p class=\"big\" dir=\"auto\">");
        html_text(h, call);
        html_put(h, "</p>\n");
    } else {
        put_blank(h, _("Telephone and hours:"));
    }
    html_element(h, "p",
        _("Say the number of this notice. You need not answer: nothing is "
          "asked of you."));
    put_blank(h, _("When would suit you?"));
    return CLI_DONE;
}

// --------------------------------------------------------------------- sheet

// Paper has no key: who holds it is told what it is.
static void
put_warning(struct html *h)
{
    html_put(h, "<p class=\"note\">");
    html_text(h, _("Personal data, some of it sensitive: only for those who "
                   "follow these households. Do not leave it lying about; "
                   "destroy it when it is no longer needed."));
    html_put(h, "</p>\n");
}

static int
put_sheet(struct cli *c, struct html *h, const tandem_record *r)
{
    char sector[256], code[64];
    char *title = record_title(c, r);

    html_put(h, "<h1 dir=\"auto\">");
    html_say(h, "%s %s", record_code(r, code) ? code : "",
        title != NULL ? title : "");
    html_put(h, "</h1>\n");
    free(title);
    put_warning(h);
    html_put(h, "<p>");
    html_say(h, _("Sector: %s"),
        cli_sector_name(c, tandem_record_sector(r), sector));
    html_put(h, "</p>\n");
    print_fields(c, h, r);
    return CLI_DONE;
}

// ---------------------------------------------------------------------- tour

static const char *const door_fields[] = {
    "at", "dwelling", "door_key", "outcome", "notice"};
enum { DOOR_FIELDS = sizeof(door_fields) / sizeof(*door_fields) };

static void
put_door(const struct cli *c, struct html *h, const tandem_record *r)
{
    html_put(h, "<tr>");
    for (size_t i = 0; i < DOOR_FIELDS; i++) {
        html_put(h, i == 0 ? "<th scope=\"row\">" : "<td dir=\"auto\">");
        print_value(c, h, r, door_fields[i]);
        html_put(h, i == 0 ? "</th>" : "</td>");
    }
    html_put(h, "<td></td></tr>\n");
}

// The tour's encounters, page by page.
static tandem_err
put_doors_of(const struct cli *c, struct html *h, const tandem_record *r,
    tandem_error *e)
{
    const tandem_id sector = tandem_record_sector(r);
    tandem_query q = TANDEM_QUERY_INIT;
    uint8_t token[24];
    tandem_page *page;
    tandem_err err;

    q.kind = "fr.terrain/encounter";
    q.sector = &sector;
    q.field = "tour";
    q.value.type = TANDEM_REF;
    q.value.u.id = tandem_record_id(r);
    while ((err = tandem_find(c->store, &q, &page, e)) == TANDEM_OK) {
        const tandem_slice next = tandem_page_next(page);

        for (size_t i = 0; i < tandem_page_count(page); i++) {
            put_door(c, h, tandem_page_record(page, i));
        }
        if (next.len != 0) {
            memcpy(token, next.ptr, sizeof(token));
            q.after = (tandem_slice){token, sizeof(token)};
        }
        tandem_page_free(page);
        if (next.len == 0) {
            return TANDEM_OK;
        }
    }
    return err;
}

static int
put_doors(const struct cli *c, struct html *h, const tandem_record *r)
{
    const tandem_kind_info *k =
        tandem_schema_kind_find(c->schema, "fr.terrain/encounter");
    const char *heads[DOOR_FIELDS + 2] = {NULL};
    tandem_error e = cli_no_error(c);
    tandem_err err;

    for (size_t i = 0; k != NULL && i < DOOR_FIELDS; i++) {
        const tandem_field_info *f = tandem_kind_field(k, door_fields[i]);

        heads[i] = f != NULL ? term_of(c, f->fr, f->en) : door_fields[i];
    }
    heads[DOOR_FIELDS] = _("by hand");
    html_table(h, _("Doors of this tour"), heads);
    err = put_doors_of(c, h, r, &e);
    for (int i = 0; i < EMPTY_ROWS; i++) {
        html_put(h, "<tr><th scope=\"row\">&nbsp;</th><td></td><td></td>"
                    "<td></td><td></td><td></td></tr>\n");
    }
    html_table_end(h);
    return err != TANDEM_OK ? cli_fail(c, &e) : CLI_DONE;
}

static int
put_dues(struct cli *c, struct html *h, tandem_id sector)
{
    const char *const heads[] = {_("when"), _("what"), _("who"), NULL};
    char when[40], who[256];
    struct day d;
    int rc = day_open(c, NO_DAY, &sector, &d);

    if (rc != CLI_DONE) {
        return rc;
    }
    html_table(h, _("What is due in the sector"), heads);
    for (size_t i = 0; i < d.dues.count; i++) {
        const struct due *x = &d.dues.at[i];
        const struct due_name *name = due_name(x->kind);

        if (x->day <= d.view->today && !x->stopped) {
            day_words(c, &d, x, when, who);
            html_row(h, when);
            html_element(h, "td", term_of(c, name->fr, name->en));
            html_element(h, "td", who);
            html_put(h, "</tr>\n");
        }
    }
    html_table_end(h);
    day_close(&d);
    return CLI_DONE;
}

static int
put_tour(struct cli *c, struct html *h, const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    char sector[256];
    int rc;

    html_put(h, "<h1>");
    html_say(h, "%s, ", term_of(c, k->fr, k->en));
    print_value(c, h, r, "day");
    html_put(h, "</h1>\n");
    put_warning(h);
    html_put(h, "<p>");
    html_say(h, _("Sector: %s"),
        cli_sector_name(c, tandem_record_sector(r), sector));
    html_put(h, "</p>\n<p dir=\"auto\">");
    print_value(c, h, r, "streets");
    html_put(h, "</p>\n");
    rc = put_doors(c, h, r);
    return rc == CLI_DONE ? put_dues(c, h, tandem_record_sector(r)) : rc;
}

// --------------------------------------------------------------------- print

struct printable {
    const char *word, *kind;
    int (*put)(struct cli *c, struct html *h, const tandem_record *r);
};

static const struct printable *
find_printable(const char *word)
{
    static const struct printable all[] = {
        {"notice", "visit_notice", put_notice},
        {"sheet", "contact", put_sheet},
        {"tour", "tour", put_tour},
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        if (strcmp(all[i].word, word) == 0) {
            return &all[i];
        }
    }
    return NULL;
}

static int
put_record(
    struct cli *c, struct html *h, const struct printable *p, const char *text)
{
    tandem_error e = cli_no_error(c);
    tandem_record *r = NULL;
    tandem_id id;
    int rc = cli_record(c, text, &id);

    if (rc == CLI_DONE &&
        tandem_record_open(c->store, id, &r, &e) != TANDEM_OK) {
        rc = cli_fail(c, &e);
    }
    if (rc == CLI_DONE) {
        rc = cli_kind_known(c, r);
    }
    if (rc == CLI_DONE && strcmp(tandem_record_kind(r)->id, p->kind) != 0) {
        rc = cli_fail_with(c, TANDEM_EKIND,
            _("%s is no %s, and is not printed as one"), text, p->kind);
    }
    if (rc == CLI_DONE && tandem_record_deleted(r) == TANDEM_TRASHED) {
        rc = cli_fail_with(c, TANDEM_EVALUE, _("%s is in the bin"), text);
    }
    if (rc == CLI_DONE) {
        html_put(h, "<article class=\"leaf\">\n");
        rc = p->put(c, h, r);
        html_put(h, "</article>\n");
    }
    tandem_record_free(r);
    return rc;
}

static int
print_all(struct cli *c, const struct printable *p, const char *path)
{
    struct html h;
    int rc = CLI_DONE;

    html_begin(&h, term_of(c, "fr", "en"), _("To be printed"));
    for (size_t i = 1; rc == CLI_DONE && i < c->args.word_count; i++) {
        rc = put_record(c, &h, p, c->args.words[i]);
    }
    if (!html_end(&h) && rc == CLI_DONE) {
        rc = cli_fail_with(c, TANDEM_ENOMEM, "%s", _("out of memory"));
    }
    if (rc == CLI_DONE) {
        rc = file_write(
            c, path, (tandem_slice){(const uint8_t *)h.text, h.len}, 0600);
    }
    html_free(&h);
    return rc == CLI_DONE ? cli_done(c) : rc;
}

int
verb_print(struct cli *c)
{
    const struct printable *p = find_printable(c->args.words[0]);
    const char *path = args_option(&c->args, "out");
    int rc;

    if (p == NULL) {
        return cli_bad_use(c, _("print notice, sheet or tour"));
    }
    if (path == NULL) {
        return cli_bad_use(c, _("say where to write the page: -o FILE"));
    }
    rc = cli_open(c, CLI_EXISTING);
    return rc == CLI_DONE ? print_all(c, p, path) : rc;
}
