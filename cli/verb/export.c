// SPDX-License-Identifier: Apache-2.0
// export.c - export.
//
// A file is written whole beside its name, readable by its owner alone, and
// then takes the name: a cut leaves what stood there before.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "export/audit.h"
#include "export/export.h"
#include "words/verbs.h"

struct format {
    const char *name;
    int (*write)(struct export *x);
    bool needs_kind;
};

static const struct format formats[] = {
    {"csv", export_csv, true},
    {"jsonl", export_jsonl, false},
    {"geojson", export_geojson, false},
    {"vcard", export_vcard, false},
    {"ical", export_ical, false},
};

static const struct format *
format_find(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

// What no format can read: records whose pack is not here.
static int
note_unknown(struct export *x)
{
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_error e = cli_no_error(x->c);
    tandem_page *page = NULL, *next = NULL;

    q.sector = x->has_sector ? &x->sector : NULL;
    q.limit = 1000;
    do {
        tandem_err err = tandem_find(x->c->store, &q, &next, &e);

        tandem_page_free(page);
        page = NULL;
        if (err != TANDEM_OK) {
            return cli_fail(x->c, &e);
        }
        page = next;
        for (size_t i = 0; i < tandem_page_count(page); i++) {
            if (tandem_record_kind(tandem_page_record(page, i)) == NULL) {
                export_leave(x, LEFT_KIND, NULL, NULL, (tandem_id){{0}});
            }
        }
        q.after = tandem_page_next(page);
    } while (q.after.len > 0);
    tandem_page_free(page);
    return CLI_DONE;
}

// ------------------------------------------------------------------ the file

static int
write_out(struct export *x, const struct format *f, const char *path)
{
    int rc = f->write(x);

    if (rc == CLI_DONE && x->kind == NULL && f->write == export_jsonl) {
        rc = note_unknown(x);
    }
    if (rc == CLI_DONE && fflush(x->out) != 0) {
        rc = file_unwritable(x->c, path, errno);
    } else if (rc == CLI_DONE && ferror(x->out)) {
        // It failed on the way: of that only a full disk is told for certain.
        rc = file_unwritable(x->c, path, errno == ENOSPC ? ENOSPC : EIO);
    }
    return rc;
}

static int
write_file(struct export *x, const struct format *f, const char *path)
{
    size_t room = strlen(path) + 8;
    char *beside = malloc(room);
    int fd, rc;

    if (beside == NULL) {
        return cli_fail_with(x->c, TANDEM_ENOMEM, _("out of memory"));
    }
    (void)snprintf(beside, room, "%s.XXXXXX", path);
    fd = mkstemp(beside);
    x->out = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (x->out == NULL) {
        rc = file_unwritable(x->c, path, errno);
    } else {
        rc = write_out(x, f, path);
        if (rc == CLI_DONE && fsync(fd) != 0) {
            rc = file_unwritable(x->c, path, errno);
        }
        if ((fclose(x->out) != 0 ||
                (rc == CLI_DONE && rename(beside, path) != 0)) &&
            rc == CLI_DONE) {
            rc = file_unwritable(x->c, path, errno);
        }
    }
    if (fd >= 0 && rc != CLI_DONE) {
        (void)unlink(beside);
    }
    free(beside);
    return rc;
}

// --------------------------------------------------------------- what is said

static void
tell(struct export *x, const struct format *f, const char *path)
{
    json_t *o;

    if (!x->c->json) {
        cli_say(ngettext("%llu record written as %s",
                    "%llu records written as %s", (unsigned long)x->records),
            (unsigned long long)x->records, f->name);
        export_left_print(x);
        return;
    }
    o = json_pack("{s:s,s:I,s:o}", "format", f->name, "records",
        (json_int_t)x->records, "left_out", export_left_json(x));
    if (path != NULL) {
        (void)json_object_set_new(o, "file", cli_json_text(path));
        cli_json_line(o);
        return;
    }
    o = json_pack("{s:o}", "export", o);
    cli_json_talk(o);
}

static int
prepare(struct export *x, const struct format *f)
{
    struct cli *c = x->c;
    const char *kind = args_option(&c->args, "kind");
    const char *sector = args_option(&c->args, "sector");
    const char *why = args_option(&c->args, "why");
    int rc = cli_open(c, CLI_EXISTING);

    if (rc == CLI_DONE && kind != NULL) {
        rc = cli_kind(c, kind, &x->kind);
    }
    if (rc == CLI_DONE && sector != NULL) {
        x->has_sector = true;
        rc = cli_sector(c, sector, &x->sector);
    }
    if (rc == CLI_DONE && (x->identity || x->notes)) {
        rc = audit_note(c, &(struct audit){.what = AUDIT_EXPORT,
                               .how = f->name,
                               .kind = x->kind != NULL ? x->kind->id : NULL,
                               .sector = x->has_sector ? &x->sector : NULL,
                               .identity = x->identity,
                               .notes = x->notes,
                               .why = why});
    }
    return rc;
}

static int
export_with(struct export *x, const struct format *f)
{
    const char *path = args_option(&x->c->args, "out");
    int rc = prepare(x, f);

    if (path != NULL && file_is_stdout(path)) {
        path = NULL;
    }
    if (rc == CLI_DONE && path != NULL) {
        rc = file_replaceable(x->c, path);
    }
    if (rc == CLI_DONE && path != NULL) {
        rc = write_file(x, f, path);
    } else if (rc == CLI_DONE) {
        x->out = stdout;
        rc = write_out(x, f, "-");
    }
    if (rc == CLI_DONE) {
        tell(x, f, path);
        x->c->look = x->left_count > 0;
        x->c->nothing = x->records == 0;
        rc = cli_done(x->c);
    }
    free(x->left);
    return rc;
}

static bool
blank(const char *text)
{
    return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

int
verb_export(struct cli *c)
{
    const struct format *f = format_find(c->args.words[0]);
    struct export x = {
        .c = c,
        .identity = args_has(&c->args, "with-identity"),
        .notes = args_has(&c->args, "with-notes"),
        .mark = args_has(&c->args, "bom"),
        .older = args_has(&c->args, "vcard3"),
    };

    if (f == NULL) {
        return cli_bad_use(c, _("there is no export \"%s\""), c->args.words[0]);
    }
    if (f->needs_kind && !args_has(&c->args, "kind")) {
        return cli_bad_use(c, _("one table holds one kind: --kind K"));
    }
    // What others typed goes into a file as it stands; a terminal would obey
    // it.
    if (!args_has(&c->args, "out") && isatty(STDOUT_FILENO) == 1) {
        return cli_bad_use(
            c, _("an export is for a file or another program, not for a "
                 "terminal: --out FILE"));
    }
    if ((x.identity || x.notes) && blank(args_option(&c->args, "why"))) {
        return cli_bad_use(
            c, _("say with --why TEXT what the personal fields are needed for; "
                 "the reason is kept here (tandem audit)"));
    }
    return export_with(&x, f);
}
