// SPDX-License-Identifier: Apache-2.0
// lookup.c - which record a person means by a reference.
//
// In this order: a whole id that is held here; an import key or a short code in
// the record's sector; the same in the common sector; the same in a sector that
// is named before it (FIVES/c1); whatever the library's own lookup finds (the
// beginning of an id, a short code elsewhere); a person's name. What an export
// of another store brought in has that store's id as its import key.
#include "record/lookup.h"

#include <stdio.h>
#include <string.h>

enum { IMPORT_KEY_BYTES_MAX = 64 };

void
lookup_kind_name(const tandem_kind_info *k, char out[192])
{
    (void)snprintf(out, 192, "%s/%s", k->pack, k->id);
}

bool
lookup_exists(const struct cli *c, tandem_id id)
{
    tandem_record *r = NULL;
    bool found = tandem_record_open(c->store, id, &r, NULL) == TANDEM_OK;

    tandem_record_free(r);
    return found;
}

static bool
by_import_key(const struct value_place *p, const tandem_kind_info *k,
    tandem_id sector, const char *text, tandem_id *out)
{
    char kind[192];
    size_t len = strlen(text);
    tandem_id id;

    if (len == 0 || len > IMPORT_KEY_BYTES_MAX) {
        return false;
    }
    lookup_kind_name(k, kind);
    if (tandem_keyed_id(p->c->store, kind, sector, tandem_bytes(text, len), &id,
            NULL) != TANDEM_OK) {
        return false;
    }
    if ((p->coming != NULL && p->coming(p->ctx, id)) ||
        lookup_exists(p->c, id)) {
        *out = id;
        return true;
    }
    return false;
}

// A short code within one sector. More than one is nobody's answer.
static tandem_err
by_code(const struct value_place *p, const tandem_kind_info *k,
    tandem_id sector, const char *text, tandem_id *out)
{
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_page *page = NULL;
    tandem_err err = TANDEM_ENOTFOUND;
    char kind[192], room[TANDEM_PARSE_ROOM];
    const tandem_field_info *f;

    if (k->code_field < 0) {
        return TANDEM_ENOTFOUND;
    }
    f = &k->fields[k->code_field];
    if (tandem_value_parse(&f->value, text, TANDEM_NO_OFFSET, room, &q.value,
            NULL) != TANDEM_OK) {
        return TANDEM_ENOTFOUND;
    }
    lookup_kind_name(k, kind);
    q.kind = kind;
    q.sector = &sector;
    q.field = f->id;
    q.limit = 2;
    if (tandem_find(p->c->store, &q, &page, NULL) != TANDEM_OK) {
        return TANDEM_ENOTFOUND;
    }
    if (tandem_page_count(page) > 1) {
        err = TANDEM_ECONFLICT;
    } else if (tandem_page_count(page) == 1) {
        *out = tandem_record_id(tandem_page_record(page, 0));
        err = TANDEM_OK;
    }
    tandem_page_free(page);
    return err;
}

// A kind of another pack is written with its pack: fr.terrain/agent.
static bool
refers_to(const tandem_value_type *type, const tandem_kind_info *k)
{
    char name[192];

    if (type->ref == NULL || strcmp(type->ref, "*") == 0 ||
        strcmp(type->ref, k->id) == 0) {
        return true;
    }
    lookup_kind_name(k, name);
    return strcmp(type->ref, name) == 0;
}

static tandem_err
in_sector(const struct value_place *p, const tandem_value_type *type,
    tandem_id sector, const char *text, tandem_id *out)
{
    tandem_err err = TANDEM_ENOTFOUND;

    for (size_t i = 0;
         err == TANDEM_ENOTFOUND && i < tandem_schema_kind_count(p->c->schema);
         i++) {
        const tandem_kind_info *k = tandem_schema_kind_at(p->c->schema, i);

        if (!refers_to(type, k)) {
            continue;
        }
        err = by_import_key(p, k, sector, text, out)
                  ? TANDEM_OK
                  : by_code(p, k, sector, text, out);
    }
    return err;
}

// "FIVES/c1": the sector is named, for what stands in another one.
static tandem_err
in_named_sector(const struct value_place *p, const tandem_value_type *type,
    const char *text, tandem_id *out)
{
    const char *slash = strchr(text, '/');
    char name[256];
    tandem_id sector;

    if (slash == NULL) {
        return TANDEM_ENOTFOUND;
    }
    (void)snprintf(name, sizeof(name), "%.*s", (int)(slash - text), text);
    if (tandem_sector_find(p->c->store, name, &sector, NULL) != TANDEM_OK) {
        return TANDEM_ENOTFOUND;
    }
    return in_sector(p, type, sector, slash + 1, out);
}

static tandem_err
find_id(const struct value_place *p, const tandem_value_type *type,
    const char *text, tandem_id *out, tandem_error *e)
{
    tandem_id common = tandem_sector_common(), id;
    tandem_err err;
    bool whole = tandem_id_parse(text, &id);

    if (whole && lookup_exists(p->c, id)) {
        *out = id;
        return TANDEM_OK;
    }
    err = in_sector(p, type, p->sector, text, out);
    if (err == TANDEM_ENOTFOUND && !tandem_id_equal(p->sector, common)) {
        err = in_sector(p, type, common, text, out);
    }
    if (whole && err == TANDEM_ENOTFOUND) {
        *out = id; // it may come yet
        return TANDEM_OK;
    }
    if (err == TANDEM_ENOTFOUND) {
        err = in_named_sector(p, type, text, out);
    }
    if (err == TANDEM_ECONFLICT) {
        return cli_error(
            e, err, _("several records have the code \"%s\""), text);
    }
    if (err == TANDEM_ENOTFOUND) {
        err = tandem_lookup(p->c->store, text, out, e);
    }
    if (err == TANDEM_ENOTFOUND &&
        tandem_person_find(p->c->store, text, out, NULL) == TANDEM_OK) {
        *e = cli_no_error(p->c); // what the lookup did not find is found
        err = TANDEM_OK;
    }
    return err;
}

tandem_err
lookup_ref(const struct value_place *p, const tandem_value_type *type,
    const char *text, tandem_value *out, tandem_error *e)
{
    const char *field = type->field != NULL ? type->field->id : "";
    char name[256];
    size_t len;
    tandem_id id;
    tandem_err err;

    text += strspn(text, " \t");
    len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t')) {
        len--;
    }
    if (len >= sizeof(name)) {
        return cli_error(e, TANDEM_EVALUE,
            _("%s: a reference is an id, a short code or an import key"),
            field);
    }
    memcpy(name, text, len);
    name[len] = '\0';
    err = find_id(p, type, name, &id, e);
    if (err == TANDEM_ENOTFOUND) {
        err = cli_error(e, err,
            _("%s: no record answers to \"%s\" (id, short code or import "
              "key)"),
            field, name);
    }
    if (err == TANDEM_OK) {
        *out = tandem_ref(id);
    } else {
        (void)snprintf(e->field, sizeof(e->field), "%s", field);
    }
    return err;
}
