// SPDX-License-Identifier: Apache-2.0
// record.h - one record shown, as text and as JSON.
#ifndef TANDEM_CLI_RECORD_H
#define TANDEM_CLI_RECORD_H

#include "record/value.h"

/** {record, kind, sector, fields, conflicts, deleted, ...}. */
json_t *record_json(const struct cli *c, const tandem_record *r);
/** The same with who wrote each value, and the `seen` token. */
json_t *record_json_full(const struct cli *c, const tandem_record *r);
/** The values that stand side by side in one place. */
json_t *record_versions_json(const struct cli *c, const tandem_record *r,
    const tandem_field_info *f, const tandem_value *key);

/** The lines of a log with their authors. */
json_t *record_lines_json(
    const struct cli *c, const tandem_record *r, const tandem_field_info *f);
/** What one field holds, into `fields`; nothing when it is empty. */
void record_field_json(const struct cli *c, const tandem_record *r,
    const tandem_field_info *f, json_t *fields);
/** What stands around the fields of a record of a known kind: no value of
 *  its own. {record, kind, sector, deleted, created, changed}. */
json_t *record_envelope_json(const struct cli *c, const tandem_record *r);

/** Is it read by tandem_record_item()? */
bool record_has_items(const tandem_field_info *f);
/** Does somebody have to choose there? `key` NULL: no map. */
bool record_disputed(const tandem_record *r, const tandem_field_info *f,
    const tandem_value *key);

/** Every field with its authors, what is in conflict, the token. */
void record_print(const struct cli *c, const tandem_record *r);
/** One line: short code or beginning of the id, title, sector, last change. */
void record_print_line(const struct cli *c, const tandem_record *r);
/** The versions of one place from the `from`th on, one line each, to `stderr`
 *  or stdout. */
void record_print_versions(const struct cli *c, const tandem_record *r,
    const tandem_field_info *f, const tandem_value *key, size_t from,
    bool talk);

/** What names the record: its title fields, references in them by the name of
 *  the record they lead to. Freed by the caller. */
char *record_title(const struct cli *c, const tandem_record *r);
/** Its short code, or false. */
bool record_code(const tandem_record *r, char out[64]);
/** As much of its id as no other record here begins with. */
void record_short_id(const struct cli *c, tandem_id id, char out[37]);
/** How it is called among others: short code and title; "" when it has neither,
 *  or is NULL. */
#define RECORD_NAME 400
void record_name(
    const struct cli *c, const tandem_record *r, char out[RECORD_NAME]);
/** A value as people read it, and a reference by the name of the record it
 *  leads to where that may be read here, else by its id. Freed by the caller.
 */
char *record_value_text(
    const struct cli *c, const tandem_value_type *type, const tandem_value *v);
/** A map's key as a program reads it; freed by the caller. */
char *record_key_text(const struct cli *c, const tandem_field_info *f,
    const tandem_value *key, bool program);

/** The JSON answer of a verb that wrote: record, short code, kind, sector. */
json_t *record_answer(const struct cli *c, const tandem_record *r);

/** A term in the person's language. */
const char *term_of(const struct cli *c, const char *fr, const char *en);

#endif
