// SPDX-License-Identifier: Apache-2.0
// fuzz_code.c - any text as an enrolment code: refused, or the same code again
// when written and read.
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "member/enrol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct td_code c, again;
    char out[TD_CODE_TEXT_MAX];
    char *text = malloc(size + 1);

    if (text == NULL || td_crypto_init() != TANDEM_OK) {
        abort();
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    if (td_code_read(text, &c, NULL) == TANDEM_OK) {
        if (td_code_write(&c, out, sizeof(out)) != TANDEM_OK ||
            td_code_read(out, &again, NULL) != TANDEM_OK ||
            memcmp(&c, &again, sizeof(c)) != 0) {
            abort();
        }
    }
    free(text);
    return 0;
}
