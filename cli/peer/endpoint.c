// SPDX-License-Identifier: Apache-2.0
// endpoint.c - where this device listens.
#include "peer/endpoint.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// The first IPv4 address others could reach; loopback when there is none.
static void
own_host(char out[64])
{
    struct ifaddrs *all = NULL;

    (void)snprintf(out, 64, "127.0.0.1");
    if (getifaddrs(&all) != 0) {
        return;
    }
    for (const struct ifaddrs *at = all; at != NULL; at = at->ifa_next) {
        struct sockaddr_in in;

        if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET ||
            (at->ifa_flags & IFF_LOOPBACK) != 0 ||
            (at->ifa_flags & IFF_UP) == 0) {
            continue;
        }
        memcpy(&in, at->ifa_addr, sizeof(in));
        if (inet_ntop(AF_INET, &in.sin_addr, out, 64) != NULL) {
            break;
        }
    }
    freeifaddrs(all);
}

const char *
endpoint_default(const struct cli *c, char out[192])
{
    const char *listen = args_option(&c->args, "listen");
    char host[64];

    if (listen != NULL) {
        return listen;
    }
    own_host(host);
    (void)snprintf(out, 192, "tcp://%s:*", host);
    return out;
}

static bool
free_port(const char *host, unsigned *port)
{
    struct sockaddr_in in;
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good;

    memset(&in, 0, sizeof(in));
    in.sin_family = AF_INET;
    good = fd >= 0 && inet_pton(AF_INET, host, &in.sin_addr) == 1 &&
           bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0 &&
           getsockname(fd, (struct sockaddr *)&in, &len) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    *port = ntohs(in.sin_port);
    return good && *port != 0;
}

bool
endpoint_free_port(const char *endpoint, char out[192])
{
    size_t len = strlen(endpoint);
    char host[128];
    unsigned port = 0;

    if (strncmp(endpoint, "tcp://", 6) != 0 || len < 9 || len > 120 ||
        strcmp(endpoint + len - 2, ":*") != 0) {
        return false;
    }
    (void)snprintf(host, sizeof(host), "%.*s", (int)(len - 8), endpoint + 6);
    if (!free_port(strcmp(host, "*") == 0 ? "0.0.0.0" : host, &port)) {
        return false;
    }
    (void)snprintf(out, 192, "tcp://%s:%u", host, port);
    return true;
}

void
endpoint_reachable(const char *address, char out[320])
{
    static const char *const any[] = {"tcp://0.0.0.0:", "tcp://*:"};
    char host[64];

    for (size_t i = 0; i < sizeof(any) / sizeof(*any); i++) {
        size_t len = strlen(any[i]);

        if (strncmp(address, any[i], len) == 0) {
            own_host(host);
            (void)snprintf(out, 320, "tcp://%s:%s", host, address + len);
            return;
        }
    }
    (void)snprintf(out, 320, "%s", address);
}
