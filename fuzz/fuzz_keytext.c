// SPDX-License-Identifier: Apache-2.0
// fuzz_keytext.c - any bytes as the file in which a host keeps a master key:
// refused with a sentence and nothing written, or the key that its digits say.
#include <ctype.h>
#include <string.h>

#include "one_file.h"

#include "base/slice.h"
#include "tandem/tandem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t none[32];
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    uint8_t key[32] = {0};
    char digits[65];
    tandem_err err;

    one_put("key", data, size);
    err = tandem_key_file_read(one.path, key, &e);
    if (err != TANDEM_OK) {
        must(err == TANDEM_EKEY && e.code == err && e.msg[0] != '\0');
        must(memcmp(key, none, sizeof(key)) == 0);
        return 0;
    }
    td_hex((tandem_slice){key, sizeof(key)}, digits);
    must(size == 64 || (size == 65 && data[64] == '\n'));
    for (size_t i = 0; i < 64; i++) {
        must(digits[i] == (char)tolower(data[i]));
    }
    return 0;
}
