// SPDX-License-Identifier: Apache-2.0
// arena.h - memory that is freed all at once: a parse, a record, a batch.
//
// Blocks never move, so pointers stay valid until deinit or reset.
#ifndef TD_BASE_ARENA_H
#define TD_BASE_ARENA_H

#include "base/sys.h"

struct td_arena_block;
struct td_arena {
    struct td_arena_block *head;
    size_t used, max;
    const tandem_sys *sys;
};

void td_arena_init(struct td_arena *a, const tandem_sys *sys, size_t max);
void td_arena_deinit(struct td_arena *a); // safe on a zeroed one
void td_arena_reset(struct td_arena *a);  // keeps one block
// Zeroed, aligned for any type; NULL when memory or `max` is exhausted.
void *td_arena_alloc(struct td_arena *a, size_t n);
// n * size without overflow.
void *td_arena_array(struct td_arena *a, size_t n, size_t size);
// A copy; ptr NULL with len > 0 on failure (len 0 gives a non-NULL pointer).
tandem_slice td_arena_dup(struct td_arena *a, tandem_slice s);
char *td_arena_str(struct td_arena *a, tandem_slice s); // NUL-terminated copy

#endif
