// SPDX-License-Identifier: Apache-2.0
// type.h - the small language in which a pack writes types:
// "str:80", "set:phone", "map:enum:colour:int".
#ifndef TD_SCHEMA_TYPE_H
#define TD_SCHEMA_TYPE_H

#include "schema/pack.h"

enum td_type_fault {
    TD_TYPE_FINE,
    TD_TYPE_SYNTAX, // a known word, wrongly used
    TD_TYPE_ENUM,   // an enumeration the pack does not have
    TD_TYPE_LIMIT,  // str:0, or beyond what a value may hold
    TD_TYPE_MERGE,  // this merge is not for this type
    TD_TYPE_NOMEM
};

// Fill value, key and the UNSUPPORTED flag of `f` from its
// `type` and `merge`. Words of a newer version make it UNSUPPORTED.
enum td_type_fault td_type_read(struct td_pack *pack, tandem_field_info *f);
// Name to merge; TANDEM_MERGE_UNKNOWN for a newer version's.
tandem_merge td_merge_of(const char *name);

// "colour", "a.pack" (dots): lower-case ASCII words, at most 47 characters.
bool td_ident_valid(const char *id, bool dots);

// Equal but for the case of ASCII letters, whatever the locale.
bool td_term_same(const char *a, size_t a_len, const char *b);

#endif
