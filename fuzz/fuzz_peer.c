// SPDX-License-Identifier: Apache-2.0
// fuzz_peer.c - any bytes as a row of PEERS: refused, or a peer whose address
// ends within its room, written again as the same bytes.
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "replica/replica.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tandem_slice in = {data, size};
    struct td_peer p;
    struct td_buf b;

    if (td_peer_read(in, &p) != TANDEM_OK) {
        return 0;
    }
    if (memchr(p.address, '\0', sizeof(p.address)) == NULL) {
        abort();
    }
    td_buf_init(&b, NULL, size);
    td_peer_write(&p, &b);
    if (b.err != TANDEM_OK || !td_slice_eq(in, td_buf_slice(&b))) {
        abort();
    }
    td_buf_deinit(&b);
    return 0;
}
