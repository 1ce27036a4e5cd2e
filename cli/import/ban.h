// SPDX-License-Identifier: Apache-2.0
// ban.h - one address of the Base Adresse Nationale, read: every byte is
// hostile.
//
// Three tables have them: an extract of the base (id; numero; rep; nom_voie;
// code_postal; code_insee; nom_commune; lon; lat; ...), a town's own
// (cle_interop; voie_nom; suffixe; ...), and what a geocoder adds to a table of
// one's own (result_id, result_score, ...). Which it is, the header says. Each
// address becomes the texts a person would type into a dwelling, the same ones
// whatever table it came from.
#ifndef TANDEM_CLI_BAN_H
#define TANDEM_CLI_BAN_H

#include <stdbool.h>
#include <stddef.h>

enum { BAN_CELL_BYTES_MAX = 256, BAN_ROOM = 6144, BAN_SCORE_ONE = 1000 };

/** What an address gives, in the order of ban_fields(). */
enum ban_cell {
    BAN_ID, // the interoperability key; the import key too
    BAN_ADDRESS,
    BAN_NUMBER,
    BAN_STREET,
    BAN_POSTCODE,
    BAN_TOWN, // its INSEE code
    BAN_POSITION,
    BAN_CELLS
};

/** What is looked for in a header. */
enum ban_column {
    BAN_COLUMN_ID,
    BAN_COLUMN_NUMBER,
    BAN_COLUMN_SUFFIX,
    BAN_COLUMN_STREET,
    BAN_COLUMN_POSTCODE,
    BAN_COLUMN_TOWN,
    BAN_COLUMN_TOWN_NAME,
    BAN_COLUMN_LON,
    BAN_COLUMN_LAT,
    BAN_COLUMN_NAME,   // of a geocoder: number and street in one
    BAN_COLUMN_SCORE,  // of a geocoder
    BAN_COLUMN_TYPE,   // of a geocoder: housenumber, street, ...
    BAN_COLUMN_STATUS, // of a geocoder: ok, not-found, ...
    BAN_COLUMNS
};

struct ban_header {
    bool geocoded;
    size_t at[BAN_COLUMNS]; // cell, from 1; 0: not there
};

enum ban_result {
    BAN_DWELLING,
    BAN_NO_ID,     // nothing to know it by
    BAN_NOT_FOUND, // the geocoder found nothing
    BAN_NO_NUMBER, // a street, a place or a town: nobody's door
    BAN_NO_STREET,
    BAN_BAD_NUMBER, // not digits, then perhaps letters
    BAN_BAD_PLACE,  // half a position, or one that is no number
    BAN_BAD_SCORE,
    BAN_LONG // a cell is longer than BAN_CELL_BYTES_MAX
};

struct ban_address {
    char *cells[BAN_CELLS]; // in `room`; "" where nothing is known
    int score;              // of 1000; BAN_SCORE_ONE in an extract
    char room[BAN_ROOM];
    size_t used;
};

/** Field of a dwelling and the column it is read from. */
struct ban_field {
    const char *field;
    enum ban_column from;
};
extern const struct ban_field ban_fields[BAN_CELLS];

/** False: none of the three tables. */
bool ban_header_read(char *const *names, size_t count, struct ban_header *out);
/** Cells that are not there count as empty. */
enum ban_result ban_read(const struct ban_header *h, char *const *cells,
    size_t count, struct ban_address *out);
/** "0.6" as 600; false: not a number from 0 to 1. */
bool ban_score(const char *text, int *out);

#endif
