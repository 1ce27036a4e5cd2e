// SPDX-License-Identifier: Apache-2.0
// export_jsonl.c - records as JSON Lines: every value with who wrote it.
//
// Built from what may be written, field by field: nothing of a record gets
// into a line that no field of the pack allows.
#include <stdlib.h>

#include "export/export.h"

static void
set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value);
}

// The versions of one place; reasons are free text.
static json_t *
versions(struct export *x, const tandem_record *r, const tandem_field_info *f,
    json_t *list)
{
    size_t i;
    json_t *one;

    json_array_foreach(list, i, one)
    {
        if (!x->notes && json_object_get(one, "why") != NULL) {
            (void)json_object_del(one, "why");
            export_leave(
                x, LEFT_WHY, tandem_record_kind(r), f, (tandem_id){{0}});
        }
        (void)json_object_del(one, "version"); // of this store's own logs
    }
    return list;
}

static json_t *
map_versions(
    struct export *x, const tandem_record *r, const tandem_field_info *f)
{
    json_t *all = json_object();
    tandem_value key;

    for (size_t i = 0; tandem_record_item(r, f->id, i, &key, NULL) == TANDEM_OK;
         i++) {
        char *text = record_key_text(x->c, f, &key, true);

        if (text != NULL) {
            set(all, text,
                versions(x, r, f, record_versions_json(x->c, r, f, &key)));
        }
        free(text);
    }
    return all;
}

static json_t *
passages(struct export *x, const tandem_record *r, const tandem_field_info *f)
{
    json_t *list = json_array();
    tandem_passage p;
    char name[256];

    for (size_t i = 0; tandem_record_passage(r, f->id, i, &p) == TANDEM_OK;
         i++) {
        (void)json_array_append_new(
            list, json_pack("{s:I,s:o}", "count", (json_int_t)p.count, "device",
                      cli_json_text(cli_device_name(x->c, p.device, name))));
    }
    return list;
}

static json_t *
authors(struct export *x, const tandem_record *r, const tandem_field_info *f)
{
    switch (f->merge) {
    case TANDEM_MERGE_MAP:
        return map_versions(x, r, f);
    case TANDEM_MERGE_LOG:
        return versions(x, r, f, record_lines_json(x->c, r, f));
    case TANDEM_MERGE_TEXT:
        return passages(x, r, f);
    case TANDEM_MERGE_VIS:
    case TANDEM_MERGE_QUIET:
    case TANDEM_MERGE_ONCE:
    case TANDEM_MERGE_STATE:
        return versions(x, r, f, record_versions_json(x->c, r, f, NULL));
    case TANDEM_MERGE_SET:
    case TANDEM_MERGE_LIST:
    case TANDEM_MERGE_COUNTER:
    case TANDEM_MERGE_UNKNOWN:
    case TANDEM_MERGE_DERIVED:
        break;
    }
    return NULL;
}

static int
write_line(struct export *x, const tandem_record *r, void *ctx)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    json_t *o = record_envelope_json(x->c, r);
    json_t *fields = json_object(), *by = json_object();

    (void)ctx;
    for (size_t i = 0; i < k->field_count; i++) {
        const tandem_field_info *f = &k->fields[i];
        json_t *who;

        if (!export_may(x, r, f)) {
            continue;
        }
        record_field_json(x->c, r, f, fields);
        who = authors(x, r, f);
        if (who != NULL) {
            set(by, f->id, who);
        }
    }
    set(o, "fields", fields);
    set(o, "versions", by);
    if (json_dumpf(o, x->out, JSON_COMPACT | JSON_REAL_PRECISION(9)) == 0 &&
        fputc('\n', x->out) != EOF) {
        x->records++;
    }
    json_decref(o);
    return CLI_DONE;
}

int
export_jsonl(struct export *x)
{
    size_t n = tandem_schema_kind_count(x->c->schema);
    int rc = CLI_DONE;

    for (size_t i = 0; rc == CLI_DONE && i < n; i++) {
        const tandem_kind_info *k = tandem_schema_kind_at(x->c->schema, i);

        if (x->kind == NULL || x->kind == k) {
            rc = export_each(x, k, write_line, NULL);
        }
    }
    return rc;
}
