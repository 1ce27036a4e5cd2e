// SPDX-License-Identifier: Apache-2.0
// buf.h - owned, growing bytes with a maximum set at birth.
//
// Failure is sticky: append everything, look at `err` once.
#ifndef TD_BASE_BUF_H
#define TD_BASE_BUF_H

#include "base/sys.h"

struct td_buf {
    uint8_t *ptr;
    size_t len, cap, max;
    const tandem_sys *sys;
    tandem_err err; // OK, ELIMIT, ENOMEM; a writer may add its own; sticky
};

void td_buf_init(struct td_buf *b, const tandem_sys *sys, size_t max);
// Over memory of the caller's: never grows beyond it, and is not deinited.
void td_buf_over(struct td_buf *b, void *room, size_t n);
void td_buf_deinit(struct td_buf *b); // frees; safe on a zeroed one
void td_buf_reset(struct td_buf *b);  // keeps memory, clears err
void td_buf_put(struct td_buf *b, const void *p, size_t n);
void td_buf_put_slice(struct td_buf *b, tandem_slice s);
void td_buf_put_u8(struct td_buf *b, uint8_t v);
void td_buf_put_be32(struct td_buf *b, uint32_t v);
void td_buf_put_be64(struct td_buf *b, uint64_t v);
uint8_t *td_buf_room(struct td_buf *b, size_t n); // appended, unset; or NULL
tandem_slice td_buf_slice(const struct td_buf *b);
void td_buf_wipe(struct td_buf *b); // zero the memory, then reset

uint32_t td_be32(const uint8_t p[4]);
uint64_t td_be64(const uint8_t p[8]);
void td_put_be32(uint8_t p[4], uint32_t v);
void td_put_be64(uint8_t p[8], uint64_t v);

#endif
