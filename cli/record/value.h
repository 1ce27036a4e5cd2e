// SPDX-License-Identifier: Apache-2.0
// value.h - values as people type and read them, and as JSON.
#ifndef TANDEM_CLI_VALUE_H
#define TANDEM_CLI_VALUE_H

#include "core/cli.h"

// Where a value is typed: references are looked for in the record's sector
// first, and may name a record that is not committed yet.
struct value_place {
    const struct cli *c;
    tandem_id sector;
    /** Does a record of this id come with the same batch? May be NULL. */
    bool (*coming)(void *ctx, tandem_id id);
    void *ctx;
    bool exact; // a string is taken as it stands, blanks around it too
};

/**
 * A value from text. A reference is an id, an import key or a short code of
 * the sector (then of the common one), the beginning of an id, or a person's
 * name.
 *
 * @param room  the value may borrow from it and from `text`
 */
tandem_err value_read(const struct value_place *p,
    const tandem_value_type *type, const char *text,
    char room[TANDEM_PARSE_ROOM], tandem_value *out, tandem_error *e);

/** As people read it; freed by the caller; NULL only without memory. */
char *value_text(
    const struct cli *c, const tandem_value_type *type, const tandem_value *v);
/** For programs: words by identifier, dates as ISO 8601. */
json_t *value_json(const tandem_value_type *type, const tandem_value *v);

/** A moment as people read it, in the local zone. */
void value_moment(const struct cli *c, int64_t wall_ms, char out[64]);
/** The same as ISO 8601. */
json_t *value_moment_json(int64_t wall_ms);

#endif
