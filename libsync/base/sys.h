// SPDX-License-Identifier: Apache-2.0
// sys.h - the host's seams, completed with the system's own.
#ifndef TD_BASE_SYS_H
#define TD_BASE_SYS_H

#include "tandem/base.h"

// Every member set. `given` may be NULL. Stored by value in a handle.
void td_sys_fill(tandem_sys *out, const tandem_sys *given);
// The system's own seams, all members set; static storage, const.
const tandem_sys *td_sys_default(void);

// Memory through the seam. `sys` NULL = the system's own.
void *td_alloc(const tandem_sys *sys, size_t n); // zeroed; NULL on failure
void *td_grow(const tandem_sys *sys, void *p, size_t was, size_t now);
void td_free(const tandem_sys *sys, void *p, size_t was);

// Randomness as an argument: what pure rooms receive.
struct td_rng {
    void *ctx;
    tandem_err (*fill)(void *ctx, uint8_t *p, size_t n);
};
struct td_rng td_sys_rng(const tandem_sys *sys);

// Randomness taken from `from` a block at a time: a system call for each 16
// bytes was 5 % of a reception. One thread's; what was given is wiped.
struct td_rng_pool {
    struct td_rng from;
    size_t left; // of `bytes`, at their end
    uint8_t bytes[4096];
};
void td_rng_pool_init(struct td_rng_pool *p, struct td_rng from);
void td_rng_pool_deinit(struct td_rng_pool *p);     // wipes
struct td_rng td_rng_pooled(struct td_rng_pool *p); // borrows `p`

#endif
