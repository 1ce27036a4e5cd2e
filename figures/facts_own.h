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

// The kept form. Layout: facts_kept.c. `*out` is malloc'ed. ENOMEM; ELIMIT.
tandem_err facts_encode(const struct facts *f, uint8_t **out, size_t *len);
// Into facts that were cleared; `f->stamp` says what they must have been read
// with. ECORRUPT: anything else than what facts_encode makes; cleared then.
tandem_err facts_decode(struct facts *f, const uint8_t *bytes, size_t len);

#endif
