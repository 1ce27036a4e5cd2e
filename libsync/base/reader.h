// SPDX-License-Identifier: Apache-2.0
// reader.h - bounded reading of outside bytes; failure is sticky.
#ifndef TD_BASE_READER_H
#define TD_BASE_READER_H

#include "tandem/base.h"

struct td_reader {
    const uint8_t *ptr;
    size_t left;
    bool failed;
};

void td_reader_init(struct td_reader *r, tandem_slice in);
uint8_t td_read_u8(struct td_reader *r);
uint16_t td_read_be16(struct td_reader *r);
uint32_t td_read_be32(struct td_reader *r);
uint64_t td_read_be64(struct td_reader *r);
tandem_slice td_read_bytes(struct td_reader *r, size_t n);   // borrowed
void td_read_copy(struct td_reader *r, void *out, size_t n); // zeroes on fail
void td_reader_fail(struct td_reader *r);
bool td_reader_done(const struct td_reader *r); // not failed, nothing left

#endif
