// SPDX-License-Identifier: Apache-2.0
// line.c - one line of an export in JSON Lines, read.
#include "core/line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ------------------------------------------------------------ values as text

static char *
cents_text(int64_t n)
{
    uint64_t all = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    char out[32];

    (void)snprintf(out, sizeof(out), "%s%" PRIu64 ".%02" PRIu64,
        n < 0 ? "-" : "", all / 100, all % 100);
    return strdup(out);
}

static char *
place_text(const json_t *v)
{
    char out[64];
    double lat = json_number_value(json_array_get(v, 0));
    double lon = json_number_value(json_array_get(v, 1));

    if (json_array_size(v) != 2 || !json_is_number(json_array_get(v, 0)) ||
        !json_is_number(json_array_get(v, 1)) || !(lat >= -90 && lat <= 90) ||
        !(lon >= -180 && lon <= 180)) {
        return NULL;
    }
    (void)snprintf(out, sizeof(out), "%.5f,%.5f", lat, lon);
    return strdup(out);
}

static char *
number_text(const tandem_value_type *type, const json_t *v)
{
    int64_t n = json_integer_value(v);
    char out[32];

    if (type->base == TANDEM_FIELD_CENTS) {
        return cents_text(n);
    }
    (void)snprintf(out, sizeof(out), "%" PRId64, n);
    return strdup(out);
}

// NULL: not a value of this type, or no memory; the reader tells them apart no
// further, for either way the row is named and set apart.
static char *
value_of(const tandem_value_type *type, const json_t *v)
{
    bool number = type->base == TANDEM_FIELD_INT ||
                  type->base == TANDEM_FIELD_CENTS ||
                  type->base == TANDEM_FIELD_ENUM;

    if (json_is_null(v)) {
        return strdup("");
    }
    if (json_is_string(v) && type->base != TANDEM_FIELD_INT &&
        type->base != TANDEM_FIELD_CENTS && type->base != TANDEM_FIELD_GEO &&
        type->base != TANDEM_FIELD_BOOL) {
        return strdup(json_string_value(v));
    }
    if (json_is_integer(v) && number) {
        return number_text(type, v);
    }
    if (json_is_boolean(v) && type->base == TANDEM_FIELD_BOOL) {
        return strdup(json_is_true(v) ? "yes" : "no");
    }
    return json_is_array(v) && type->base == TANDEM_FIELD_GEO ? place_text(v)
                                                              : NULL;
}

static char *
joined(const tandem_value_type *type, const json_t *list)
{
    size_t len = 0, i;
    char *out = NULL;
    FILE *to = json_is_array(list) ? open_memstream(&out, &len) : NULL;
    bool good = to != NULL;
    json_t *v;

    json_array_foreach(list, i, v)
    {
        char *part = good ? value_of(type, v) : NULL;

        good = part != NULL;
        if (!good) {
            break;
        }
        if (i > 0) {
            (void)fputc('|', to);
        }
        for (const char *p = part; *p != '\0'; p++) {
            if (*p == '|' || *p == '\\') {
                (void)fputc('\\', to);
            }
            (void)fputc(*p, to);
        }
        free(part);
    }
    if (to != NULL && fclose(to) == 0 && good) {
        return out;
    }
    free(out);
    return NULL;
}

// ---------------------------------------------------------------- the fields

static struct line_cell *
add_cell(struct line *l, const tandem_field_info *f, const char *key)
{
    struct line_cell *grown =
        realloc(l->cells, (l->count + 1) * sizeof(*l->cells));
    size_t room = strlen(f->id) + strlen(key) + 2;
    struct line_cell *cell;

    if (grown == NULL) {
        return NULL;
    }
    l->cells = grown;
    cell = &l->cells[l->count++];
    *cell = (struct line_cell){.field = f};
    cell->name = malloc(room);
    cell->texts = calloc(LINE_BESIDE_MAX, sizeof(*cell->texts));
    if (cell->name == NULL || cell->texts == NULL) {
        return NULL;
    }
    (void)snprintf(
        cell->name, room, "%s%s%s", f->id, key[0] != '\0' ? "." : "", key);
    return cell;
}

// One place: the value shown, or all that stand side by side.
static enum line_result
read_place(struct line *l, const tandem_field_info *f, const char *key,
    const json_t *shown, const json_t *versions)
{
    struct line_cell *cell = add_cell(l, f, key);
    size_t n = json_array_size(versions);

    if (cell == NULL) {
        return LINE_NO_MEMORY;
    }
    if (n > LINE_BESIDE_MAX) {
        return LINE_BAD_VALUE;
    }
    if (n < 2) {
        cell->texts[0] = value_of(&f->value, shown);
        cell->count = 1;
        return cell->texts[0] != NULL ? LINE_RECORD : LINE_BAD_VALUE;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(versions, i);

        cell->texts[i] = value_of(&f->value, json_object_get(one, "value"));
        cell->count++;
        if (cell->texts[i] == NULL) {
            return LINE_BAD_VALUE;
        }
    }
    return LINE_RECORD;
}

static enum line_result
read_map(struct line *l, const tandem_field_info *f, json_t *shown,
    const json_t *versions)
{
    enum line_result got = LINE_RECORD;
    const char *key;
    json_t *v;

    if (!json_is_object(shown)) {
        return LINE_BAD_VALUE;
    }
    json_object_foreach(shown, key, v)
    {
        got = read_place(l, f, key, v, json_object_get(versions, key));
        if (got != LINE_RECORD) {
            break;
        }
    }
    return got;
}

static enum line_result
read_field(struct line *l, const tandem_field_info *f, json_t *shown,
    const json_t *versions)
{
    struct line_cell *cell;

    switch (f->merge) {
    case TANDEM_MERGE_MAP:
        return read_map(l, f, shown, versions);
    case TANDEM_MERGE_VIS:
    case TANDEM_MERGE_QUIET:
    case TANDEM_MERGE_ONCE:
    case TANDEM_MERGE_STATE:
        return read_place(l, f, "", shown, versions);
    case TANDEM_MERGE_TEXT:
    case TANDEM_MERGE_COUNTER:
        return read_place(l, f, "", shown, NULL);
    case TANDEM_MERGE_SET:
    case TANDEM_MERGE_LIST:
    case TANDEM_MERGE_LOG:
        cell = add_cell(l, f, "");
        if (cell == NULL) {
            return LINE_NO_MEMORY;
        }
        cell->texts[0] = joined(&f->value, shown);
        cell->count = 1;
        return cell->texts[0] != NULL ? LINE_RECORD : LINE_BAD_VALUE;
    case TANDEM_MERGE_UNKNOWN:
    case TANDEM_MERGE_DERIVED:
        break;
    }
    return LINE_NO_FIELD;
}

// Fields that hold nothing in `fields` may still have values side by side, one
// of which is "cleared" and shown.
static enum line_result
read_fields(struct line *l)
{
    json_t *fields = json_object_get(l->root, "fields");
    json_t *versions = json_object_get(l->root, "versions");
    enum line_result got = LINE_RECORD;
    const char *name;
    json_t *v;

    json_object_foreach(versions, name, v)
    {
        const tandem_field_info *f = tandem_kind_field(l->kind, name);

        if (f != NULL && f->merge != TANDEM_MERGE_MAP &&
            json_object_get(fields, name) == NULL && json_array_size(v) > 1) {
            (void)json_object_set_new(fields, name, json_null());
        }
    }
    json_object_foreach(fields, name, v)
    {
        const tandem_field_info *f = tandem_kind_field(l->kind, name);

        got = f == NULL ? LINE_NO_FIELD
                        : read_field(l, f, v, json_object_get(versions, name));
        if (got != LINE_RECORD) {
            (void)snprintf(l->fault, sizeof(l->fault), "%.150s", name);
            break;
        }
    }
    return got;
}

enum line_result
line_read(
    const tandem_schema *s, const char *text, size_t len, struct line *out)
{
    const char *kind;
    json_error_t e;

    memset(out, 0, sizeof(*out));
    out->root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
    if (out->root == NULL) {
        (void)snprintf(out->fault, sizeof(out->fault), "%.150s", e.text);
        return LINE_NO_JSON;
    }
    out->id = json_string_value(json_object_get(out->root, "record"));
    out->sector = json_string_value(json_object_get(out->root, "sector"));
    kind = json_string_value(json_object_get(out->root, "kind"));
    if (out->id == NULL || out->sector == NULL || kind == NULL ||
        !json_is_object(json_object_get(out->root, "fields"))) {
        return LINE_NO_RECORD;
    }
    out->kind = tandem_schema_kind_find(s, kind);
    if (out->kind == NULL) {
        (void)snprintf(out->fault, sizeof(out->fault), "%.150s", kind);
        return LINE_NO_KIND;
    }
    return read_fields(out);
}

void
line_free(struct line *l)
{
    for (size_t i = 0; i < l->count; i++) {
        for (size_t k = 0; k < l->cells[i].count; k++) {
            free(l->cells[i].texts[k]);
        }
        free(l->cells[i].texts);
        free(l->cells[i].name);
    }
    free(l->cells);
    json_decref(l->root);
    memset(l, 0, sizeof(*l));
}
