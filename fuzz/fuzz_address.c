// SPDX-License-Identifier: Apache-2.0
// fuzz_address.c - any text as an endpoint and as an address: refused, or an
// endpoint and a device's beginning that give the same address again.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool x)
{
    if (!x) {
        abort();
    }
}

static void
as_address(const char *text)
{
    char endpoint[TD_ENDPOINT_MAX + 1], prefix[65];
    char again_endpoint[TD_ENDPOINT_MAX + 1], again_prefix[65];
    char whole[TD_ENDPOINT_MAX + 80];

    if (!td_address_parse(text, endpoint, prefix)) {
        return;
    }
    must(td_endpoint_valid(endpoint, false));
    must(td_endpoint_valid(endpoint, true));
    must(strlen(prefix) >= 16 && strlen(prefix) <= 64);
    (void)snprintf(whole, sizeof(whole), "%s#%s", endpoint, prefix);
    must(td_address_parse(whole, again_endpoint, again_prefix));
    must(strcmp(endpoint, again_endpoint) == 0);
    must(strcmp(prefix, again_prefix) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1); // its end is the sanitizer's
    char out[TD_ENDPOINT_MAX + 64];

    must(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    as_address(text);
    if (td_endpoint_valid(text, false)) {
        must(td_endpoint_valid(text, true));
        must(strlen(text) <= TD_ENDPOINT_MAX);
        td_endpoint_reachable(text, out, sizeof(out));
        must(memchr(out, '\0', sizeof(out)) != NULL);
    }
    free(text);
    return 0;
}
