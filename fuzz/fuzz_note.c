// SPDX-License-Identifier: Apache-2.0
// fuzz_note.c - any bytes as the note outside a store: none, or one that says
// what its bytes say.
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "codec/writer.h"
#include "replica/incarnation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tandem_slice in = {data, size};
    struct td_file_id file;
    uint8_t id[16];
    struct td_buf b;
    uint64_t own;

    if (!td_incarnation_read(in, &file, &own, id)) {
        return 0;
    }
    td_buf_init(&b, NULL, TD_SENT_BYTES_MAX);
    td_mp_array(&b, 5);
    td_mp_uint(&b, 1);
    td_mp_bin(&b, id, sizeof(id));
    td_mp_uint(&b, file.born);
    td_mp_uint(&b, file.number);
    td_mp_uint(&b, own);
    if (b.err != TANDEM_OK || !td_slice_eq(in, td_buf_slice(&b))) {
        abort();
    }
    td_buf_deinit(&b);
    return 0;
}
