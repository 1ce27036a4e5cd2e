// SPDX-License-Identifier: Apache-2.0
// export_geojson.c - what has a place, as one FeatureCollection (RFC 7946).
//
// A position becomes a Point; a string that a check of the pack asks to be
// three places or more, a Polygon; two or more, a LineString. Longitude comes
// first, rings are closed and go round against the clock.
#include <stdlib.h>
#include <string.h>

#include "export/export.h"

// The field of a kind that says where, or NULL.
static const tandem_field_info *
place_field(const tandem_kind_info *k)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const tandem_field_info *f = &k->fields[i];

        if (f->value.base == TANDEM_FIELD_GEO && !record_has_items(f)) {
            return f;
        }
        if (f->check != NULL && f->check->places > 0 && !record_has_items(f)) {
            return f;
        }
    }
    return NULL;
}

// "lat,lon lat,lon" as an array of [lon, lat].
static json_t *
row_of_places(const char *text)
{
    json_t *row = json_array();

    while (*text != '\0') {
        char *end = NULL;
        double lat = strtod(text, &end), lon;

        if (end == text || *end != ',') {
            break;
        }
        text = end + 1;
        lon = strtod(text, &end);
        if (end == text) {
            break;
        }
        (void)json_array_append_new(row, json_pack("[f,f]", lon, lat));
        text = end + strspn(end, " ");
    }
    return row;
}

static double
at(const json_t *row, size_t i, size_t axis)
{
    return json_number_value(json_array_get(json_array_get(row, i), axis));
}

// Twice the area on a map; above 0: against the clock.
static double
turning(const json_t *row)
{
    size_t n = json_array_size(row);
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        size_t k = (i + 1) % n;

        sum += at(row, i, 0) * at(row, k, 1) - at(row, k, 0) * at(row, i, 1);
    }
    return sum;
}

// Takes `row`.
static json_t *
polygon(json_t *row)
{
    json_t *ring = json_array();
    size_t n = json_array_size(row);
    bool backwards = turning(row) < 0;

    if (n > 1 &&
        json_equal(json_array_get(row, 0), json_array_get(row, n - 1))) {
        n--; // closed by its writer
    }
    for (size_t i = 0; i <= n; i++) {
        size_t k = i % n;

        (void)json_array_append(
            ring, json_array_get(row, backwards && k > 0 ? n - k : k));
    }
    json_decref(row);
    return json_pack("{s:s,s:[o]}", "type", "Polygon", "coordinates", ring);
}

static json_t *
geometry(const tandem_field_info *f, const tandem_value *v)
{
    char *text;
    json_t *row;

    if (v->type == TANDEM_GEO) {
        return json_pack("{s:s,s:[f,f]}", "type", "Point", "coordinates",
            v->u.geo[1] / 1e5, v->u.geo[0] / 1e5);
    }
    text = export_plain(&f->value, v);
    row = row_of_places(text != NULL ? text : "");
    free(text);
    if (json_array_size(row) < f->check->places) {
        json_decref(row);
        return NULL;
    }
    return f->check->places >= 3 ? polygon(row)
                                 : json_pack("{s:s,s:o}", "type", "LineString",
                                       "coordinates", row);
}

struct collection {
    const tandem_field_info *place;
    bool first;
};

static void
put_feature(struct export *x, const tandem_record *r, struct collection *all,
    json_t *shape)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    json_t *o = json_pack("{s:s,s:o,s:o}", "type", "Feature", "id",
        cli_json_id(tandem_record_id(r)), "geometry", shape);
    json_t *fields = json_object();
    char name[256];

    (void)json_object_set_new(fields, "kind", cli_json_text(k->id));
    (void)json_object_set_new(fields, "sector",
        cli_json_text(cli_sector_name(x->c, tandem_record_sector(r), name)));
    for (size_t i = 0; i < k->field_count; i++) {
        const tandem_field_info *f = &k->fields[i];

        if (f == all->place || !export_may(x, r, f)) {
            continue;
        }
        if (record_disputed(r, f, NULL)) {
            export_leave(x, LEFT_BESIDE, k, f, tandem_record_id(r));
        } else {
            record_field_json(x->c, r, f, fields);
        }
    }
    (void)json_object_set_new(o, "properties", fields);
    (void)fputs(all->first ? "\n" : ",\n", x->out);
    (void)json_dumpf(o, x->out, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(o);
    all->first = false;
    x->records++;
}

static int
feature(struct export *x, const tandem_record *r, void *ctx)
{
    struct collection *all = ctx;
    const tandem_kind_info *k = tandem_record_kind(r);
    const tandem_field_info *f;
    tandem_value v;
    json_t *shape;

    if (!export_holds(r, all->place)) {
        export_leave(x, LEFT_PLACE, k, NULL, (tandem_id){{0}});
        return CLI_DONE;
    }
    v = export_value(x, r, all->place->id, &f); // says why it gives none
    if (v.type == TANDEM_NONE) {
        return CLI_DONE;
    }
    shape = geometry(f, &v);
    if (shape == NULL) {
        export_leave(x, LEFT_PLACE, k, f, tandem_record_id(r));
        return CLI_DONE;
    }
    put_feature(x, r, all, shape);
    return CLI_DONE;
}

int
export_geojson(struct export *x)
{
    size_t n = tandem_schema_kind_count(x->c->schema);
    struct collection all = {.first = true};
    int rc = CLI_DONE;

    if (x->kind != NULL && place_field(x->kind) == NULL) {
        return cli_fail_with(x->c, TANDEM_EKIND,
            _("%s has no field that says where"), x->kind->id);
    }
    (void)fputs("{\"type\":\"FeatureCollection\",\"features\":[", x->out);
    for (size_t i = 0; rc == CLI_DONE && i < n; i++) {
        const tandem_kind_info *k = tandem_schema_kind_at(x->c->schema, i);

        all.place = place_field(k);
        if (all.place != NULL && (x->kind == NULL || x->kind == k)) {
            rc = export_each(x, k, feature, &all);
        }
    }
    (void)fputs("\n]}\n", x->out);
    return rc;
}
