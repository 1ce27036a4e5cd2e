// SPDX-License-Identifier: Apache-2.0
// beacon.c - a node says where it listens.
#include "node/beacon.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "node/beacon_message.h"
#include "node/talk.h"

enum { EVERY_MIN_MS = 100 };

void
td_beacon_init(struct td_beacon *b)
{
    memset(b, 0, sizeof(*b));
    b->fd = -1;
}

void
td_beacon_close(struct td_beacon *b)
{
    if (b->fd >= 0) {
        (void)close(b->fd);
    }
    b->fd = -1;
    b->say_ms = 0;
}

// ------------------------------------------------------------------- the words

// Read anew each time: who may read it changes. false: it is not to be said.
static bool
key_read(struct tandem_node *n, struct td_key *out)
{
    const struct td_key *closed = NULL;
    const struct td_member *m;

    td_api_lock(n->store);
    m = n->store->replica->member;
    if (m != NULL) {
        closed = td_member_closed_key(m, td_sector_common);
    }
    if (closed != NULL) {
        *out = td_beacon_key(closed);
    }
    td_api_unlock(n->store);
    return closed != NULL;
}

static bool
compose(struct tandem_node *n, in_port_t port, uint8_t bytes[TD_BEACON_BYTES])
{
    struct td_beacon_message m = {.device = n->device, .port = ntohs(port)};
    struct td_key key;
    tandem_err err;

    if (!key_read(n, &key)) {
        return false;
    }
    m.said_ms = (uint64_t)td_api_now(n->store);
    err = td_beacon_put(&key, &m, td_sys_rng(&n->sys), bytes);
    td_wipe(&key, sizeof(key));
    return err == TANDEM_OK;
}

// --------------------------------------------------------------------- sending

static bool
ready(struct td_beacon *b)
{
    int yes = 1;

    if (b->fd >= 0) {
        return true;
    }
    b->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (b->fd >= 0 &&
        setsockopt(b->fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes)) != 0) {
        (void)close(b->fd);
        b->fd = -1;
    }
    return b->fd >= 0;
}

static void
send_to(const struct td_beacon *b, const struct sockaddr_in *to,
    const uint8_t bytes[TD_BEACON_BYTES])
{
    // Lost is lost: the next one follows.
    (void)sendto(b->fd, bytes, TD_BEACON_BYTES, 0, (const struct sockaddr *)to,
        sizeof(*to));
}

bool
td_beacon_way(
    const struct ifaddrs *i, struct in_addr host, struct sockaddr_in *to)
{
    struct sockaddr_in own;

    if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET ||
        (i->ifa_flags & IFF_UP) == 0 || (i->ifa_flags & IFF_BROADCAST) == 0 ||
        (i->ifa_flags & IFF_LOOPBACK) != 0 || i->ifa_broadaddr == NULL) {
        return false;
    }
    memcpy(&own, i->ifa_addr, sizeof(own));
    memcpy(to, i->ifa_broadaddr, sizeof(*to));
    to->sin_family = AF_INET;
    to->sin_port = htons(TANDEM_BEACON_PORT);
    return host.s_addr == htonl(INADDR_ANY) ||
           host.s_addr == own.sin_addr.s_addr;
}

static void
send_to_all(const struct td_beacon *b, struct in_addr host,
    const uint8_t bytes[TD_BEACON_BYTES])
{
    struct ifaddrs *list = NULL;
    int seen = 0, ways = 0;

    if (getifaddrs(&list) != 0) {
        return;
    }
    for (const struct ifaddrs *i = list;
         i != NULL && seen < TD_INTERFACES_MAX && ways < TD_BEACON_WAYS;
         i = i->ifa_next, seen++) {
        struct sockaddr_in to;

        if (td_beacon_way(i, host, &to)) {
            send_to(b, &to, bytes);
            ways++;
        }
    }
    freeifaddrs(list);
}

// ----------------------------------------------------------------------- turns

void
td_beacon_turn(struct tandem_node *n, uint64_t now)
{
    struct td_beacon *b = &n->beacon;
    uint8_t bytes[TD_BEACON_BYTES];
    struct sockaddr_in door;

    if (b->every_ms == 0 || now < b->say_ms) {
        return;
    }
    b->say_ms = now + b->every_ms;
    if (n->door == NULL || !td_endpoint_ipv4(n->door_at, &door) ||
        !compose(n, door.sin_port, bytes) || !ready(b)) {
        return;
    }
    if (b->to.sin_port != 0) {
        send_to(b, &b->to, bytes);
    } else {
        send_to_all(b, door.sin_addr, bytes);
    }
}

uint64_t
td_beacon_due(const struct td_beacon *b)
{
    return b->every_ms != 0 ? b->say_ms : UINT64_MAX;
}

tandem_err
tandem_node_beacon(
    tandem_node *n, const char *to, uint32_t every_ms, tandem_error *e)
{
    struct sockaddr_in where;

    td_fail_clear(e);
    if (n == NULL || (every_ms != 0 && every_ms < EVERY_MIN_MS)) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(td_node_usable(n, e));
    TD_TRY(td_node_awake(n, e));
    if (n->door == NULL) {
        return td_fail(e, TANDEM_EMISUSE, "this node does not listen yet",
            "ce nœud n'écoute pas encore");
    }
    memset(&where, 0, sizeof(where));
    if (to != NULL) {
        TD_TRY(td_place_parse(to, false, &where, e));
    }
    n->beacon.to = where;
    n->beacon.every_ms = every_ms != 0 ? every_ms : TD_BEACON_EVERY_MS;
    n->beacon.say_ms = 0;
    return TANDEM_OK;
}
