// SPDX-License-Identifier: Apache-2.0
// import.c - import csv, jsonl, ban.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/stop.h"
#include "import/import_ban.h"
#include "words/verbs.h"

static long
read_file(void *ctx, void *p, size_t n)
{
    const int *fd = ctx;
    ssize_t got;

    do {
        got = read(*fd, p, n);
    } while (got < 0 && errno == EINTR && !stop_asked());
    return (long)got;
}

// What is wrong with a row that cannot even be cut into cells.
static void
row_sentence(enum csv_result what, tandem_error *e)
{
    switch (what) {
    case CSV_TOO_LONG:
        (void)cli_error(e, TANDEM_ELIMIT, _("the row is longer than %d bytes"),
            (int)CSV_ROW_BYTES_MAX);
        return;
    case CSV_TOO_MANY:
        (void)cli_error(e, TANDEM_ELIMIT, _("the row has more than %d cells"),
            (int)CSV_CELLS_MAX);
        return;
    case CSV_BAD_UTF8:
        (void)cli_error(e, TANDEM_EVALUE,
            _("the row is not valid UTF-8; save the table as UTF-8"));
        return;
    case CSV_BAD_QUOTES:
        (void)cli_error(e, TANDEM_EVALUE,
            _("a quote is opened and not closed, or text follows the closing "
              "one"));
        return;
    case CSV_ROW:
    case CSV_END:
    case CSV_IO:
        (void)cli_error(e, TANDEM_EIO, _("the file cannot be read"));
        return;
    }
}

static int
read_header(struct import *m, struct csv *t)
{
    tandem_error e = cli_no_error(m->c);
    enum csv_result got = csv_next(t);
    int rc;

    if (got == CSV_END) {
        return cli_fail_with(m->c, TANDEM_EVALUE,
            _("%s is empty: the first row names the columns"), m->file);
    }
    if (got != CSV_ROW) {
        row_sentence(got, &e);
        return cli_fail_with(m->c, got == CSV_IO ? TANDEM_EIO : TANDEM_ECORRUPT,
            _("%s, header: %s; nothing was taken in"), m->file, e.msg);
    }
    if (m->ban != NULL) {
        return import_ban_header(m, t->cells, t->cell_count);
    }
    rc = import_sector_begin(m, t->cells, t->cell_count);
    return rc == CLI_DONE ? import_header(m, t->cells, t->cell_count) : rc;
}

static int
expect_row(struct import *m, const struct csv *t)
{
    tandem_error e = cli_no_error(m->c);
    tandem_id sector;
    const char *key;

    if (m->ban != NULL) {
        return import_ban_expect(m, t->cells, t->cell_count);
    }
    if (import_sector_of(m, t->cells, t->cell_count, &sector, &e) !=
        TANDEM_OK) {
        return CLI_DONE; // the second reading says it
    }
    m->sector = sector;
    key = import_key(m, t->cells, t->cell_count);
    return key == NULL || import_expect(m, key)
               ? CLI_DONE
               : cli_fail_with(m->c, TANDEM_ENOMEM, _("out of memory"));
}

// A first reading for the import keys, so that a row may refer to a later
// one, where a column can refer to the file's own kind; and of addresses,
// which are counted.
static int
expect_rows(struct import *m, int fd)
{
    enum csv_result got = CSV_ROW;
    int rc = CLI_DONE;
    struct csv t;

    if (!csv_init(&t, read_file, &fd)) {
        rc = cli_fail_with(m->c, TANDEM_ENOMEM, _("out of memory"));
    } else if (csv_next(&t) == CSV_ROW) {
        while (rc == CLI_DONE && !stop_asked() &&
               (got = csv_next(&t)) != CSV_END && got != CSV_IO) {
            rc = got == CSV_ROW ? expect_row(m, &t) : CLI_DONE;
        }
    }
    csv_deinit(&t);
    import_expect_end(m);
    if (rc != CLI_DONE) {
        return rc;
    }
    if (got == CSV_IO || lseek(fd, 0, SEEK_SET) != 0) {
        return cli_fail_with(m->c, TANDEM_EIO, _("%s cannot be read"), m->file);
    }
    return CLI_DONE;
}

static void
progress(const struct import *m)
{
    char text[64];

    if (!m->c->json) {
        (void)snprintf(text, sizeof(text), _("%llu rows"),
            (unsigned long long)m->tally.rows);
        page_progress(text);
    }
}

static int
read_rows(struct import *m, struct csv *t)
{
    int rc = CLI_DONE;

    while (rc == CLI_DONE && !stop_asked()) {
        tandem_error e = cli_no_error(m->c);
        enum csv_result got = csv_next(t);

        if (got == CSV_END) {
            break;
        }
        if (got == CSV_IO) {
            (void)import_flush(m);
            return cli_fail_with(
                m->c, TANDEM_EIO, _("%s cannot be read"), m->file);
        }
        m->tally.rows++;
        if (got != CSV_ROW) {
            row_sentence(got, &e);
            rc = import_refuse(m, t->row_line, 0, "", &e,
                t->raw_len > 0 ? t->raw : NULL, t->raw_len);
            continue;
        }
        rc = m->ban != NULL ? import_ban_row(m, t->row_line, t->cells,
                                  t->cell_count, t->raw, t->raw_len)
                            : import_row(m, t);
        if (m->tally.rows % IMPORT_ROWS_MAX == 0) {
            progress(m);
        }
    }
    return rc == CLI_DONE ? import_flush(m) : rc;
}

static void
print_tally(const struct import *m)
{
    const struct import_tally *n = &m->tally;

    if (m->c->json) {
        json_t *line = json_pack("{s:I,s:I,s:I,s:I,s:I,s:b}", "rows",
            (json_int_t)n->rows, "created", (json_int_t)n->created, "updated",
            (json_int_t)n->updated, "unchanged", (json_int_t)n->unchanged,
            "set_apart", (json_int_t)n->apart, "dry_run", (int)m->dry);

        if (m->ban != NULL) {
            import_ban_tally(m, line);
        }
        (void)json_object_set_new(
            line, "foreign", json_integer((json_int_t)n->foreign));
        (void)json_object_set_new(line, "notices", import_looks_tell(m));
        cli_json_line(line);
        return;
    }
    cli_print(ngettext("%llu row: %llu created, %llu updated, %llu unchanged, "
                       "%llu set apart\n",
                  "%llu rows: %llu created, %llu updated, %llu unchanged, "
                  "%llu set apart\n",
                  (unsigned long)n->rows),
        (unsigned long long)n->rows, (unsigned long long)n->created,
        (unsigned long long)n->updated, (unsigned long long)n->unchanged,
        (unsigned long long)n->apart);
    if (m->ban != NULL) {
        import_ban_tally(m, NULL);
    }
    (void)import_looks_tell(m);
    if (n->foreign > 0) {
        cli_say(_("Names and persons belong to a workspace: those of another "
                  "were left out (%llu)."),
            (unsigned long long)n->foreign);
    }
    if (n->apart > 0 && m->apart == NULL && !m->dry) {
        cli_say(_("The rows set apart were not taken in; --apart FILE writes "
                  "them to a file of their own. Correct them there and import "
                  "only that file."));
    } else if (n->apart > 0 && m->apart != NULL && !m->dry) {
        cli_say(_("Correct the rows in %s and import only that file."),
            args_option(&m->c->args, "apart"));
    }
    if (n->created > 0 && m->ban == NULL && !m->exact && !import_has_key(m)) {
        cli_say(_("Without a column import_key or record, importing the same "
                  "table again makes new records."));
    }
    if (m->dry) {
        cli_say(_("Tried only: nothing was written."));
    }
}

// The rows set apart, under the header they had.
static int
open_apart(struct import *m, const struct csv *t)
{
    const char *path = args_option(&m->c->args, "apart");
    int fd;

    if (path == NULL) {
        return CLI_DONE;
    }
    if (file_is_stdout(path)) {
        return cli_bad_use(m->c, _("--apart needs a file: standard output has "
                                   "the answer"));
    }
    // What they say of people is for who may read the store, in a file that
    // was there too.
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    m->apart = fd >= 0 && fchmod(fd, 0600) == 0 ? fdopen(fd, "wb") : NULL;
    if (m->apart == NULL) {
        const int sys = errno;

        if (fd >= 0) {
            (void)close(fd);
        }
        return file_unwritable(m->c, path, sys);
    }
    if (t != NULL && (fwrite(t->raw, 1, t->raw_len, m->apart) != t->raw_len ||
                         fputc('\n', m->apart) == EOF)) {
        return file_unwritable(m->c, path, errno);
    }
    return CLI_DONE;
}

static int
close_apart(struct import *m, int rc)
{
    if (m->apart != NULL && fclose(m->apart) != 0 && rc == CLI_DONE) {
        rc = cli_fail_with(m->c, TANDEM_EFULL,
            _("the rows set apart could not all be written"));
    }
    return rc;
}

static int
import_file(struct import *m, int fd)
{
    struct csv t;
    int rc;

    if (!csv_init(&t, read_file, &fd)) {
        csv_deinit(&t);
        return cli_fail_with(m->c, TANDEM_ENOMEM, _("out of memory"));
    }
    rc = read_header(m, &t);
    if (rc == CLI_DONE) {
        rc = open_apart(m, &t);
    }
    if (rc == CLI_DONE && (m->ban != NULL || import_refers_to_itself(m))) {
        // Read from the start again, header included.
        csv_deinit(&t);
        rc = lseek(fd, 0, SEEK_SET) == 0 ? expect_rows(m, fd)
                                         : cli_fail_with(m->c, TANDEM_EIO,
                                               _("%s cannot be read"), m->file);
        if (rc == CLI_DONE &&
            (!csv_init(&t, read_file, &fd) || csv_next(&t) != CSV_ROW)) {
            rc = cli_fail_with(
                m->c, TANDEM_EIO, _("%s cannot be read"), m->file);
        }
    }
    if (rc == CLI_DONE) {
        rc = read_rows(m, &t);
        if (rc == CLI_DONE || m->tally.rows > 0) {
            print_tally(m);
        }
    }
    csv_deinit(&t);
    return close_apart(m, rc);
}

static int
import_lines(struct import *m, int fd)
{
    int rc = open_apart(m, NULL);

    m->exact = true;
    if (rc == CLI_DONE) {
        rc = import_jsonl(m, fd);
        if (rc == CLI_DONE || m->tally.rows > 0) {
            print_tally(m);
        }
    }
    return close_apart(m, rc);
}

static int
import_addresses(struct import *m, int fd)
{
    int rc;

    m->counted = import_ban_is_json(fd);
    if (!m->counted) {
        return import_file(m, fd);
    }
    if (args_has(&m->c->args, "apart")) {
        return cli_bad_use(
            m->c, _("--apart is for tables; this file is a GeoJSON"));
    }
    rc = import_ban_json(m, fd);
    if (m->tally.rows > 0) {
        print_tally(m);
    }
    return rc;
}

static int
prepare(struct import *m, const char *kind)
{
    struct cli *c = m->c;
    int rc = cli_open(c, CLI_EXISTING);

    if (rc != CLI_DONE) {
        return rc;
    }
    rc = cli_kind(c, kind, &m->kind);
    if (rc != CLI_DONE) {
        return rc;
    }
    (void)snprintf(m->kind_name, sizeof(m->kind_name), "%s/%s", m->kind->pack,
        m->kind->id);
    // A table's header may say that each row has its own.
    return m->ban != NULL ? cli_sector_option(c, &m->sector) : CLI_DONE;
}

// What a word after `import` reads.
struct form {
    const char *word;
    const char *kind; // of every record; NULL: --kind, or each line's own
    const char *no;   // options that mean nothing there
    int (*read)(struct import *m, int fd);
};

static const struct form forms[] = {
    {"csv", NULL, "town street score", import_file},
    {"jsonl", NULL, "kind town street score", import_lines},
    {"ban", "fr.terrain/dwelling", "kind", import_addresses},
};

static const struct form *
form_of(const char *word)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        if (strcmp(forms[i].word, word) == 0) {
            return &forms[i];
        }
    }
    return NULL;
}

// An option of another form is a mistake, not to be passed over.
static bool
fits(const struct cli *c, const struct form *f)
{
    const char *no = f->no;

    while (*no != '\0') {
        char name[16];
        size_t len = strcspn(no, " ");

        (void)snprintf(name, sizeof(name), "%.*s", (int)len, no);
        if (args_has(&c->args, name)) {
            return false;
        }
        no += len + (no[len] == ' ');
    }
    return f->read != import_file || args_has(&c->args, "kind");
}

static int
import_with(struct import *m, const struct form *f, struct ban_import *ban)
{
    const char *kind =
        f->kind != NULL ? f->kind : args_option(&m->c->args, "kind");
    struct stat st;
    int rc = CLI_DONE;
    int fd;

    if (f->read == import_addresses) {
        rc = import_ban_begin(m, ban);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    fd = open(m->file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return cli_fail_with(m->c, TANDEM_ENOTFOUND, _("%s cannot be read: %s"),
            m->file, file_reason(errno));
    }
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        (void)close(fd);
        return cli_fail_with(m->c, TANDEM_ENOTFOUND, _("%s cannot be read: %s"),
            m->file, file_reason(EISDIR));
    }
    rc = kind != NULL ? prepare(m, kind) : cli_open(m->c, CLI_EXISTING);
    if (rc == CLI_DONE) {
        stop_catch(NULL);
        rc = f->read(m, fd);
    }
    (void)close(fd);
    return rc;
}

int
verb_import(struct cli *c)
{
    const struct form *f = form_of(c->args.words[0]);
    struct ban_import ban;
    struct import *m;
    int rc;

    if (f == NULL || !fits(c, f)) {
        return cli_bad_use(c, _("usage: tandem %s %s"), "import",
            "(csv FILE --kind K | jsonl FILE | ban FILE [--town CODE]... "
            "[--street NAME]... [--score N]) [--sector S]");
    }
    m = calloc(1, sizeof(*m));
    if (m == NULL) {
        return cli_fail_with(c, TANDEM_ENOMEM, _("out of memory"));
    }
    m->c = c;
    m->file = c->args.words[1];
    m->dry = args_has(&c->args, "dry-run");
    rc = import_with(m, f, &ban);
    c->look = m->tally.apart > 0;
    c->nothing = m->tally.created + m->tally.updated == 0;
    import_deinit(m);
    free(m);
    if (rc == CLI_DONE && stop_asked()) {
        cli_say(_("Stopped. What was taken in is safe; the same import goes "
                  "on from there when rows have import keys."));
        return CLI_INTERRUPTED;
    }
    return rc != CLI_DONE ? rc : cli_done(c);
}
