// SPDX-License-Identifier: Apache-2.0
// heads.h - the full set of heads a device holds, looked at from outside.
#ifndef TD_TESTS_SIM_HEADS_H
#define TD_TESTS_SIM_HEADS_H

#include "sim/device.h"

struct heads {
    struct td_log_info *of; // sorted by log, then hash
    size_t count;
    bool taken;       // looked at once
    unsigned sectors; // of a meeting: which ones both saw, a bit each
};

void heads_take(struct heads *h, struct device *d); // frees what it held
void heads_free(struct heads *h);
// The sectors both devices may read, as `d` knows it; the control sector too.
bool heads_shared(
    struct device *d, const struct device *other, tandem_id sector);
// Only those of sectors that both say both may read.
void heads_keep_shared(struct heads *h, struct device *a, struct device *b);
bool heads_hold(const struct heads *h, const struct td_log_info *head);
// How many of `a`, of what both may see, are not in `b`.
size_t heads_beyond(const struct heads *a, const struct heads *b,
    struct device *d, const struct device *other);
// Does the device hold this entry, on whichever branch?
bool heads_has(struct device *d, struct td_log_id id, uint64_t seq,
    const struct td_hash *hash);
bool heads_on_path(struct device *d, struct td_log_id id, uint64_t seq,
    const struct td_hash16 *mark);
bool heads_reach(struct device *d, const struct td_log_info *entry);
uint64_t heads_hash(const struct heads *h, tandem_id sector);

#endif
