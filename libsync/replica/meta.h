// SPDX-License-Identifier: Apache-2.0
// meta.h - the META rows of this room. Layout: work.h.
#ifndef TD_REPLICA_META_H
#define TD_REPLICA_META_H

#include "replica/work.h"

#define TD_META_REPLICA    "replica"
#define TD_META_WORKSPACE  "workspace"
#define TD_META_ME         "me"
#define TD_META_CLOCK      "clock"
#define TD_META_COUNTS     "counts"
#define TD_META_SETTLE     "settle"
#define TD_META_INTRODUCED "introduced"

tandem_err td_meta_get(struct td_txn *t, const char *name, struct td_buf *out);
tandem_err td_meta_put(struct td_txn *t, const char *name, tandem_slice value);
tandem_err td_meta_del(struct td_txn *t, const char *name);
// ENOTFOUND; ECORRUPT unless exactly n bytes.
tandem_err td_meta_exact(
    struct td_txn *t, const char *name, void *out, size_t n);

// The rows that are more than so many bytes: what they say, without a store.
struct td_identity {
    uint8_t store_id[16], incarnation[16];
};
bool td_identity_read(tandem_slice row, struct td_identity *out);
void td_identity_write(const struct td_identity *id, struct td_buf *out);
bool td_counts_read(tandem_slice row, struct td_counts *out);
void td_counts_write(const struct td_counts *n, struct td_buf *out);
bool td_clock_row_read(tandem_slice row, uint64_t *last); // be64

// ENOTFOUND; ECORRUPT. Absent counts are zero.
tandem_err td_meta_identity(struct td_txn *t, struct td_identity *out);
tandem_err td_meta_identity_put(struct td_txn *t, const struct td_identity *id);
tandem_err td_meta_counts(struct td_txn *t, struct td_counts *out);
tandem_err td_meta_counts_put(struct td_txn *t, const struct td_counts *n);
tandem_err td_meta_clock(struct td_txn *t, uint64_t *last);

#endif
