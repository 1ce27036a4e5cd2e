// SPDX-License-Identifier: Apache-2.0
// facts_own.h - what the files of facts share.
#ifndef FIGURES_FACTS_OWN_H
#define FIGURES_FACTS_OWN_H

#include "facts.h"

// Of no store, nothing read. ENOMEM.
tandem_err facts_new(struct facts **out);
// The handle of an id, given if it had none. ENOMEM.
tandem_err facts_handle(struct facts *f, tandem_id id, uint32_t *out);
// Room for n pairs of points, whose place is *at; they are to be filled in.
// ENOMEM; ELIMIT.
tandem_err facts_points(struct facts *f, size_t n, int64_t *at);
// The place in `sectors`, `devices`, given if there was none. ENOMEM; ELIMIT.
tandem_err facts_sector(struct facts *f, tandem_id id, uint16_t *out);
tandem_err facts_device(struct facts *f, tandem_device_id id, uint16_t *out);
// Nothing read yet; what it holds is freed.
tandem_err facts_clear(struct facts *f);
// Room for `count` handles in all. ENOMEM.
tandem_err facts_grow(struct facts *f, size_t count);

// The record into the row of `handle`. ENOMEM; ELIMIT.
tandem_err fact_read(
    struct facts *f, const tandem_record *r, uint32_t handle, uint64_t number);

// The kept form. Layout: facts_kept.c. `*out` is malloc'ed. ENOMEM.
tandem_err facts_encode(const struct facts *f, uint8_t **out, size_t *len);
// Into facts that were cleared; `f->stamp` says what they must have been read
// with. ECORRUPT: anything else than what facts_encode makes; cleared then.
tandem_err facts_decode(struct facts *f, const uint8_t *bytes, size_t len);

// In the store the kept form stands in parts, each a local value.
#define FACTS_NAME       "tandem.figures.facts"
#define FACTS_PART_BYTES ((size_t)8 << 20)
#define FACTS_PARTS_MAX  64

// What is said of them, a local value of its own. Layout: facts_parts.c.
struct facts_head {
    uint32_t parts; // 1..FACTS_PARTS_MAX
    uint64_t bytes; // of all
    uint64_t sum;   // of them: parts of two saves are none
};
#define FACTS_HEAD_BYTES 21
void facts_head_put(const struct facts_head *h, uint8_t out[FACTS_HEAD_BYTES]);
// false: not what facts_head_put makes.
bool facts_head_take(const uint8_t *bytes, size_t len, struct facts_head *out);

// What was kept, whole. One part is as the store gave it, several are joined.
struct facts_kept {
    tandem_slice bytes; // none when nothing is kept or it is in doubt
    tandem_local *one;
    uint8_t *joined;
};
// ENOMEM, and what reading the store can say; nothing is held then.
tandem_err facts_parts_get(
    struct facts *f, struct facts_kept *out, tandem_error *e);
void facts_parts_free(struct facts_kept *k);
// All of them in one commit. ELIMIT more than so many parts hold.
tandem_err facts_parts_put(
    struct facts *f, const uint8_t *bytes, size_t len, tandem_error *e);

#endif
