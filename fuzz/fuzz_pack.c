// SPDX-License-Identifier: Apache-2.0
// fuzz_pack.c - any bytes as a pack: refused with a sentence, or a pack in
// which every reference leads somewhere.
#include "schema/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    struct td_pack *p = NULL;
    tandem_err err = td_pack_parse(tandem_bytes(data, size), NULL, &p, &e);

    TD_ASSERT((err == TANDEM_OK) == (p != NULL));
    if (err != TANDEM_OK) {
        TD_ASSERT(e.code == err);
        TD_ASSERT(e.msg[0] != '\0');
        return 0;
    }
    TD_ASSERT(td_pack_follows(p, p, NULL) == TANDEM_EVALUE);
    walk_pack(p);
    td_pack_release(p);
    return 0;
}
