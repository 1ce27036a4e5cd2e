// SPDX-License-Identifier: Apache-2.0
// ban_json.c - a geocoder's answer as GeoJSON. See ban_json.h.
#include "import/ban_json.h"

#include <stdio.h>
#include <string.h>

struct property {
    const char *name; // NULL: of the geometry
    enum ban_column column;
};

static const struct property properties[BAN_FEATURE_CELLS] = {
    {"id", BAN_COLUMN_ID},
    {"housenumber", BAN_COLUMN_NUMBER},
    {"street", BAN_COLUMN_STREET},
    {"name", BAN_COLUMN_NAME},
    {"postcode", BAN_COLUMN_POSTCODE},
    {"citycode", BAN_COLUMN_TOWN},
    {"city", BAN_COLUMN_TOWN_NAME},
    {"score", BAN_COLUMN_SCORE},
    {"type", BAN_COLUMN_TYPE},
    {NULL, BAN_COLUMN_LON},
    {NULL, BAN_COLUMN_LAT},
};
enum { PROPERTIES = BAN_FEATURE_CELLS - 2 };

void
ban_feature_header(struct ban_header *out)
{
    memset(out, 0, sizeof(*out));
    out->geocoded = true;
    for (size_t i = 0; i < BAN_FEATURE_CELLS; i++) {
        out->at[properties[i].column] = i + 1;
    }
}

const json_t *
ban_features(const json_t *root)
{
    const char *type = json_string_value(json_object_get(root, "type"));
    const json_t *features = json_object_get(root, "features");

    return type != NULL && strcmp(type, "FeatureCollection") == 0 &&
                   json_is_array(features)
               ? features
               : NULL;
}

// Seven decimals, a centimetre, are more than is kept.
static void
put(char room[BAN_CELL_BYTES_MAX + 2], const json_t *value)
{
    room[0] = '\0';
    if (json_is_string(value) &&
        strlen(json_string_value(value)) == json_string_length(value)) {
        (void)snprintf(
            room, BAN_CELL_BYTES_MAX + 2, "%s", json_string_value(value));
    } else if (json_is_number(value)) {
        (void)snprintf(
            room, BAN_CELL_BYTES_MAX + 2, "%.7f", json_number_value(value));
    }
}

bool
ban_feature_read(const json_t *feature, struct ban_feature *out)
{
    const json_t *p = json_object_get(feature, "properties");
    const json_t *at =
        json_object_get(json_object_get(feature, "geometry"), "coordinates");

    if (!json_is_object(p)) {
        return false;
    }
    for (size_t i = 0; i < BAN_FEATURE_CELLS; i++) {
        out->cells[i] = out->room[i];
        put(out->room[i], i < PROPERTIES
                              ? json_object_get(p, properties[i].name)
                              : json_array_get(at, i - PROPERTIES));
    }
    return true;
}
