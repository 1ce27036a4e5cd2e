// SPDX-License-Identifier: Apache-2.0
// pack.h - a parsed pack: kinds as data, in one arena, immutable.
//
// Bytes of a built pack: canonical MessagePack
//   [1, {"pack": name, "version": 1.., "follows"?: hash in hex,
//        "enums"?: {id: [{"n", "id", "fr", "en", "after"?, "stop"?,
//                         "retired"?}]},
//        "checks"?: [{"id", "match"? or "places"?, "fr", "en"}],
//        "watches"?: [{"id", "find", "words"?, "refuse"?, "fr", "en"}],
//        "retentions"?: [{"id", "months"?, "fr", "en"}],
//        "kinds": [{"n", "id", "fr", "en", "title"?, "writers"?, "subject"?,
//                   "one_per"?, "retention"?, "retired"?,
//                   "rules"?: [{"id", "when": [clause], "want": [clause],
//                               "fr", "en"}],
//                   "fields": [{"n", "id", "fr", "en", "type", "merge",
//                               "class"?, "index"?, "make"?, "required"?,
//                               "stop"?, "check"?, "min"?, "max"?, "low"?,
//                               "high"?, "not_before"?, "past"?,
//                               "duties"?: [{"word", "writers"}],
//                               "retired"?}]}]}]
//   clause: {"field", "is": [words, or "*", or nothing]}
// Keys not named here belong to a newer version and are passed over.
//
// This room cannot hash: `tag` and `hash` are zero until the caller that
// parsed the pack fills them, before it shares the pack.
#ifndef TD_SCHEMA_PACK_H
#define TD_SCHEMA_PACK_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/id.h"
#include "tandem/schema.h"

struct td_kind {
    tandem_kind_info info; // first: a tandem_kind_info * is a td_kind *
    struct td_pack *pack;
    const uint16_t *by_n; // indexes of info.fields, in order of n
};

struct td_pack {
    uint8_t tag[8];      // first 8 bytes of BLAKE2b-256 of the name
    struct td_hash hash; // BLAKE2b-256 of `bytes`
    struct td_hash follows;
    bool has_follows;
    uint32_t version;
    const char *name;
    tandem_slice bytes; // as built
    size_t enum_count;
    tandem_enum_info *enums;
    size_t check_count;
    tandem_check_info *checks;
    size_t watch_count;
    tandem_watch_info *watches;
    size_t retention_count;
    tandem_retention_info *retentions;
    size_t kind_count;
    struct td_kind *kinds; // in the pack's order
    const uint16_t *by_n;  // indexes of kinds, in order of n
    struct td_arena arena;
    tandem_sys sys;
    atomic_uint refs;
};

// `built` is copied. The sentence says what is wrong and where.
TANDEM_CHECK tandem_err td_pack_parse(tandem_slice built, const tandem_sys *sys,
    struct td_pack **out, tandem_error *e);
struct td_pack *td_pack_retain(struct td_pack *p);
void td_pack_release(struct td_pack *p); // NULL allowed

// The rules a later version keeps; see tandem_pack_follows().
TANDEM_CHECK tandem_err td_pack_follows(
    const struct td_pack *p, const struct td_pack *later, tandem_error *e);

const struct td_kind *td_pack_kind_by_n(const struct td_pack *p, uint32_t n);

// Of a kind of any schema; never NULL.
const struct td_pack *td_kind_pack(const tandem_kind_info *k);
const tandem_field_info *td_kind_field_by_n(
    const tandem_kind_info *k, uint32_t n);

// May an edit write this field? EUNSUPPORTED with a sentence that says why
// not (computed, of a newer version, retired).
TANDEM_CHECK tandem_err td_field_writable(
    const tandem_field_info *f, tandem_error *e);
// Must a new record have it? False where an edit could not write it.
bool td_field_needed(const tandem_field_info *f);

#endif
