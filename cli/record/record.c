// SPDX-License-Identifier: Apache-2.0
// record.c - one record as JSON, and what names it.
#include "record/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page/utf8.h"

const char *
term_of(const struct cli *c, const char *fr, const char *en)
{
    return c->lang == TANDEM_FR ? fr : en;
}

bool
record_code(const tandem_record *r, char out[64])
{
    const tandem_kind_info *k = tandem_record_kind(r);
    tandem_value v;

    if (k == NULL || k->code_field < 0 ||
        tandem_record_get(r, k->fields[k->code_field].id, &v) != TANDEM_OK ||
        v.type != TANDEM_STR || v.u.s.len == 0) {
        return false;
    }
    (void)snprintf(out, 64, "%.*s", (int)(v.u.s.len < 63 ? v.u.s.len : 63),
        (const char *)v.u.s.ptr);
    return true;
}

char *
record_key_text(const struct cli *c, const tandem_field_info *f,
    const tandem_value *key, bool program)
{
    const tandem_word *w = NULL;

    if (program && key->type == TANDEM_ENUM && f->key.words != NULL) {
        w = tandem_enum_word(f->key.words, key->u.i);
    }
    return w != NULL ? strdup(w->id)
           : program ? value_text(c, &f->key, key)
                     : record_value_text(c, &f->key, key);
}

bool
record_has_items(const tandem_field_info *f)
{
    return f->merge == TANDEM_MERGE_SET || f->merge == TANDEM_MERGE_MAP ||
           f->merge == TANDEM_MERGE_LIST || f->merge == TANDEM_MERGE_LOG;
}

// References in a title lead to records with references in theirs (a file to
// its referral, that to its sheet, that to nothing): so far they are followed.
enum {
    TITLE_DEPTH = 3,
    TITLE_PARTS = 3,
    ITEMS_SHOWN = 2,
    PART_BYTES_MAX = 100
};

static char *title_of(const struct cli *c, const tandem_record *r, int depth);

static void
join_name(char *title, const tandem_record *r, char out[RECORD_NAME])
{
    char code[64] = "";
    const bool coded = r != NULL && record_code(r, code);

    (void)snprintf(out, RECORD_NAME, "%s%s%s", code,
        coded && title != NULL && title[0] != '\0' ? " " : "",
        title != NULL ? title : "");
    free(title);
}

// By its name where it is held and has one, else by the beginning of its id.
static char *
ref_text(const struct cli *c, tandem_id id, int depth)
{
    tandem_record *to = NULL;
    char name[RECORD_NAME] = "", text[37];

    if (depth > 0 && tandem_record_open(c->store, id, &to, NULL) == TANDEM_OK) {
        join_name(title_of(c, to, depth - 1), to, name);
        tandem_record_free(to);
    }
    if (name[0] != '\0') {
        return strdup(name);
    }
    tandem_id_text(id, text);
    text[13] = '\0';
    return strdup(text);
}

static char *
title_value(const struct cli *c, const tandem_field_info *f,
    const tandem_value *v, int depth)
{
    return v->type == TANDEM_NONE  ? NULL
           : v->type == TANDEM_REF ? ref_text(c, v->u.id, depth)
                                   : value_text(c, &f->value, v);
}

// "A., B.", and a mark where there are more.
static char *
title_items(const struct cli *c, const tandem_record *r,
    const tandem_field_info *f, int depth)
{
    char line[2 * RECORD_NAME + 8] = "";
    size_t n = 0;
    tandem_value v, none;

    for (size_t i = 0; tandem_record_item(r, f->id, i, &v, &none) == TANDEM_OK;
         i++) {
        char *one = i < ITEMS_SHOWN ? title_value(c, f, &v, depth) : NULL;

        if (i == ITEMS_SHOWN) {
            (void)snprintf(line + n, sizeof(line) - n, "%s", "…");
            break;
        }
        n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%.*s",
            i > 0 ? ", " : "", RECORD_NAME - 1, one != NULL ? one : "");
        free(one);
    }
    return strdup(line);
}

static char *
title_part(const struct cli *c, const tandem_record *r,
    const tandem_field_info *f, int depth)
{
    tandem_value v;

    if (f->merge == TANDEM_MERGE_SET || f->merge == TANDEM_MERGE_LIST) {
        return title_items(c, r, f, depth);
    }
    return tandem_record_get(r, f->id, &v) == TANDEM_OK
               ? title_value(c, f, &v, depth)
               : NULL;
}

// One line of it, in characters.
static void
cut_part(char *part)
{
    part[strcspn(part, "\r\n")] = '\0';
    utf8_cut(part, PART_BYTES_MAX);
}

// The first title fields that say something.
static char *
title_of(const struct cli *c, const tandem_record *r, int depth)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    char line[TITLE_PARTS * (PART_BYTES_MAX + 4)] = "";
    size_t n = 0, parts = 0;

    for (size_t i = 0; k != NULL && i < k->title_count && parts < TITLE_PARTS;
         i++) {
        const tandem_field_info *f = &k->fields[k->title[i]];
        char *part = (int)k->title[i] != k->code_field
                         ? title_part(c, r, f, depth)
                         : NULL;

        if (part != NULL && part[0] != '\0') {
            cut_part(part);
            n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s",
                parts > 0 ? ", " : "", part);
            parts++;
        }
        free(part);
    }
    return strdup(line);
}

char *
record_title(const struct cli *c, const tandem_record *r)
{
    return title_of(c, r, TITLE_DEPTH);
}

void
record_name(const struct cli *c, const tandem_record *r, char out[RECORD_NAME])
{
    join_name(r != NULL ? record_title(c, r) : NULL, r, out);
}

void
record_short_id(const struct cli *c, tandem_id id, char out[37])
{
    static const size_t cuts[] = {13, 18, 23}; // whole parts of it
    char whole[37];
    tandem_id found;

    tandem_id_text(id, whole);
    for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
        (void)snprintf(out, 37, "%.*s", (int)cuts[i], whole);
        if (tandem_lookup(c->store, out, &found, NULL) == TANDEM_OK &&
            tandem_id_equal(found, id)) {
            return;
        }
    }
    (void)snprintf(out, 37, "%s", whole);
}

char *
record_value_text(
    const struct cli *c, const tandem_value_type *type, const tandem_value *v)
{
    tandem_record *to = NULL;
    char name[RECORD_NAME] = "";

    if (v->type == TANDEM_REF &&
        tandem_record_open(c->store, v->u.id, &to, NULL) == TANDEM_OK) {
        record_name(c, to, name);
        tandem_record_free(to);
    }
    return name[0] != '\0' ? strdup(name) : value_text(c, type, v);
}

bool
record_disputed(
    const tandem_record *r, const tandem_field_info *f, const tandem_value *key)
{
    tandem_conflict x;

    for (size_t i = 0; tandem_record_conflict(r, i, &x) == TANDEM_OK; i++) {
        if (strcmp(x.field, f->id) == 0 &&
            (key == NULL || tandem_value_equal(key, &x.key))) {
            return true;
        }
    }
    return false;
}

// ---------------------------------------------------------------------- JSON

static void
set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value);
}

static json_t *
origin_json(const struct cli *c, tandem_id person, tandem_device_id device,
    int64_t wall_ms)
{
    char name[256];
    json_t *o = json_object();

    set(o, "person", cli_json_text(cli_person_name(c, person, name)));
    set(o, "device", cli_json_text(cli_device_name(c, device, name)));
    set(o, "at", value_moment_json(wall_ms));
    return o;
}

static json_t *
version_json(const struct cli *c, const tandem_field_info *f,
    const tandem_field_version *v)
{
    json_t *o = origin_json(c, v->person, v->device, v->wall_ms);

    if (v->dot[0] != '\0') {
        set(o, "version", cli_json_text(v->dot));
    }
    set(o, "value", value_json(&f->value, &v->value));
    if (v->why.len > 0) {
        set(o, "why", cli_json_bytes(v->why));
    }
    return o;
}

json_t *
record_lines_json(
    const struct cli *c, const tandem_record *r, const tandem_field_info *f)
{
    json_t *list = json_array();
    tandem_field_version v;

    for (size_t i = 0; tandem_record_line(r, f->id, i, &v) == TANDEM_OK; i++) {
        (void)json_array_append_new(list, version_json(c, f, &v));
    }
    return list;
}

json_t *
record_versions_json(const struct cli *c, const tandem_record *r,
    const tandem_field_info *f, const tandem_value *key)
{
    size_t n = tandem_record_versions(r, f->id, key);
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        tandem_field_version v;

        if (tandem_record_version(r, f->id, key, i, &v) != TANDEM_OK) {
            break;
        }
        (void)json_array_append_new(list, version_json(c, f, &v));
    }
    return list;
}

static json_t *
items_json(
    const struct cli *c, const tandem_record *r, const tandem_field_info *f)
{
    size_t n = tandem_record_items(r, f->id);
    bool map = f->merge == TANDEM_MERGE_MAP;
    json_t *all = map ? json_object() : json_array();
    tandem_value key, value;

    for (size_t i = 0; i < n; i++) {
        if (tandem_record_item(r, f->id, i, &key, &value) != TANDEM_OK) {
            continue;
        }
        if (map) {
            char *text = record_key_text(c, f, &key, true);

            if (text != NULL) {
                set(all, text, value_json(&f->value, &value));
            }
            free(text);
        } else {
            (void)json_array_append_new(all, value_json(&f->value, &key));
        }
    }
    return all;
}

void
record_field_json(const struct cli *c, const tandem_record *r,
    const tandem_field_info *f, json_t *fields)
{
    tandem_value v;

    if (record_has_items(f)) {
        if (tandem_record_items(r, f->id) > 0) {
            set(fields, f->id, items_json(c, r, f));
        }
        return;
    }
    if (tandem_record_get(r, f->id, &v) == TANDEM_OK && v.type != TANDEM_NONE) {
        set(fields, f->id, value_json(&f->value, &v));
    }
}

static json_t *
conflicts_json(const struct cli *c, const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    json_t *list = json_array();
    tandem_conflict x;

    for (size_t i = 0; tandem_record_conflict(r, i, &x) == TANDEM_OK; i++) {
        json_t *o = json_object();
        const tandem_field_info *f =
            k != NULL ? tandem_kind_field(k, x.field) : NULL;
        bool keyed = x.key.type != TANDEM_NONE;

        set(o, "field", cli_json_text(x.field));
        if (f != NULL && keyed) {
            char *text = record_key_text(c, f, &x.key, true);

            set(o, "key", cli_json_text(text));
            free(text);
        }
        if (x.anomaly) {
            set(o, "anomaly", json_true());
        }
        if (f != NULL) {
            set(o, "versions",
                record_versions_json(c, r, f, keyed ? &x.key : NULL));
        }
        (void)json_array_append_new(list, o);
    }
    return list;
}

static json_t *
deletion_json(const tandem_record *r)
{
    switch (tandem_record_deleted(r)) {
    case TANDEM_TRASHED:
        return json_true();
    case TANDEM_DISPUTED:
        return json_string("disputed");
    case TANDEM_LIVE:
        break;
    }
    return json_false();
}

static json_t *
heading_json(const struct cli *c, const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    json_t *o = json_object();
    char name[256], code[64];

    set(o, "record", cli_json_id(tandem_record_id(r)));
    if (record_code(r, code)) {
        set(o, "short_code", cli_json_text(code));
    }
    set(o, "kind", k != NULL ? cli_json_text(k->id) : json_null());
    set(o, "sector",
        cli_json_text(cli_sector_name(c, tandem_record_sector(r), name)));
    return o;
}

json_t *
record_envelope_json(const struct cli *c, const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    json_t *o = json_object();
    char name[256], kind[192];
    tandem_origin at;

    (void)snprintf(kind, sizeof(kind), "%s/%s", k->pack, k->id);
    set(o, "record", cli_json_id(tandem_record_id(r)));
    set(o, "kind", cli_json_text(kind));
    set(o, "sector",
        cli_json_text(cli_sector_name(c, tandem_record_sector(r), name)));
    set(o, "deleted", deletion_json(r));
    tandem_record_created(r, &at);
    set(o, "created", origin_json(c, at.person, at.device, at.wall_ms));
    tandem_record_changed(r, &at);
    set(o, "changed", origin_json(c, at.person, at.device, at.wall_ms));
    return o;
}

json_t *
record_answer(const struct cli *c, const tandem_record *r)
{
    json_t *o = heading_json(c, r);

    set(o, "seen", cli_json_text(tandem_record_seen(r)));
    return o;
}

json_t *
record_json(const struct cli *c, const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    json_t *o = heading_json(c, r);
    json_t *fields = json_object();
    char *title = record_title(c, r);
    tandem_origin at;

    set(o, "title", cli_json_text(title));
    free(title);
    for (size_t i = 0; k != NULL && i < k->field_count; i++) {
        record_field_json(c, r, &k->fields[i], fields);
    }
    set(o, "fields", fields);
    set(o, "conflicts", conflicts_json(c, r));
    set(o, "deleted", deletion_json(r));
    tandem_record_created(r, &at);
    set(o, "created", origin_json(c, at.person, at.device, at.wall_ms));
    tandem_record_changed(r, &at);
    set(o, "changed", origin_json(c, at.person, at.device, at.wall_ms));
    return o;
}

json_t *
record_json_full(const struct cli *c, const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    json_t *o = record_json(c, r);
    json_t *versions = json_object();

    for (size_t i = 0; k != NULL && i < k->field_count; i++) {
        const tandem_field_info *f = &k->fields[i];

        if (f->merge == TANDEM_MERGE_LOG && tandem_record_items(r, f->id) > 0) {
            set(versions, f->id, record_lines_json(c, r, f));
        } else if (f->merge != TANDEM_MERGE_MAP &&
                   tandem_record_versions(r, f->id, NULL) > 0) {
            set(versions, f->id, record_versions_json(c, r, f, NULL));
        }
    }
    set(o, "versions", versions);
    set(o, "seen", cli_json_text(tandem_record_seen(r)));
    return o;
}
