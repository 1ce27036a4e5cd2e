// SPDX-License-Identifier: Apache-2.0
// fuzz_message.c - any bytes as a session's message: refused, or read, written
// again and identical.
#include <stdlib.h>

#include "base/slice.h"
#include "session/samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tandem_slice in = {data, size};
    struct td_msg m;
    struct td_buf b;

    if (td_msg_decode(in, &m) != TANDEM_OK) {
        return 0;
    }
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    sample_again(&b, &m);
    if (b.err != TANDEM_OK || !td_slice_eq(td_buf_slice(&b), in)) {
        abort();
    }
    td_buf_deinit(&b);
    return 0;
}
