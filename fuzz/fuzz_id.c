// SPDX-License-Identifier: Apache-2.0
// fuzz_id.c - any text as the id of a record or sector and as that of a device:
// refused with nothing written, or an id that is written as that very text but
// for case and dashes.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
same(const char *text, const char *written, bool dashes)
{
    for (; *written != '\0'; written++) {
        if (*written == '-' && !dashes) {
            continue;
        }
        must(*written == (char)tolower((unsigned char)*text));
        text++;
    }
    must(*text == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const tandem_id none;
    static const tandem_device_id no_device;
    tandem_id id = none, again;
    tandem_device_id d = no_device, d_again;
    char *text = malloc(size + 1); // its end is the sanitizer's
    char written[65];

    must(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    if (tandem_id_parse(text, &id)) {
        tandem_id_text(id, written);
        same(text, written, strlen(text) == 36);
        must(tandem_id_parse(written, &again) && tandem_id_equal(id, again));
    } else {
        must(tandem_id_is_none(id));
    }
    if (tandem_device_parse(text, &d)) {
        tandem_device_text(d, written);
        same(text, written, true);
        must(tandem_device_parse(written, &d_again) &&
             td_device_cmp(d, d_again) == 0);
    } else {
        must(td_device_cmp(d, no_device) == 0);
    }
    free(text);
    return 0;
}
