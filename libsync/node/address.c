// SPDX-License-Identifier: Apache-2.0
// address.c - "tcp://host:port#device": what a person copies, read strictly.
#include "node/talk.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { PREFIX_MIN = 16, PREFIX_MAX = 64, INTERFACES_MAX = 1024 };

static bool
port_valid(const char *p, size_t n, bool any)
{
    unsigned v = 0;

    if (n == 1 && p[0] == '*') {
        return any;
    }
    if (n == 0 || n > 5) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return false;
        }
        v = v * 10 + (unsigned)(p[i] - '0');
    }
    return v >= 1 && v <= 65535;
}

static bool
endpoint_valid(const char *s, size_t n, bool any_port)
{
    size_t colon = n;

    if (n < 9 || n > TD_ENDPOINT_MAX || memcmp(s, "tcp://", 6) != 0) {
        return false;
    }
    for (size_t i = 6; i < n; i++) {
        // Printable ASCII; ';' and '@' are libzmq's own syntax.
        if (s[i] <= 0x20 || s[i] >= 0x7f || strchr(";@/#", s[i]) != NULL) {
            return false;
        }
        if (s[i] == ':') {
            colon = i;
        }
    }
    return colon > 6 && colon < n &&
           port_valid(s + colon + 1, n - colon - 1, any_port);
}

bool
td_endpoint_valid(const char *s, bool any_port)
{
    return s != NULL &&
           endpoint_valid(s, strnlen(s, TD_ENDPOINT_MAX + 1), any_port);
}

bool
td_address_parse(
    const char *s, char endpoint[TD_ENDPOINT_MAX + 1], char prefix[65])
{
    size_t n = s == NULL ? 0 : strnlen(s, TD_ADDRESS_ROOM);
    const char *hash = n == 0 ? NULL : memchr(s, '#', n);
    size_t end, digits;

    if (n == TD_ADDRESS_ROOM || hash == NULL) {
        return false;
    }
    end = (size_t)(hash - s);
    digits = n - end - 1;
    if (!endpoint_valid(s, end, false) || digits < PREFIX_MIN ||
        digits > PREFIX_MAX) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        char c = hash[1 + i];

        if (c >= 'A' && c <= 'F') {
            c = (char)(c - 'A' + 'a');
        }
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
        prefix[i] = c;
    }
    prefix[digits] = '\0';
    memcpy(endpoint, s, end);
    endpoint[end] = '\0';
    return true;
}

// The first address another machine could use; loopback if there is none.
static void
own_address(char out[INET_ADDRSTRLEN])
{
    struct ifaddrs *list = NULL;
    int seen = 0;

    (void)snprintf(out, INET_ADDRSTRLEN, "127.0.0.1");
    if (getifaddrs(&list) != 0) {
        return;
    }
    for (struct ifaddrs *i = list; i != NULL && seen < INTERFACES_MAX;
         i = i->ifa_next, seen++) {
        struct sockaddr_in in;

        if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET ||
            (i->ifa_flags & IFF_LOOPBACK) != 0 ||
            (i->ifa_flags & IFF_UP) == 0) {
            continue;
        }
        memcpy(&in, i->ifa_addr, sizeof(in));
        if (inet_ntop(AF_INET, &in.sin_addr, out, INET_ADDRSTRLEN) != NULL) {
            break;
        }
    }
    freeifaddrs(list);
}

void
td_endpoint_reachable(const char *bound, char *out, size_t room)
{
    static const char *const any[] = {
        "tcp://0.0.0.0:", "tcp://[::]:", "tcp://*:"};
    char own[INET_ADDRSTRLEN];

    for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++) {
        size_t n = strlen(any[i]);

        if (strncmp(bound, any[i], n) == 0) {
            own_address(own);
            (void)snprintf(out, room, "tcp://%s:%s", own, bound + n);
            return;
        }
    }
    (void)snprintf(out, room, "%s", bound);
}
