// SPDX-License-Identifier: Apache-2.0
// fuzz_peers.c - the command's file of known addresses: whatever it holds, an
// address found fits its room, and one remembered is found again.
#include <string.h>

#include "one_file.h"

#include "peer/endpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const now = "tcp://192.0.2.7:4711#00112233445566778899";
    tandem_device_id d = {{0xab}};
    struct cli c = {.dir = one.dir};
    char out[320];
    json_t *all;

    one_put("peers.json", data, size);
    all = peers_all(&c);
    must(json_is_object(all));
    json_decref(all);
    if (peers_address(&c, d, out)) {
        must(memchr(out, '\0', sizeof(out)) != NULL);
    }
    peers_remember(&c, d, now);
    must(peers_address(&c, d, out));
    must(strcmp(out, now) == 0);
    return 0;
}
