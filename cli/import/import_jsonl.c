// SPDX-License-Identifier: Apache-2.0
// import_jsonl.c - an export in JSON Lines, taken in again.
//
// A record that is held here under its id is compared; any other is made with
// its id in the export as its import key, so that the same file twice changes
// nothing, and what refers to it finds it. Who wrote a value in the other store
// stays in the file: here it is the one who takes it in.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/stop.h"
#include "import/import.h"

struct reading {
    struct import *m;
    FILE *file;
    char *text; // the line
    size_t room;
    uint64_t line;
    bool has_sector; // --sector: for all but what is common
    tandem_id sector;
};

enum got { GOT_LINE, GOT_LONG, GOT_END, GOT_FAILED, GOT_NO_MEMORY };

// One line without its end. GOT_LONG: passed over.
static enum got
next_line(struct reading *g, size_t *len)
{
    size_t n = 0;
    int ch;

    g->line++;
    while ((ch = getc(g->file)) != EOF && ch != '\n') {
        if (n <= LINE_BYTES_MAX && n + 1 >= g->room) {
            size_t room = g->room > 0 ? 2 * g->room : 4096;
            char *grown = realloc(g->text, room);

            if (grown == NULL) {
                return GOT_NO_MEMORY;
            }
            g->text = grown;
            g->room = room;
        }
        if (n <= LINE_BYTES_MAX) {
            g->text[n++] = (char)ch;
        }
    }
    if (ferror(g->file)) {
        return GOT_FAILED;
    }
    if (ch == EOF && n == 0) {
        return GOT_END;
    }
    if (n > 0 && n <= LINE_BYTES_MAX && g->text[n - 1] == '\r') {
        n--;
    }
    if (g->text != NULL) {
        g->text[n <= LINE_BYTES_MAX ? n : 0] = '\0';
    }
    *len = n;
    return n > LINE_BYTES_MAX ? GOT_LONG : GOT_LINE;
}

static tandem_err
line_fault(enum line_result got, const struct line *l, tandem_error *e)
{
    switch (got) {
    case LINE_NO_JSON:
        return cli_error(
            e, TANDEM_ECORRUPT, _("the line is no JSON: %s"), l->fault);
    case LINE_NO_RECORD:
        return cli_error(e, TANDEM_ECORRUPT,
            _("the line is no record of an export (record, kind, sector, "
              "fields)"));
    case LINE_NO_KIND:
        return cli_error(
            e, TANDEM_EKIND, _("there is no kind \"%s\" here"), l->fault);
    case LINE_NO_FIELD:
        return cli_error(e, TANDEM_EKIND,
            _("%s has no field \"%s\"; see: tandem kinds %s"), l->kind->id,
            l->fault, l->kind->id);
    case LINE_BAD_VALUE:
        return cli_error(
            e, TANDEM_EVALUE, _("%s: not a value of this field"), l->fault);
    case LINE_NO_MEMORY:
        return cli_error(e, TANDEM_ENOMEM, _("out of memory"));
    case LINE_RECORD:
        break;
    }
    return TANDEM_OK;
}

static tandem_err
sector_of(const struct reading *g, const struct line *l, tandem_id *out,
    tandem_error *e)
{
    if (g->has_sector && strcmp(l->sector, "common") != 0) {
        *out = g->sector;
        return TANDEM_OK;
    }
    return import_sector_named(g->m->c, l->sector, out)
               ? TANDEM_OK
               : cli_error(e, TANDEM_ENOTFOUND,
                     _("there is no sector \"%s\" here; --sector S takes all "
                       "into one"),
                     l->sector);
}

// What comes next is of this kind and sector: a commit is of one sector.
static int
turn_to(struct import *m, const tandem_kind_info *k, tandem_id sector)
{
    int rc = m->kind == k && tandem_id_equal(m->sector, sector)
                 ? CLI_DONE
                 : import_flush(m);

    m->kind = k;
    m->sector = sector;
    (void)snprintf(m->kind_name, sizeof(m->kind_name), "%s/%s", k->pack, k->id);
    return rc;
}

// First reading: the ids that will come, for references to later lines.
static int
expect_line(struct reading *g, struct line *l, enum line_result got)
{
    tandem_error e = cli_no_error(g->m->c); // the second reading says it
    tandem_id sector;

    if (got == LINE_RECORD && sector_of(g, l, &sector, &e) == TANDEM_OK) {
        (void)turn_to(g->m, l->kind, sector);
        if (!import_expect(g->m, l->id)) {
            return cli_fail_with(g->m->c, TANDEM_ENOMEM, _("out of memory"));
        }
    }
    line_free(l);
    return CLI_DONE;
}

// A name or person of another workspace: nobody of this one, and its members
// are known here by their own.
static bool
is_foreign(const struct reading *g, const struct line *l, tandem_id sector)
{
    tandem_record *r = NULL;
    tandem_id id;
    tandem_err err;

    if (strcmp(l->kind->pack, "tandem") != 0 ||
        !tandem_id_equal(sector, tandem_sector_common()) ||
        !tandem_id_parse(l->id, &id)) {
        return false;
    }
    err = tandem_record_open(g->m->c->store, id, &r, NULL);
    tandem_record_free(r);
    return err == TANDEM_ENOTFOUND; // what cannot be read now is not foreign
}

static int
take_line(struct reading *g, struct line *l, enum line_result got, size_t len)
{
    struct import *m = g->m;
    tandem_error e = cli_no_error(m->c);
    tandem_err err = line_fault(got, l, &e);
    tandem_id sector;
    char *text;
    int rc;

    if (err == TANDEM_OK) {
        err = sector_of(g, l, &sector, &e);
    }
    if (err != TANDEM_OK) {
        line_free(l);
        return import_refuse(m, g->line, 0, "", &e, g->text, len);
    }
    if (is_foreign(g, l, sector)) {
        m->tally.foreign++;
        line_free(l);
        return CLI_DONE;
    }
    text = strdup(g->text);
    rc = text == NULL ? cli_fail_with(m->c, TANDEM_ENOMEM, _("out of memory"))
                      : turn_to(m, l->kind, sector);
    if (rc != CLI_DONE) {
        line_free(l);
        free(text);
        return rc;
    }
    return import_line(m, l, text, g->line);
}

static int
long_line(struct reading *g)
{
    tandem_error e = cli_no_error(g->m->c);

    (void)cli_error(&e, TANDEM_ELIMIT, _("the row is longer than %d bytes"),
        (int)LINE_BYTES_MAX);
    return import_refuse(g->m, g->line, 0, "", &e, NULL, 0);
}

static int
each_line(struct reading *g, bool first)
{
    struct import *m = g->m;
    enum got got = GOT_LINE;
    int rc = CLI_DONE;
    size_t len = 0;

    g->line = 0;
    while (rc == CLI_DONE && !stop_asked()) {
        enum line_result what;
        struct line l;

        got = next_line(g, &len);
        if (got == GOT_END || got == GOT_FAILED || got == GOT_NO_MEMORY) {
            break;
        }
        if (len == 0) {
            continue;
        }
        m->tally.rows += !first;
        if (got == GOT_LONG) {
            rc = first ? CLI_DONE : long_line(g);
            continue;
        }
        what = line_read(m->c->schema, g->text, len, &l);
        rc = first ? expect_line(g, &l, what) : take_line(g, &l, what, len);
    }
    if (rc == CLI_DONE && (got == GOT_FAILED || got == GOT_NO_MEMORY)) {
        rc = cli_fail_with(m->c, got == GOT_FAILED ? TANDEM_EIO : TANDEM_ENOMEM,
            _("%s cannot be read"), m->file);
    }
    return rc;
}

int
import_jsonl(struct import *m, int fd)
{
    const char *sector = args_option(&m->c->args, "sector");
    struct reading g = {.m = m, .has_sector = sector != NULL};
    int own = dup(fd);
    int rc = sector != NULL ? cli_sector(m->c, sector, &g.sector) : CLI_DONE;

    g.file = own >= 0 ? fdopen(own, "rb") : NULL;
    if (rc == CLI_DONE && g.file == NULL) {
        rc = cli_fail_with(m->c, TANDEM_EIO, _("%s cannot be read"), m->file);
    }
    if (rc == CLI_DONE) {
        rc = each_line(&g, true);
        import_expect_end(m);
    }
    if (rc == CLI_DONE && fseek(g.file, 0, SEEK_SET) != 0) {
        rc = cli_fail_with(m->c, TANDEM_EIO, _("%s cannot be read"), m->file);
    }
    if (rc == CLI_DONE) {
        rc = each_line(&g, false);
    }
    if (rc == CLI_DONE) {
        rc = import_flush(m);
    }
    free(g.text);
    if (g.file != NULL) {
        (void)fclose(g.file);
    } else if (own >= 0) {
        (void)close(own);
    }
    return rc;
}
