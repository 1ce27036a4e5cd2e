// SPDX-License-Identifier: Apache-2.0
// import_ban.h - addresses of the Base Adresse Nationale made into dwellings.
#ifndef TANDEM_CLI_IMPORT_BAN_H
#define TANDEM_CLI_IMPORT_BAN_H

#include "import/ban.h"
#include "import/import.h"

enum {
    BAN_DWELLINGS_MAX = 20000,    // of one file: a quarter, not a county
    BAN_JSON_BYTES_MAX = 16 << 20 // of a GeoJSON, which is read whole
};

struct ban_import {
    struct ban_header header;
    struct ban_address read; // of the row at hand
    int least;               // score, of 1000
    uint64_t dwellings;      // that the file would bring
    uint64_t elsewhere;      // rows not asked for: --town, --street
    uint64_t doubtful;       // taken in, to be looked at
};

/** From the options; 0 or an exit code. */
int import_ban_begin(struct import *m, struct ban_import *b);
/** The header's cells. 0 or an exit code. */
int import_ban_header(struct import *m, char *const *names, size_t count);
/** The dwelling's columns; the header has been read. 0 or an exit code. */
int import_ban_columns(struct import *m);
/** First reading: how many there are. 0, or an exit code: too many. */
int import_ban_expect(struct import *m, char *const *cells, size_t count);
/** Second reading: a row into the batch, or set apart. */
int import_ban_row(struct import *m, uint64_t line, char *const *cells,
    size_t count, const char *raw, size_t raw_len);
/** What there is besides the rows, into `line`, or said when it is NULL. */
void import_ban_tally(const struct import *m, json_t *line);
/** Is the file a GeoJSON? Then it is read whole. */
bool import_ban_is_json(int fd);
int import_ban_json(struct import *m, int fd);

#endif
