// SPDX-License-Identifier: Apache-2.0
// reach.c - is there any way to an endpoint?
//
// A datagram socket that is connected looks its route up and sends nothing.
#include "node/reach.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/talk.h"

// "tcp://host:port", host perhaps in brackets.
static bool
split(const char *endpoint, char host[TD_ENDPOINT_MAX + 1], const char **port)
{
    const char *from = endpoint + strlen("tcp://");
    const char *colon = strrchr(endpoint, ':');
    size_t n;

    if (strncmp(endpoint, "tcp://", 6) != 0 || colon <= from) {
        return false;
    }
    *port = colon + 1;
    n = (size_t)(colon - from);
    if (n > 2 && from[0] == '[' && from[n - 1] == ']') {
        from++;
        n -= 2;
    }
    if (n > TD_ENDPOINT_MAX) {
        return false;
    }
    memcpy(host, from, n);
    host[n] = '\0';
    return true;
}

static bool
has_route(const struct addrinfo *a)
{
    int fd = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool yes = true;

    if (fd < 0) {
        return errno != EAFNOSUPPORT; // else it cannot be told
    }
    if (connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
        // EACCES: a broadcast address, where no TCP goes either.
        yes = errno != ENETUNREACH && errno != EHOSTUNREACH &&
              errno != ENETDOWN && errno != EADDRNOTAVAIL && errno != EACCES;
    }
    (void)close(fd);
    return yes;
}

enum td_reach
td_reach(const char *endpoint, bool names)
{
    struct addrinfo want, *list = NULL;
    char host[TD_ENDPOINT_MAX + 1];
    enum td_reach reach = TD_REACH_NO_ROUTE;
    const char *port;
    int rc;

    if (!split(endpoint, host, &port)) {
        return TD_REACH_YES;
    }
    memset(&want, 0, sizeof(want));
    want.ai_socktype = SOCK_STREAM;
    want.ai_flags = AI_NUMERICSERV | AI_NUMERICHOST;
    rc = getaddrinfo(host, port, &want, &list);
    if (rc == EAI_NONAME && names) {
        want.ai_flags = AI_NUMERICSERV;
        rc = getaddrinfo(host, port, &want, &list);
    } else if (rc == EAI_NONAME) {
        return TD_REACH_YES;
    }
    if (rc != 0) {
        return rc == EAI_MEMORY || rc == EAI_SYSTEM ? TD_REACH_YES
                                                    : TD_REACH_NO_NAME;
    }
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        if (has_route(a)) {
            reach = TD_REACH_YES;
        }
    }
    freeaddrinfo(list);
    return reach;
}
