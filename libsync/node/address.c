// SPDX-License-Identifier: Apache-2.0
// address.c - "tcp://host:port#device", "udp://a.b.c.d:port": what a person
// copies, read strictly.
#include "node/talk.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { PREFIX_MIN = 16, PREFIX_MAX = 64 };

// '*' is port 0, where `any` allows it.
static bool
port_read(const char *p, size_t n, bool any, uint16_t *out)
{
    unsigned v = 0;

    if (n == 1 && p[0] == '*' && any) {
        *out = 0;
        return true;
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
    if (v < 1 || v > 65535) {
        return false;
    }
    *out = (uint16_t)v;
    return true;
}

static bool
endpoint_valid(const char *s, size_t n, bool any_port)
{
    size_t colon = n;
    uint16_t port;

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
           port_read(s + colon + 1, n - colon - 1, any_port, &port);
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
    for (struct ifaddrs *i = list; i != NULL && seen < TD_INTERFACES_MAX;
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

// The port's text, if every address of this device is meant; else NULL.
static const char *
of_any(const char *bound)
{
    static const char *const any[] = {
        "tcp://0.0.0.0:", "tcp://[::]:", "tcp://*:"};

    for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++) {
        size_t n = strlen(any[i]);

        if (strncmp(bound, any[i], n) == 0) {
            return bound + n;
        }
    }
    return NULL;
}

void
td_endpoint_reachable(const char *bound, char *out, size_t room)
{
    const char *port = of_any(bound);
    char own[INET_ADDRSTRLEN];

    if (port == NULL) {
        (void)snprintf(out, room, "%s", bound);
        return;
    }
    own_address(own);
    (void)snprintf(out, room, "tcp://%s:%s", own, port);
}

// "a.b.c.d:port" behind `scheme`.
static bool
ipv4_read(
    const char *s, const char *scheme, bool any_port, struct sockaddr_in *out)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    size_t skip = strlen(scheme), n;
    char host[INET_ADDRSTRLEN];
    const char *colon;
    uint16_t port;

    if (strncmp(s, scheme, skip) != 0) {
        return false;
    }
    s += skip;
    colon = strchr(s, ':');
    n = colon == NULL ? 0 : (size_t)(colon - s);
    if (n == 0 || n >= sizeof(host) ||
        !port_read(colon + 1, strnlen(colon + 1, 6), any_port, &port)) {
        return false;
    }
    memcpy(host, s, n);
    host[n] = '\0';
    at.sin_port = htons(port);
    if (inet_pton(AF_INET, host, &at.sin_addr) != 1) {
        return false;
    }
    *out = at;
    return true;
}

bool
td_endpoint_ipv4(const char *bound, struct sockaddr_in *out)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    const char *text = of_any(bound);
    uint16_t port;

    if (text == NULL) {
        return ipv4_read(bound, "tcp://", false, out);
    }
    if (!port_read(text, strnlen(text, 6), false, &port)) {
        return false;
    }
    at.sin_addr.s_addr = htonl(INADDR_ANY);
    at.sin_port = htons(port);
    *out = at;
    return true;
}

tandem_err
td_place_parse(
    const char *s, bool any_port, struct sockaddr_in *out, tandem_error *e)
{
    if (ipv4_read(s, "udp://", any_port, out)) {
        return TANDEM_OK;
    }
    return td_fail(e, TANDEM_EVALUE,
        "\"%s\" is no place for a beacon; it looks like udp://192.168.1.255:%d",
        "« %s » n'est pas un lieu pour une balise ; cela ressemble à "
        "udp://192.168.1.255:%d",
        s, TANDEM_BEACON_PORT);
}
