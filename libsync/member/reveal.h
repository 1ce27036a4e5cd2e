// SPDX-License-Identifier: Apache-2.0
// reveal.h - what the two sides of an enrolment say of themselves: the body
// of a REVEAL, without its mac. Layout: enrol.c. Private to member/.
#ifndef TD_MEMBER_REVEAL_H
#define TD_MEMBER_REVEAL_H

#include "base/buf.h"
#include "base/limits.h"
#include "codec/cursor.h"
#include "crypto/device.h"
#include "tandem/member.h"
#include "tandem/node.h"

struct td_reveal {
    struct td_device_public keys;
    char name[TD_NAME_BYTES_MAX]; // newcomer
    tandem_right right;           // inviter: what it grants
    tandem_id sectors[TANDEM_GRANT_SECTORS_MAX];
    size_t sector_count;
};

// One line of 1 to 80 characters.
bool td_reveal_name_valid(tandem_slice s);
void td_reveal_put(struct td_buf *b, unsigned type, const uint8_t random[32],
    bool inviter, const struct td_reveal *r);
// The elements between type and mac. false: not such a body.
bool td_reveal_get(struct td_cur *c, bool inviter, struct td_reveal *out);
void td_reveal_commitment(tandem_slice body, uint8_t out[32]);

#endif
