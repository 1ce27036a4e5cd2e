// SPDX-License-Identifier: Apache-2.0
// import.c - the header, and rows in batches.
//
// A batch is one commit. The first wrong row of a batch ends it: the rows
// before it are committed, it is set apart, and the batch goes on behind it.
#include "import/import.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "record/lookup.h"

// ------------------------------------------------------------------- header

static int
column_of(struct import *m, const char *cell, struct import_column *out)
{
    struct value_place place = {.c = m->c, .sector = m->sector};
    tandem_error e = cli_no_error(m->c);
    size_t from = strspn(cell, " \t"), len = strlen(cell);

    while (len > from && (cell[len - 1] == ' ' || cell[len - 1] == '\t')) {
        len--;
    }
    out->name = strndup(cell + from, len - from);
    if (out->name == NULL) {
        return cli_fail_with(m->c, TANDEM_ENOMEM, _("out of memory"));
    }
    out->key = strcasecmp(out->name, "import_key") == 0 ||
               strcasecmp(out->name, "record") == 0;
    out->sector = m->ban == NULL && import_sector_column(out->name);
    if (out->key || out->sector) {
        return CLI_DONE;
    }
    if (change_target(&place, m->kind, out->name, strlen(out->name),
            &out->target, &e) != TANDEM_OK) {
        return cli_fail_with(m->c, e.code,
            _("%s: column \"%s\" is no field of %s (see: tandem kinds %s); "
              "nothing was taken in"),
            m->file, out->name, m->kind->id, m->kind->id);
    }
    return CLI_DONE;
}

static bool
same_column(const struct import_column *a, const struct import_column *b)
{
    return a->key == b->key && a->sector == b->sector &&
           a->target.field == b->target.field &&
           a->target.keyed == b->target.keyed &&
           (!a->target.keyed ||
               tandem_value_equal(&a->target.key, &b->target.key));
}

int
import_header(struct import *m, char *const *names, size_t count)
{
    m->columns = calloc(count, sizeof(*m->columns));
    if (m->columns == NULL) {
        return cli_fail_with(m->c, TANDEM_ENOMEM, _("out of memory"));
    }
    for (size_t i = 0; i < count; i++) {
        int rc;

        m->column_count++;
        m->columns[i].at = i + 1;
        rc = column_of(m, names[i], &m->columns[i]);
        if (rc != CLI_DONE) {
            return rc;
        }
        for (size_t k = 0; k < i; k++) {
            if (same_column(&m->columns[i], &m->columns[k])) {
                return cli_fail_with(m->c, TANDEM_EVALUE,
                    _("%s: column \"%s\" stands there twice; nothing was "
                      "taken in"),
                    m->file, m->columns[i].name);
            }
        }
    }
    return CLI_DONE;
}

const char *
import_key(const struct import *m, char *const *cells, size_t count)
{
    for (size_t i = 0; i < m->column_count && i < count; i++) {
        if (m->columns[i].key && cells[i][0] != '\0') {
            return cells[i];
        }
    }
    return NULL;
}

bool
import_refers_to_itself(const struct import *m)
{
    bool itself = false;

    for (size_t i = 0; i < m->column_count; i++) {
        const tandem_field_info *f = m->columns[i].target.field;

        itself = itself || (f != NULL && f->value.ref != NULL &&
                               (strcmp(f->value.ref, "*") == 0 ||
                                   strcmp(f->value.ref, m->kind->id) == 0));
    }
    return itself && import_has_key(m);
}

bool
import_has_key(const struct import *m)
{
    for (size_t i = 0; i < m->column_count; i++) {
        if (m->columns[i].key) {
            return true;
        }
    }
    return false;
}

// -------------------------------------------------- what this file will bring

static int
compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(tandem_id));
}

bool
import_expect(struct import *m, const char *key)
{
    tandem_id id;

    if (tandem_keyed_id(m->c->store, m->kind_name, m->sector,
            tandem_bytes(key, strlen(key)), &id, NULL) != TANDEM_OK) {
        return true; // the row itself will say what is wrong
    }
    if (m->coming_count == m->coming_room) {
        size_t room = m->coming_room > 0 ? 2 * m->coming_room : 256;
        tandem_id *grown = realloc(m->coming, room * sizeof(*grown));

        if (grown == NULL) {
            return false;
        }
        m->coming = grown;
        m->coming_room = room;
    }
    m->coming[m->coming_count++] = id;
    return true;
}

void
import_expect_end(struct import *m)
{
    if (m->coming_count > 1) {
        qsort(m->coming, m->coming_count, sizeof(*m->coming), compare_ids);
    }
}

// ------------------------------------------------------------------- batches

static void
row_free(struct import_row *row)
{
    for (size_t i = 0; row->own != NULL && i < row->column_count; i++) {
        change_free(&row->own[i].target);
    }
    free(row->own);
    line_free(&row->read);
    free(row->text);
    free(row->cells);
    memset(row, 0, sizeof(*row));
}

// May the rest go in although this row does not?
static bool
row_fault(tandem_err err)
{
    return err == TANDEM_EVALUE || err == TANDEM_EKIND ||
           err == TANDEM_ELIMIT || err == TANDEM_ENOTFOUND ||
           err == TANDEM_ECONFLICT || err == TANDEM_EUNSUPPORTED ||
           err == TANDEM_EEXIST || err == TANDEM_EMISUSE;
}

struct attempt {
    size_t bad;    // the row at fault, or `to` when the commit was
    size_t column; // of it, from 1; 0: the whole row
    tandem_error e;
};

static void
count_row(struct import *m, const struct import_row *row, tandem_edit *d,
    const tandem_record *seen, struct import_tally *tally)
{
    tandem_record *now = NULL;
    bool changed;

    for (size_t i = 0; i < row->column_count && row->kept >> i != 0; i++) {
        if ((row->kept >> i & 1u) != 0) {
            tally->kept++;
            import_note(m, row->line, row->columns[i].name,
                _("was changed here; it stays as it is here"));
        }
    }
    // What JSON Lines bring was looked at where they were written.
    if (!m->dry && (seen != NULL || !m->exact) &&
        tandem_edit_record(d, &now, NULL) != TANDEM_OK) {
        now = NULL;
    }
    changed =
        seen == NULL || (now != NULL && strcmp(tandem_record_seen(now),
                                            tandem_record_seen(seen)) != 0);
    if (seen == NULL) {
        tally->created++;
    } else if (changed) {
        tally->updated++;
    } else {
        tally->unchanged++;
    }
    if (changed && now != NULL && !m->exact) {
        import_look(m, row->line, now);
    }
    tandem_record_free(now);
}

// The record is in; what could not stand beside it again is named.
static void
put_beside(struct import *m, const struct import_row *row, tandem_edit *d)
{
    tandem_error e = cli_no_error(m->c);
    tandem_record *made = NULL;
    size_t column = 0;
    bool any = false;

    for (size_t i = 0; i < row->column_count; i++) {
        any = any || row->columns[i].beside_count > 0;
    }
    if (any && (tandem_edit_record(d, &made, &e) != TANDEM_OK ||
                   import_beside(m, row, made, &column, &e) != TANDEM_OK)) {
        import_apart(m, row->line, column,
            column > 0 ? row->columns[column - 1].name : "", &e, NULL, 0);
    }
    tandem_record_free(made);
}

static tandem_err
commit(struct import *m, tandem_txn *t, struct attempt *a)
{
    return m->dry ? TANDEM_OK : tandem_txn_commit(t, &a->e);
}

// Rows [from, to) in one transaction: all of them, or none.
static tandem_err
try_rows(struct import *m, size_t from, size_t to, struct attempt *a)
{
    tandem_edit *edits[IMPORT_ROWS_MAX] = {NULL};
    tandem_record *seen[IMPORT_ROWS_MAX] = {NULL};
    struct import_tally tally = {0};
    tandem_txn *t = NULL;
    tandem_err err;

    a->e = cli_no_error(m->c);
    a->bad = to;
    a->column = 0;
    err = tandem_txn_new(m->c->store, m->c->person, &t, &a->e);
    for (size_t i = from; err == TANDEM_OK && i < to; i++) {
        err = import_apply(
            m, &m->rows[i], t, &edits[i], &seen[i], &a->column, &a->e);
        if (err != TANDEM_OK) {
            a->bad = i;
        }
    }
    if (err == TANDEM_OK) {
        err = commit(m, t, a);
    }
    for (size_t i = from; i < to; i++) {
        if (err == TANDEM_OK) {
            count_row(m, &m->rows[i], edits[i], seen[i], &tally);
            if (seen[i] == NULL && !m->dry) {
                put_beside(m, &m->rows[i], edits[i]);
            }
        }
        tandem_record_free(seen[i]);
    }
    tandem_txn_free(t);
    m->tally.created += tally.created;
    m->tally.updated += tally.updated;
    m->tally.unchanged += tally.unchanged;
    m->tally.kept += tally.kept;
    return err;
}

// A kept row, quoted again where it must be.
static void
write_cells(const struct import *m, const struct import_row *row)
{
    for (size_t i = 0; i < m->column_count; i++) {
        (void)fputs(i > 0 ? ";" : "", m->apart);
        csv_put(m->apart, row->cells[i]);
    }
    (void)fputc('\n', m->apart);
}

static void
set_apart(struct import *m, size_t row, const struct attempt *a)
{
    const struct import_row *r = &m->rows[row];
    const struct import_column *column =
        a->column > 0 ? &r->columns[a->column - 1] : NULL;

    import_apart(m, r->line, column != NULL ? column->at : 0,
        column != NULL ? column->name : "", &a->e, r->raw, r->raw_len);
    if (m->apart != NULL && r->raw == NULL) {
        write_cells(m, r);
    }
}

int
import_flush(struct import *m)
{
    size_t from = 0;
    bool single = false; // the commit itself failed: row by row
    struct attempt a, before;

    while (from < m->row_count) {
        size_t to = single ? from + 1 : m->row_count;
        tandem_err err = try_rows(m, from, to, &a);

        if (err == TANDEM_OK) {
            from = to;
        } else if (!row_fault(err)) {
            return cli_fail(m->c, &a.e);
        } else if (a.bad == from || to == from + 1) {
            set_apart(m, from, &a);
            from++;
        } else if (a.bad == to ||
                   try_rows(m, from, a.bad, &before) != TANDEM_OK) {
            single = true;
        } else {
            set_apart(m, a.bad, &a);
            from = a.bad + 1;
        }
    }
    for (size_t i = 0; i < m->row_count; i++) {
        row_free(&m->rows[i]);
    }
    m->row_count = 0;
    m->row_bytes = 0;
    return CLI_DONE;
}

int
import_refuse(struct import *m, uint64_t line, size_t column, const char *name,
    const tandem_error *e, const char *raw, size_t raw_len)
{
    const int rc = import_flush(m);

    if (rc == CLI_DONE) {
        import_apart(m, line, column, name, e, raw, raw_len);
    }
    return rc;
}

// What was read is gone with the next row: a copy is kept, of the row as it
// stood too where the cells are not all of it.
static bool
keep(struct import *m, uint64_t line, char *const *cells, const char *raw,
    size_t raw_len)
{
    struct import_row *row = &m->rows[m->row_count];
    size_t bytes = raw != NULL ? raw_len + 1 : 0;
    char *to;

    for (size_t i = 0; i < m->column_count; i++) {
        bytes += strlen(cells[i]) + 1;
    }
    row->line = line;
    row->text = to = malloc(bytes + 1);
    row->cells = calloc(m->column_count + 1, sizeof(*row->cells));
    if (row->text == NULL || row->cells == NULL) {
        row_free(row);
        return false;
    }
    for (size_t i = 0; i < m->column_count; i++) {
        row->cells[i] = to;
        to = stpcpy(to, cells[i]) + 1;
    }
    if (raw != NULL) {
        memcpy(to, raw, raw_len);
        to[raw_len] = '\0';
        row->raw = to;
        row->raw_len = raw_len;
    }
    row->columns = m->columns;
    row->column_count = m->column_count;
    row->key = import_key(m, row->cells, m->column_count);
    m->row_count++;
    m->row_bytes += bytes;
    return true;
}

// A key met twice is one record: the second row changes what the first made,
// which has to be there by then.
static bool
key_is_kept(const struct import *m, const char *key)
{
    for (size_t i = 0; key != NULL && i < m->row_count; i++) {
        if (m->rows[i].key != NULL && strcmp(m->rows[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

static int
flush_when_full(struct import *m)
{
    return m->row_count == IMPORT_ROWS_MAX ||
                   m->row_bytes >= IMPORT_BATCH_BYTES_MAX
               ? import_flush(m)
               : CLI_DONE;
}

int
import_cells(struct import *m, uint64_t line, char *const *cells,
    const char *raw, size_t raw_len)
{
    int rc = CLI_DONE;

    if (key_is_kept(m, import_key(m, cells, m->column_count))) {
        rc = import_flush(m);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    if (!keep(m, line, cells, raw, raw_len)) {
        return cli_fail_with(m->c, TANDEM_ENOMEM, _("out of memory"));
    }
    return flush_when_full(m);
}

int
import_row(struct import *m, const struct csv *t)
{
    char *cells[CSV_CELLS_MAX];
    tandem_error e = cli_no_error(m->c);
    tandem_id sector;
    int rc = CLI_DONE;

    if (t->cell_count > m->column_count) {
        (void)cli_error(&e, TANDEM_EVALUE,
            _("%zu cells, but the header names %zu columns"), t->cell_count,
            m->column_count);
        return import_refuse(m, t->row_line, 0, "", &e, t->raw, t->raw_len);
    }
    if (import_sector_of(m, t->cells, t->cell_count, &sector, &e) !=
        TANDEM_OK) {
        return import_refuse(m, t->row_line, m->sector_at,
            m->columns[m->sector_at - 1].name, &e, t->raw, t->raw_len);
    }
    if (!tandem_id_equal(sector, m->sector)) {
        rc = import_flush(m);
        m->sector = sector;
    }
    // Cells that are not there count as empty.
    for (size_t i = 0; i < m->column_count; i++) {
        cells[i] =
            i < t->cell_count ? t->cells[i] : t->cells[0] + strlen(t->cells[0]);
    }
    return rc == CLI_DONE ? import_cells(m, t->row_line, cells, NULL, 0) : rc;
}

// Each cell of the line is a column of the row's own.
static tandem_err
line_columns(struct import *m, struct import_row *row, tandem_error *e)
{
    struct value_place place = {.c = m->c, .sector = m->sector};
    struct line *l = &row->read;
    tandem_err err = TANDEM_OK;

    row->own = calloc(l->count + 1, sizeof(*row->own));
    row->cells = calloc(l->count + 1, sizeof(*row->cells));
    row->columns = row->own;
    if (row->own == NULL || row->cells == NULL) {
        return cli_error(e, TANDEM_ENOMEM, _("out of memory"));
    }
    for (size_t i = 0; err == TANDEM_OK && i < l->count; i++) {
        struct import_column *column = &row->own[i];
        const struct line_cell *cell = &l->cells[i];

        column->name = cell->name;
        column->at = i + 1;
        row->cells[i] = cell->texts[0];
        if (cell->count > 1) {
            column->beside = cell->texts;
            column->beside_count = cell->count;
            // A required one that was cleared beside another has a value.
            for (size_t k = 0; k < cell->count; k++) {
                row->cells[i] =
                    cell->texts[k][0] != '\0' ? cell->texts[k] : row->cells[i];
            }
        }
        row->column_count++;
        err = change_target(&place, m->kind, cell->name, strlen(cell->name),
            &column->target, e);
    }
    return err;
}

int
import_line(struct import *m, struct line *read, char *text, uint64_t line)
{
    tandem_error e = cli_no_error(m->c);
    struct import_row *row;
    int rc = key_is_kept(m, read->id) ? import_flush(m) : CLI_DONE;
    tandem_err err;

    row = &m->rows[m->row_count];
    *row = (struct import_row){.line = line,
        .key = read->id,
        .text = text,
        .raw = text,
        .raw_len = strlen(text),
        .read = *read};
    if (rc != CLI_DONE) {
        row_free(row);
        return rc;
    }
    err = line_columns(m, row, &e);
    if (err == TANDEM_ENOMEM) {
        row_free(row);
        return cli_fail(m->c, &e);
    }
    if (err != TANDEM_OK) {
        rc = import_refuse(m, line, row->column_count,
            row->own[row->column_count - 1].name, &e, text, strlen(text));
        row_free(row);
        return rc;
    }
    m->row_count++;
    m->row_bytes += strlen(text);
    return flush_when_full(m);
}

void
import_deinit(struct import *m)
{
    for (size_t i = 0; i < m->row_count; i++) {
        row_free(&m->rows[i]);
    }
    for (size_t i = 0; i < m->column_count; i++) {
        change_free(&m->columns[i].target);
        free(m->columns[i].name);
    }
    free(m->columns);
    free(m->coming);
    free(m->looks);
}
