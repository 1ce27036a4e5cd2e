// SPDX-License-Identifier: Apache-2.0
// change.h - what a person types about one field (`name=value`, `tags+=x`,
// `consents.photo=yes`, `steps@2+=x`) made into an edit.
#ifndef TANDEM_CLI_CHANGE_H
#define TANDEM_CLI_CHANGE_H

#include "record/value.h"

enum change_how {
    CHANGE_SET,
    CHANGE_ADD,
    CHANGE_REMOVE,
    CHANGE_FILL // add what is not there yet: a cell of an import
};

struct change {
    const tandem_field_info *field;
    enum change_how how;
    size_t place; // of a list, from 1: "steps@2"; 0: none said
    bool keyed;   // of a map: `key` says which
    tandem_value key;
    char key_room[TANDEM_PARSE_ROOM];
    char *key_text;   // `key` may borrow from it
    const char *text; // borrowed: what stands after the sign
};

/** A field, or a field's key ("consents.photo"), by its name. EKIND, EVALUE. */
tandem_err change_target(const struct value_place *p, const tandem_kind_info *k,
    const char *name, size_t len, struct change *out, tandem_error *e);
/** "field=value", "field+=value", "field-=value"; of a list also
 * "field@2+=value" (put there), "field@2=5" (move) and "field@2-=". EMISUSE
 * when none of these. */
tandem_err change_read(const struct value_place *p, const tandem_kind_info *k,
    const char *word, struct change *out, tandem_error *e);
void change_free(struct change *x);

/**
 * Make it part of an edit.
 *
 * @param seen  what the record held before; NULL for a new one
 * @return what the edit's own calls return; the sentence is in `e`.
 */
tandem_err change_apply(const struct value_place *p, const struct change *x,
    tandem_txn *t, tandem_edit *d, const tandem_record *seen, tandem_error *e);

/** How many values stand side by side where this writes. */
size_t change_versions(const struct change *x, const tandem_record *r);
/** Does somebody have to choose there? */
bool change_disputed(const struct change *x, const tandem_record *r);

#endif
