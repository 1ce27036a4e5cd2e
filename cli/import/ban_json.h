// SPDX-License-Identifier: Apache-2.0
// ban_json.h - a geocoder's answer as GeoJSON: features as the cells of the
// table it also writes (ban.h). Every byte is hostile.
#ifndef TANDEM_CLI_BAN_JSON_H
#define TANDEM_CLI_BAN_JSON_H

#include <jansson.h>

#include "import/ban.h"

enum { BAN_FEATURE_CELLS = 11 };

struct ban_feature {
    char *cells[BAN_FEATURE_CELLS]; // in `room`
    char room[BAN_FEATURE_CELLS][BAN_CELL_BYTES_MAX + 2];
};

/** Where its cells are, as a table's header says it. */
void ban_feature_header(struct ban_header *out);

/** The features of a FeatureCollection (borrowed), or NULL. */
const json_t *ban_features(const json_t *root);
/** False: not a Feature with properties. What is of another type than it should
 *  be counts as not there; a text that is too long stays too long. */
bool ban_feature_read(const json_t *feature, struct ban_feature *out);

#endif
