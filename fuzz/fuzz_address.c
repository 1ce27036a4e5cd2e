// SPDX-License-Identifier: Apache-2.0
// fuzz_address.c - any text as an endpoint, as an address, as a place of a
// beacon: refused, or an endpoint and a device's beginning, or an IPv4 address
// and port, that give the same again.
#include <arpa/inet.h>
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

static bool
same(const struct sockaddr_in *a, const struct sockaddr_in *b)
{
    return a->sin_family == AF_INET && b->sin_family == AF_INET &&
           a->sin_addr.s_addr == b->sin_addr.s_addr &&
           a->sin_port == b->sin_port;
}

// "SCHEMEa.b.c.d:port" once more.
static void
write_ipv4(const char *scheme, const struct sockaddr_in *at, char out[64])
{
    char host[INET_ADDRSTRLEN];

    must(inet_ntop(AF_INET, &at->sin_addr, host, sizeof(host)) != NULL);
    (void)snprintf(
        out, 64, "%s%s:%u", scheme, host, (unsigned)ntohs(at->sin_port));
}

static void
as_place(const char *text)
{
    struct sockaddr_in at, again;
    char whole[64];

    if (td_place_parse(text, true, &at, NULL) != TANDEM_OK) {
        must(td_place_parse(text, false, &at, NULL) == TANDEM_EVALUE);
        return;
    }
    must((td_place_parse(text, false, &again, NULL) == TANDEM_OK) ==
         (at.sin_port != 0));
    if (at.sin_port != 0) {
        write_ipv4("udp://", &at, whole);
        must(td_place_parse(whole, false, &again, NULL) == TANDEM_OK);
        must(same(&at, &again));
    }
}

static void
as_door(const char *text)
{
    struct sockaddr_in at, again;
    char whole[64];

    if (td_endpoint_ipv4(text, &at)) {
        must(at.sin_port != 0);
        must(td_endpoint_valid(text, false));
        write_ipv4("tcp://", &at, whole);
        must(td_endpoint_ipv4(whole, &again));
        must(same(&at, &again));
    }
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
    as_place(text);
    as_door(text);
    if (td_endpoint_valid(text, false)) {
        must(td_endpoint_valid(text, true));
        must(strlen(text) <= TD_ENDPOINT_MAX);
        td_endpoint_reachable(text, out, sizeof(out));
        must(memchr(out, '\0', sizeof(out)) != NULL);
    }
    free(text);
    return 0;
}
