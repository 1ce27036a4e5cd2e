// SPDX-License-Identifier: Apache-2.0
// line.h - one line of an export in JSON Lines, read: every byte is hostile.
//
// Values become the texts a person would type, so that one reader (value.h)
// checks what both bring.
#ifndef TANDEM_CLI_LINE_H
#define TANDEM_CLI_LINE_H

#include <jansson.h>

#include "tandem/tandem.h"

enum { LINE_BYTES_MAX = 8 << 20, LINE_BESIDE_MAX = 64 };

enum line_result {
    LINE_RECORD,
    LINE_NO_JSON,   // `fault`: what the reader says
    LINE_NO_RECORD, // no object with record, kind, sector and fields
    LINE_NO_KIND,   // `fault`: its name
    LINE_NO_FIELD,
    LINE_BAD_VALUE,
    LINE_NO_MEMORY
};

/** What one field, or one key of a map, holds. */
struct line_cell {
    const tandem_field_info *field;
    char *name;   // "name", "consents.photo"
    char **texts; // the first is the one shown
    size_t count; // more than 1: side by side
};

struct line {
    json_t *root;
    const char *id, *sector; // borrowed from `root`
    const tandem_kind_info *kind;
    struct line_cell *cells;
    size_t count;
    char fault[160];
};

/** Release with line_free() whatever the result. */
enum line_result line_read(
    const tandem_schema *s, const char *text, size_t len, struct line *out);
void line_free(struct line *l);

#endif
