// SPDX-License-Identifier: Apache-2.0
// packs.h - which packs count: the built-in one and those published.
//
// Of several versions of a name the highest rules, ties by smaller hash. A
// published pack may not take the built-in's name. One that this version
// cannot read is passed over; its records are kept unread.
#ifndef TD_REPLICA_PACKS_H
#define TD_REPLICA_PACKS_H

#include "member/member.h"
#include "schema/schema.h"

void td_pack_tag(const char *name, uint8_t out[8]);
// Parse, and fill tag and hash.
tandem_err td_packs_parse(tandem_slice built, const tandem_sys *sys,
    struct td_pack **out, tandem_error *e);
// `member` and `present` may be NULL. *same: nothing differs from `present`,
// and no schema was made.
tandem_err td_packs_schema(const tandem_sys *sys,
    const struct td_member *member, const struct td_schema *present,
    struct td_schema **out, bool *same);

#endif
