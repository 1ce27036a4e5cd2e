// SPDX-License-Identifier: Apache-2.0
// names.h - the built-in pack: names of things, and persons, as records.
//
// Pack "tandem", version 1; its records stand in the common sector.
//   kind 1 "name_of"  field 1 "thing" str:64, once: the named thing in hex
//                     field 2 "label" str:80, vis
//          record id: UUIDv8 of the first 16 bytes of
//          BLAKE2b-256(0x6e || workspace 32 || thing), so that all devices
//          find it
//   kind 2 "person"   field 1 "label" str:80, vis; id UUIDv7
// Things: a workspace or device (32 bytes), a sector (16).
#ifndef TD_REPLICA_NAMES_H
#define TD_REPLICA_NAMES_H

#include "replica/work.h"

#define TD_NAMES_PACK_MAX 4096
#define TD_NAMES_PACK     "tandem"
enum {
    TD_NAMES_KIND_NAME = 1,
    TD_NAMES_KIND_PERSON = 2,
    TD_NAMES_THING = 1,
    TD_NAMES_LABEL = 2,
    TD_NAMES_PERSON_LABEL = 1
};

void td_names_pack(struct td_buf *out);
tandem_id td_names_id(const struct td_hash *workspace, tandem_slice thing);
// EVALUE with a sentence unless 1..80 characters of one line of UTF-8.
tandem_err td_names_check(const char *name, tandem_error *e);

// Names and persons written in one commit of the common sector.
#define TD_NAMES_AT_ONCE 4
struct td_naming {
    tandem_slice things[TD_NAMES_AT_ONCE]; // len 0: a person
    const char *labels[TD_NAMES_AT_ONCE];
    tandem_id ids[TD_NAMES_AT_ONCE]; // out
    size_t count;
};
// Things already named here are left as they are. `me` zero: the first
// person written counts as the author.
tandem_err td_names_write(
    struct td_work *w, struct td_naming *n, tandem_id me, int64_t now_ms);

#endif
