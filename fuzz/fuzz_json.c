// SPDX-License-Identifier: Apache-2.0
// fuzz_json.c - any bytes as a pack written by hand: refused with a sentence,
// or a pack whose built bytes are read again as themselves.
#include <string.h>

#include "one_file.h"

#include "pack/pack_build.h"
#include "schema/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    tandem_pack *built = NULL;
    struct td_pack *again = NULL;
    tandem_slice bytes;
    tandem_err err;

    one_put("pack.json", data, size);
    err = pack_build(one.path, &built, &e);
    must((err == TANDEM_OK) == (built != NULL));
    if (err != TANDEM_OK) {
        must(e.code == err && e.msg[0] != '\0');
        return 0;
    }
    bytes = tandem_pack_bytes(built);
    must(td_pack_parse(bytes, NULL, &again, NULL) == TANDEM_OK);
    td_pack_release(again);
    tandem_pack_free(built);
    return 0;
}
