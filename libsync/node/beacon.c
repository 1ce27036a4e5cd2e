// SPDX-License-Identifier: Apache-2.0
// beacon.c - members that stand near find each other.
#include "node/beacon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/slice.h"
#include "crypto/hash.h"
#include "node/talk.h"

enum { EVERY_MIN_MS = 100 };

// -------------------------------------------------------------------- sockets

static int
open_socket(void)
{
    return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void
shut(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

// Of two programs on a device both hear what is said to all.
static int
open_in(struct sockaddr_in *at)
{
    socklen_t len = sizeof(*at);
    int yes = 1, fd = open_socket();

    if (fd < 0) {
        return -1;
    }
    if ((at->sin_port != 0 &&
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0) ||
        bind(fd, (const struct sockaddr *)at, sizeof(*at)) != 0 ||
        getsockname(fd, (struct sockaddr *)at, &len) != 0) {
        int code = errno;

        shut(&fd);
        errno = code;
    }
    return fd;
}

static int
open_out(void)
{
    int yes = 1, fd = open_socket();

    if (fd >= 0 &&
        setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes)) != 0) {
        shut(&fd);
    }
    return fd;
}

void
td_beacon_init(struct td_beacon *b)
{
    memset(b, 0, sizeof(*b));
    b->in = b->out = -1;
}

void
td_beacon_sleep(struct td_beacon *b)
{
    shut(&b->in);
    shut(&b->out);
    b->open_ms = b->say_ms = 0;
}

void
td_beacon_free(struct td_beacon *b)
{
    td_beacon_sleep(b);
    td_wipe(b, sizeof(*b));
    b->in = b->out = -1;
}

// ----------------------------------------------------------------------- keys

static void
keys_read(struct tandem_node *n, uint64_t now)
{
    struct td_beacon *b = &n->beacon;
    const struct td_key *newest[TD_BEACON_KEYS], *closed = NULL;
    const struct td_member *m;

    if (b->keys_ms > now) {
        return;
    }
    b->keys_ms = now + TD_BEACON_AGAIN_MS;
    b->key_count = 0;
    td_api_lock(n->store);
    m = n->store->replica->member;
    if (m != NULL) {
        closed = td_member_closed_key(m, td_sector_common);
        b->key_count =
            td_member_newest_keys(m, td_sector_common, newest, TD_BEACON_KEYS);
    }
    for (size_t i = 0; i < b->key_count; i++) {
        b->keys[i] = td_beacon_key(newest[i]);
    }
    b->has_key = closed != NULL;
    if (closed != NULL) {
        b->key = td_beacon_key(closed);
    }
    td_api_unlock(n->store);
}

// Is it a device to exchange with, as far as is known here?
static bool
welcome(struct tandem_node *n, const tandem_device_id *device)
{
    const struct td_member *m;
    bool good;

    if (td_device_cmp(*device, n->device) == 0) {
        return false; // what is said to all comes back
    }
    td_api_lock(n->store);
    m = n->store->replica->member;
    good = m != NULL && td_member_device(m, device) != NULL &&
           td_member_right(m, device, td_sector_common) >= TANDEM_RIGHT_READER;
    td_api_unlock(n->store);
    return good;
}

// ---------------------------------------------------------------------- saying

static void
send_to(const struct td_beacon *b, const struct sockaddr_in *to,
    const uint8_t bytes[TD_BEACON_BYTES])
{
    // Lost is lost: the next one follows.
    (void)sendto(b->out, bytes, TD_BEACON_BYTES, 0, (const struct sockaddr *)to,
        sizeof(*to));
}

static bool
way_of(const struct ifaddrs *i, struct in_addr host, struct sockaddr_in *to)
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

        if (way_of(i, host, &to)) {
            send_to(b, &to, bytes);
            ways++;
        }
    }
    freeifaddrs(list);
}

static void
say(struct tandem_node *n, uint64_t now)
{
    struct td_beacon *b = &n->beacon;
    struct td_beacon_message m = {.device = n->device};
    uint8_t bytes[TD_BEACON_BYTES];
    struct sockaddr_in door;

    if (!b->says || now < b->say_ms) {
        return;
    }
    b->say_ms = now + b->every_ms;
    keys_read(n, now);
    b->out = b->out >= 0 ? b->out : open_out();
    if (!b->has_key || b->out < 0 || n->door == NULL ||
        !td_endpoint_ipv4(n->door_at, &door)) {
        return;
    }
    m.port = ntohs(door.sin_port);
    m.said_ms = (uint64_t)td_api_now(n->store);
    if (td_beacon_put(&b->key, &m, td_sys_rng(&n->sys), bytes) != TANDEM_OK) {
        return;
    }
    if (b->to.sin_port != 0) {
        send_to(b, &b->to, bytes);
    } else {
        send_to_all(b, door.sin_addr, bytes);
    }
}

// --------------------------------------------------------------------- hearing

// Its own place, a free one, or that of the one not heard for longest.
static struct td_near *
place(struct td_beacon *b, const tandem_device_id *device)
{
    struct td_near *oldest = &b->near[0];

    for (size_t i = 0; i < TD_BEACON_NEAR; i++) {
        struct td_near *x = &b->near[i];

        if (x->heard_ms != 0 && td_device_cmp(x->device, *device) == 0) {
            return x;
        }
        if (x->heard_ms < oldest->heard_ms) {
            oldest = x;
        }
    }
    memset(oldest, 0, sizeof(*oldest));
    return oldest;
}

void
td_beacon_note(struct td_beacon *b, const struct td_beacon_message *m,
    struct in_addr from, uint64_t now)
{
    struct td_near *x = place(b, &m->device);

    if (x->heard_ms != 0 && m->said_ms <= x->said_ms &&
        now < x->heard_ms + TD_BEACON_FRESH_MS) {
        return; // (3)
    }
    x->device = m->device;
    x->said_ms = m->said_ms;
    x->heard_ms = now != 0 ? now : 1;
    x->host = from;
    x->port = m->port;
}

// false: nothing more there.
static bool
take(struct tandem_node *n, uint64_t now)
{
    struct td_beacon *b = &n->beacon;
    uint8_t bytes[TD_BEACON_BYTES + 1]; // one more: a longer one shows
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    struct td_beacon_message m;
    ssize_t got;

    got = recvfrom(
        b->in, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &len);
    if (got < 0) {
        return errno == EINTR;
    }
    b->looked++;
    if (len == sizeof(from) && from.sin_family == AF_INET &&
        td_beacon_read(
            b->keys, b->key_count, (tandem_slice){bytes, (size_t)got}, &m)) {
        b->opened++;
        if (welcome(n, &m.device)) {
            td_beacon_note(b, &m, from.sin_addr, now);
        }
    }
    return true;
}

static void
hear(struct tandem_node *n, uint64_t now, bool *more)
{
    struct td_beacon *b = &n->beacon;
    unsigned taken = 0;

    if (!b->hears) {
        return;
    }
    if (b->in < 0 && now >= b->open_ms) {
        b->in = open_in(&b->at);
        b->open_ms = now + TD_BEACON_AGAIN_MS;
    }
    if (now >= b->second_ms) {
        b->second_ms = now + 1000;
        b->looked = 0;
    }
    if (b->in >= 0) {
        keys_read(n, now);
    }
    while (b->in >= 0 && taken < TD_BEACON_TURN &&
           b->looked < TD_BEACON_SECOND && take(n, now)) {
        taken++;
    }
    *more = *more || (taken == TD_BEACON_TURN && b->looked < TD_BEACON_SECOND);
    // (2) Too many: the socket is not looked at before the next second.
    td_wire_watch(n->wire, b->looked < TD_BEACON_SECOND ? b->in : -1);
}

// ----------------------------------------------------------------------- turns

void
td_beacon_turn(struct tandem_node *n, uint64_t now, bool *more)
{
    if (!n->asleep) {
        say(n, now);
        hear(n, now, more);
    }
}

uint64_t
td_beacon_due(const struct td_beacon *b)
{
    uint64_t due = b->says ? b->say_ms : UINT64_MAX;

    if (b->hears && b->in < 0) {
        due = b->open_ms < due ? b->open_ms : due;
    }
    if (b->hears && b->looked >= TD_BEACON_SECOND) {
        due = b->second_ms < due ? b->second_ms : due;
    }
    return due;
}

// ----------------------------------------------------------------- for the
// host

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
    n->beacon.says = true;
    n->beacon.say_ms = 0;
    return TANDEM_OK;
}

static tandem_err
hear_at(struct tandem_node *n, struct sockaddr_in *at, char *bound, size_t room,
    tandem_error *e)
{
    char host[INET_ADDRSTRLEN] = "";
    int fd = open_in(at), len;

    if (fd < 0) {
        int code = errno;
        tandem_err err = td_fail(e, TANDEM_EIO,
            "cannot hear neighbours at port %d: it is taken, or the address is "
            "not this device's",
            "impossible d'entendre les voisins au port %d : il est pris, ou "
            "l'adresse n'est pas celle de cet appareil",
            (int)ntohs(at->sin_port));

        if (e != NULL) {
            e->sys = code;
        }
        return err;
    }
    (void)inet_ntop(AF_INET, &at->sin_addr, host, sizeof(host));
    len = bound == NULL ? 0
                        : snprintf(bound, room, "udp://%s:%d", host,
                              (int)ntohs(at->sin_port));
    if (len < 0 || (bound != NULL && (size_t)len >= room)) {
        shut(&fd);
        return td_fail_code(e, TANDEM_ELIMIT);
    }
    n->beacon.in = fd;
    n->beacon.at = *at;
    n->beacon.hears = true;
    return TANDEM_OK;
}

tandem_err
tandem_node_hear(
    tandem_node *n, const char *at, char *bound, size_t room, tandem_error *e)
{
    struct sockaddr_in where;
    bool joined;

    td_fail_clear(e);
    if (n == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(td_node_usable(n, e));
    TD_TRY(td_node_awake(n, e));
    if (n->beacon.hears) {
        return td_fail(e, TANDEM_EMISUSE, "this node hears neighbours already",
            "ce nœud entend déjà ses voisins");
    }
    td_api_lock(n->store);
    joined = n->store->replica->joined;
    td_api_unlock(n->store);
    if (!joined) {
        return td_fail_code(e, TANDEM_EWORKSPACE);
    }
    memset(&where, 0, sizeof(where));
    where.sin_family = AF_INET;
    where.sin_port = htons(TANDEM_BEACON_PORT);
    if (at != NULL) {
        TD_TRY(td_place_parse(at, true, &where, e));
    }
    return hear_at(n, &where, bound, room, e);
}

tandem_err
tandem_node_neighbour(tandem_node *n, size_t i, tandem_neighbour *out)
{
    if (n == NULL || out == NULL) {
        return TANDEM_EMISUSE;
    }
    for (size_t k = 0; k < TD_BEACON_NEAR; k++) {
        const struct td_near *x = &n->beacon.near[k];
        char host[INET_ADDRSTRLEN] = "", device[65];

        if (x->heard_ms == 0 || i-- > 0) {
            continue;
        }
        memset(out, 0, sizeof(*out));
        out->device = x->device;
        out->ago_ms = td_node_mono(n) - x->heard_ms;
        (void)inet_ntop(AF_INET, &x->host, host, sizeof(host));
        tandem_device_text(x->device, device);
        (void)snprintf(out->address, sizeof(out->address), "tcp://%s:%u#%s",
            host, (unsigned)x->port, device);
        return TANDEM_OK;
    }
    return TANDEM_ENOTFOUND;
}
