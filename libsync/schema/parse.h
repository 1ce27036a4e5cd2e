// SPDX-License-Identifier: Apache-2.0
// parse.h - the parts that reading a pack is made of.
#ifndef TD_SCHEMA_PARSE_H
#define TD_SCHEMA_PARSE_H

#include "codec/cursor.h"
#include "schema/pack.h"

enum td_key {
    TD_KEY_PACK,
    TD_KEY_VERSION,
    TD_KEY_FOLLOWS,
    TD_KEY_ENUMS,
    TD_KEY_KINDS,
    TD_KEY_N,
    TD_KEY_ID,
    TD_KEY_FR,
    TD_KEY_EN,
    TD_KEY_RETIRED,
    TD_KEY_TITLE,
    TD_KEY_WRITERS,
    TD_KEY_SUBJECT,
    TD_KEY_ONE_PER,
    TD_KEY_RETENTION,
    TD_KEY_FIELDS,
    TD_KEY_TYPE,
    TD_KEY_MERGE,
    TD_KEY_CLASS,
    TD_KEY_INDEX,
    TD_KEY_MAKE,
    TD_KEY_REQUIRED,
    TD_KEY_AFTER,
    TD_KEY_STOP,
    TD_KEY_CHECKS,
    TD_KEY_WATCHES,
    TD_KEY_RETENTIONS,
    TD_KEY_RULES,
    TD_KEY_CHECK,
    TD_KEY_MIN,
    TD_KEY_MAX,
    TD_KEY_LOW,
    TD_KEY_HIGH,
    TD_KEY_NOT_BEFORE,
    TD_KEY_PAST,
    TD_KEY_DUTIES,
    TD_KEY_MATCH,
    TD_KEY_PLACES,
    TD_KEY_FIND,
    TD_KEY_WORDS,
    TD_KEY_REFUSE,
    TD_KEY_MONTHS,
    TD_KEY_WHEN,
    TD_KEY_WANT,
    TD_KEY_FIELD,
    TD_KEY_IS,
    TD_KEY_WORD,
    TD_KEY_COUNT
};

// The values of one map; len 0 where the key is absent.
struct td_map {
    tandem_slice at[TD_KEY_COUNT];
};

struct td_parse {
    struct td_pack *pack;
    tandem_error *e;
    const char *kind; // where we are, for sentences; NULL before the first
    const char *field;
};

extern const char *const td_key_names[TD_KEY_COUNT];

// "pack NAME/KIND.FIELD: what (which)"; `which` may be NULL.
tandem_err td_parse_broken(const struct td_parse *p, tandem_err code,
    const char *en, const char *fr, const char *which);
tandem_err td_parse_damaged(const struct td_parse *p, const char *which);
tandem_err td_parse_nomem(const struct td_parse *p);
// Collect the values of the map `raw`. false when it is none.
bool td_parse_map(tandem_slice raw, struct td_map *out);
bool td_parse_has(const struct td_map *m, enum td_key k);
// A number 1..2^31-1, never 0: zero means "none" above.
TANDEM_CHECK tandem_err td_parse_n(const struct td_parse *p,
    const struct td_map *m, enum td_key k, uint32_t *out);
// A copy of a term people read: 1..256 bytes, one line.
TANDEM_CHECK tandem_err td_parse_text(const struct td_parse *p,
    const struct td_map *m, enum td_key k, const char **out);
// An identifier (see td_ident_valid).
TANDEM_CHECK tandem_err td_parse_ident(const struct td_parse *p,
    const struct td_map *m, enum td_key k, bool dots, const char **out);
// Absent is false.
TANDEM_CHECK tandem_err td_parse_flag(
    const struct td_parse *p, const struct td_map *m, enum td_key k, bool *out);
// A copy of `s` when it is an identifier, or "*" where `star`.
TANDEM_CHECK tandem_err td_parse_id(
    const struct td_parse *p, tandem_slice s, bool star, const char **out);
// Is the value this very string?
bool td_parse_says(const struct td_map *m, enum td_key k, const char *word);
// Open the array `raw` and allocate as many elements of `size` bytes in the
// pack: `out` receives the pointer to them, itself of pointer type.
TANDEM_CHECK tandem_err td_parse_array(const struct td_parse *p,
    tandem_slice raw, const char *name, size_t max, size_t size,
    struct td_cur *c, size_t *count, void *out);
tandem_err td_parse_twice(const struct td_parse *p, const char *id);
// A signed number; absent leaves `out` as it is.
TANDEM_CHECK tandem_err td_parse_int(const struct td_parse *p,
    const struct td_map *m, enum td_key k, int64_t *out);
// A list of identifiers; absent is none.
TANDEM_CHECK tandem_err td_parse_ids(const struct td_parse *p,
    const struct td_map *m, enum td_key k, const char *const **out,
    size_t *count);
// What a pack asks of strings and texts, and how long it keeps records
// (asked.c).
TANDEM_CHECK tandem_err td_parse_asked(
    struct td_parse *p, const struct td_map *m);
// ... and what a field asks of its values.
TANDEM_CHECK tandem_err td_parse_bounds(
    struct td_parse *p, const struct td_map *m, tandem_field_info *f);
// ... and of the times of a kind's other fields: once all are read.
TANDEM_CHECK tandem_err td_parse_since(struct td_parse *p,
    const struct td_map *m, const tandem_kind_info *kind, tandem_field_info *f);
// The rules of a kind, once its fields are read (rule.c).
TANDEM_CHECK tandem_err td_parse_rules(
    struct td_parse *p, tandem_slice raw, tandem_kind_info *kind);
// The array of kinds (kind.c).
TANDEM_CHECK tandem_err td_parse_kinds(struct td_parse *p, tandem_slice raw);

#endif
