// SPDX-License-Identifier: Apache-2.0
// print.c - print: notices, contact sheets, tours, on paper.
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "export/audit.h"
#include "export/print_record.h"
#include "export/print_tour.h"
#include "record/record.h"
#include "words/verbs.h"

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

static int
put_sheet(struct cli *c, struct html *h, const tandem_record *r)
{
    char sector[256], name[RECORD_NAME];

    html_put(h, "<h1 dir=\"auto\">");
    record_name(c, r, name);
    html_text(h, name);
    html_put(h, "</h1>\n");
    print_warning(h);
    html_put(h, "<p>");
    html_say(h, _("Sector: %s"),
        cli_sector_name(c, tandem_record_sector(r), sector));
    html_put(h, "</p>\n");
    print_fields(c, h, r);
    return CLI_DONE;
}

// --------------------------------------------------------------------- print

struct printable {
    const char *word, *kind;
    int (*put)(struct cli *c, struct html *h, const tandem_record *r);
    bool identity, notes; // has it fields of class P2, P3?
};

static const struct printable *
find_printable(const char *word)
{
    static const struct printable all[] = {
        {"notice", "visit_notice", put_notice, false, false},
        {"sheet", "contact", put_sheet, true, true},
        {"tour", "tour", print_tour, true, false},
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        if (strcmp(all[i].word, word) == 0) {
            return &all[i];
        }
    }
    return NULL;
}

// `print tour FIVES`: a sector is asked for by its name.
static bool
is_sector(const struct cli *c, const char *text, tandem_id *out)
{
    return tandem_sector_find(c->store, text, out, NULL) == TANDEM_OK;
}

// Before it is printed: what could not be kept account of is not.
static int
note_print(const struct cli *c, const struct printable *p, tandem_id record,
    tandem_id sector)
{
    return p->identity || p->notes
               ? audit_note(c, &(struct audit){.what = AUDIT_PRINT,
                                   .record = record,
                                   .how = p->word,
                                   .kind = p->kind,
                                   .sector = &sector,
                                   .identity = p->identity,
                                   .notes = p->notes})
               : CLI_DONE;
}

static int
put_record(
    struct cli *c, struct html *h, const struct printable *p, const char *text)
{
    tandem_error e = cli_no_error(c);
    tandem_record *r = NULL;
    tandem_id id;
    int rc;

    if (p->put == print_tour && is_sector(c, text, &id)) {
        rc = note_print(c, p, (tandem_id){{0}}, id);
        if (rc == CLI_DONE) {
            html_put(h, "<article class=\"leaf\">\n");
            rc = print_sector_tour(c, h, id);
            html_put(h, "</article>\n");
        }
        return rc;
    }
    rc = cli_record(c, text, &id);
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
        rc = note_print(c, p, id, tandem_record_sector(r));
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
        rc = file_write_own(
            c, path, (tandem_slice){(const uint8_t *)h.text, h.len});
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
