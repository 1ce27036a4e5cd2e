// SPDX-License-Identifier: Apache-2.0
// export_csv.c - one kind as a table that import takes back in.
//
// The first column, `record`, is the record's id, the second, `record_sector`,
// the name of its sector (one kind has a field `sector`). Of a set, list or log
// a cell holds the elements between `|` (in them `|` and `\` have a `\` before
// them); of a map each key that occurs has a column of its own.
#include <stdlib.h>
#include <string.h>

#include "core/csv.h"
#include "export/export.h"

struct column {
    const tandem_field_info *field;
    char *name; // of a map with the key: "consents.photo"
};

struct table {
    struct column *columns;
    size_t count, room;
};

static bool
add_column(struct table *t, const tandem_field_info *f, char *name)
{
    if (t->count == t->room) {
        size_t room = t->room > 0 ? 2 * t->room : 64;
        struct column *grown = realloc(t->columns, room * sizeof(*grown));

        if (grown == NULL) {
            free(name);
            return false;
        }
        t->columns = grown;
        t->room = room;
    }
    t->columns[t->count++] = (struct column){f, name};
    return name != NULL;
}

static bool
has_column(const struct table *t, const tandem_field_info *f, const char *name)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->columns[i].field == f && strcmp(t->columns[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

// "consents.photo", as the import's header reads it.
static char *
key_name(const tandem_field_info *f, const tandem_value *key)
{
    char *text = export_plain(&f->key, key);
    size_t len = strlen(f->id) + (text != NULL ? strlen(text) : 0) + 2;
    char *name = text != NULL ? malloc(len) : NULL;

    if (name != NULL) {
        (void)snprintf(name, len, "%s.%s", f->id, text);
    }
    free(text);
    return name;
}

// The keys a record's maps have that no record before had.
static int
find_keys(struct export *x, const tandem_record *r, void *ctx)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    struct table *t = ctx;
    tandem_value key;

    for (size_t i = 0; i < k->field_count; i++) {
        const tandem_field_info *f = &k->fields[i];

        if (f->merge != TANDEM_MERGE_MAP || !export_allows(x, f)) {
            continue;
        }
        for (size_t n = 0;
             tandem_record_item(r, f->id, n, &key, NULL) == TANDEM_OK; n++) {
            char *name = key_name(f, &key);

            if (name != NULL && has_column(t, f, name)) {
                free(name);
            } else if (!add_column(t, f, name)) {
                x->no_memory = true;
            }
        }
    }
    return CLI_DONE;
}

// ------------------------------------------------------------------- a cell

static void
put_part(FILE *f, const char *part, bool first)
{
    if (!first) {
        (void)fputc('|', f);
    }
    for (; *part != '\0'; part++) {
        if (*part == '|' || *part == '\\') {
            (void)fputc('\\', f);
        }
        (void)fputc(*part, f);
    }
}

static char *
items_text(const tandem_record *r, const tandem_field_info *f)
{
    size_t len = 0;
    char *text = NULL;
    FILE *to = open_memstream(&text, &len);
    tandem_value v;

    for (size_t i = 0;
         to != NULL && tandem_record_item(r, f->id, i, &v, NULL) == TANDEM_OK;
         i++) {
        char *part = export_plain(&f->value, &v);

        put_part(to, part != NULL ? part : "", i == 0);
        free(part);
    }
    if (to == NULL || fclose(to) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static char *
map_text(struct export *x, const tandem_record *r, const struct column *col)
{
    const tandem_field_info *f = col->field;
    tandem_value key, value;

    for (size_t i = 0;
         tandem_record_item(r, f->id, i, &key, &value) == TANDEM_OK; i++) {
        char *name = key_name(f, &key);
        bool same = name != NULL && strcmp(name, col->name) == 0;

        free(name);
        if (!same) {
            continue;
        }
        if (record_disputed(r, f, &key)) {
            export_leave(
                x, LEFT_BESIDE, tandem_record_kind(r), f, tandem_record_id(r));
            return strdup("");
        }
        return export_plain(&f->value, &value);
    }
    return strdup("");
}

static char *
cell_text(struct export *x, const tandem_record *r, const struct column *col)
{
    const tandem_field_info *f = col->field;
    tandem_value v;

    if (f->merge == TANDEM_MERGE_MAP) {
        return map_text(x, r, col);
    }
    if (!export_may(x, r, f)) {
        return strdup("");
    }
    if (record_has_items(f)) {
        return items_text(r, f);
    }
    v = export_value(x, r, f->id, &f);
    return v.type == TANDEM_NONE ? strdup("") : export_plain(&f->value, &v);
}

// ----------------------------------------------------------------- the table

static bool
put_row(
    struct export *x, const tandem_record *r, const struct table *t, FILE *row)
{
    char id[37], sector[256];

    tandem_id_text(tandem_record_id(r), id);
    (void)fprintf(row, "%s;", id);
    csv_put(row, cli_sector_name(x->c, tandem_record_sector(r), sector));
    for (size_t i = 0; i < t->count; i++) {
        char *cell = cell_text(x, r, &t->columns[i]);

        if (cell == NULL) {
            return false;
        }
        (void)fputc(';', row);
        csv_put(row, cell);
        free(cell);
    }
    (void)fputs("\r\n", row);
    return true;
}

static int
write_row(struct export *x, const tandem_record *r, void *ctx)
{
    const struct table *t = ctx;
    const tandem_kind_info *k = tandem_record_kind(r);
    size_t len = 0;
    char *text = NULL;
    FILE *row = open_memstream(&text, &len);
    bool good = row != NULL && put_row(x, r, t, row);

    good = row != NULL && fclose(row) == 0 && good;
    // What is withheld has no columns: it is noted here.
    for (size_t i = 0; i < k->field_count; i++) {
        if (!export_allows(x, &k->fields[i])) {
            (void)export_may(x, r, &k->fields[i]);
        }
    }
    if (!good) {
        free(text);
        return cli_fail_with(x->c, TANDEM_ENOMEM, _("out of memory"));
    }
    if (len > CSV_ROW_BYTES_MAX) {
        export_leave(x, LEFT_LONG, k, NULL, tandem_record_id(r));
    } else if (fwrite(text, 1, len, x->out) == len) {
        x->records++;
    }
    free(text);
    return CLI_DONE;
}

static bool
plain_columns(const struct export *x, struct table *t)
{
    bool good = true;

    for (size_t i = 0; good && i < x->kind->field_count; i++) {
        const tandem_field_info *f = &x->kind->fields[i];

        if (f->merge != TANDEM_MERGE_MAP && f->merge != TANDEM_MERGE_DERIVED &&
            f->merge != TANDEM_MERGE_UNKNOWN && export_allows(x, f)) {
            good = add_column(t, f, strdup(f->id));
        }
    }
    return good;
}

static void
put_header(struct export *x, const struct table *t)
{
    if (x->mark) {
        (void)fputs("\xef\xbb\xbf", x->out);
    }
    (void)fputs("record;record_sector", x->out);
    for (size_t i = 0; i < t->count; i++) {
        (void)fputc(';', x->out);
        csv_put(x->out, t->columns[i].name);
    }
    (void)fputs("\r\n", x->out);
}

int
export_csv(struct export *x)
{
    struct table t = {0};
    int rc = CLI_DONE;

    if (!plain_columns(x, &t)) {
        rc = cli_fail_with(x->c, TANDEM_ENOMEM, _("out of memory"));
    }
    if (rc == CLI_DONE) {
        rc = export_each(x, x->kind, find_keys, &t);
        x->left_count = 0; // told by the rows
    }
    if (rc == CLI_DONE && t.count + 2 > CSV_CELLS_MAX) {
        rc = cli_fail_with(x->c, TANDEM_ELIMIT,
            _("%s has more than %d columns; JSON Lines holds it"), x->kind->id,
            (int)CSV_CELLS_MAX);
    }
    if (rc == CLI_DONE) {
        put_header(x, &t);
        rc = export_each(x, x->kind, write_row, &t);
    }
    for (size_t i = 0; i < t.count; i++) {
        free(t.columns[i].name);
    }
    free(t.columns);
    return rc;
}
