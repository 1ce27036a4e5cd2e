// SPDX-License-Identifier: Apache-2.0
// neighbour.c - who stands near, as heard from them.
#include "node/neighbour.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "node/talk.h"

void
td_near_init(struct td_near *x)
{
    memset(x, 0, sizeof(*x));
    x->fd = -1;
}

void
td_near_close(struct td_near *x)
{
    if (x->fd >= 0) {
        (void)close(x->fd);
    }
    x->fd = -1;
    td_wipe(x->keys, sizeof(x->keys));
    x->key_count = 0;
    x->open_ms = x->keys_ms = 0;
}

// ---------------------------------------------------------------------- the
// ear

// Of two programs on a device both hear what is said to all. -1: errno says
// why; else `at` has its port.
static int
open_at(struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t len = sizeof(*at);
    int yes = 1;

    if (fd < 0) {
        return -1;
    }
    if ((at->sin_port != 0 &&
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0) ||
        bind(fd, (const struct sockaddr *)at, sizeof(*at)) != 0 ||
        getsockname(fd, (struct sockaddr *)at, &len) != 0) {
        int code = errno;

        (void)close(fd);
        errno = code;
        return -1;
    }
    return fd;
}

static void
keys_read(struct tandem_node *n, uint64_t now)
{
    const struct td_key *newest[TD_NEAR_KEYS];
    struct td_near *x = &n->near;
    const struct td_member *m;

    if (now < x->keys_ms) {
        return;
    }
    x->keys_ms = now + TD_NEAR_AGAIN_MS;
    x->key_count = 0;
    td_api_lock(n->store);
    m = n->store->replica->member;
    if (m != NULL) {
        x->key_count =
            td_member_newest_keys(m, td_sector_common, newest, TD_NEAR_KEYS);
    }
    for (size_t i = 0; i < x->key_count; i++) {
        x->keys[i] = td_beacon_key(newest[i]);
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

// --------------------------------------------------------------------- the
// list

// Its own place, a free one, or that of the one not heard for longest.
static struct td_neighbour *
place(struct td_near *x, const tandem_device_id *device)
{
    struct td_neighbour *out = &x->heard[0];

    for (size_t i = 0; i < TD_NEAR_MAX; i++) {
        struct td_neighbour *y = &x->heard[i];

        if (y->port != 0 && td_device_cmp(y->device, *device) == 0) {
            return y;
        }
        if (out->port != 0 && (y->port == 0 || y->heard_ms < out->heard_ms)) {
            out = y;
        }
    }
    memset(out, 0, sizeof(*out));
    return out;
}

void
td_near_note(struct td_near *x, const struct td_beacon_message *m,
    struct in_addr from, uint64_t now)
{
    struct td_neighbour *y = place(x, &m->device);

    if (y->port != 0 && m->said_ms <= y->said_ms &&
        now < y->heard_ms + TD_NEAR_FRESH_MS) {
        return; // (3)
    }
    y->device = m->device;
    y->said_ms = m->said_ms;
    y->heard_ms = now;
    y->host = from;
    y->port = m->port;
}

// ----------------------------------------------------------------------- turns

// false: nothing more there.
static bool
take(struct tandem_node *n, uint64_t now)
{
    struct td_near *x = &n->near;
    uint8_t bytes[TD_BEACON_BYTES + 1]; // one more: a longer one shows
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    struct td_beacon_message m;
    ssize_t got;

    got = recvfrom(
        x->fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &len);
    if (got < 0) {
        return errno == EINTR;
    }
    x->looked++;
    if (len == sizeof(from) && from.sin_family == AF_INET &&
        td_beacon_read(
            x->keys, x->key_count, (tandem_slice){bytes, (size_t)got}, &m)) {
        x->opened++;
        if (welcome(n, &m.device)) {
            td_near_note(x, &m, from.sin_addr, now);
        }
    }
    return true;
}

void
td_near_turn(struct tandem_node *n, uint64_t now, bool *more)
{
    struct td_near *x = &n->near;
    unsigned taken = 0;

    if (x->at.sin_port == 0) {
        return;
    }
    if (x->fd < 0 && now >= x->open_ms) {
        x->fd = open_at(&x->at);
        x->open_ms = now + TD_NEAR_AGAIN_MS;
    }
    if (now >= x->second_ms) {
        x->second_ms = now + 1000;
        x->looked = 0;
    }
    if (x->fd >= 0) {
        keys_read(n, now);
    }
    while (x->fd >= 0 && taken < TD_NEAR_TURN && x->looked < TD_NEAR_SECOND &&
           take(n, now)) {
        taken++;
    }
    *more = *more || (taken == TD_NEAR_TURN && x->looked < TD_NEAR_SECOND);
    // (2) Too many: the socket is not looked at before the next second.
    td_wire_watch(n->wire, x->looked < TD_NEAR_SECOND ? x->fd : -1);
}

uint64_t
td_near_due(const struct td_near *x)
{
    uint64_t due = UINT64_MAX;

    if (x->at.sin_port != 0 && x->fd < 0) {
        due = x->open_ms;
    }
    if (x->at.sin_port != 0 && x->looked >= TD_NEAR_SECOND) {
        due = x->second_ms < due ? x->second_ms : due;
    }
    return due;
}

// --------------------------------------------------------------- a host's
// calls

static tandem_err
hear_at(struct td_near *x, struct sockaddr_in *at, char *bound, size_t room,
    tandem_error *e)
{
    char host[INET_ADDRSTRLEN] = "";
    int fd = open_at(at), len;

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
        (void)close(fd);
        return td_fail_code(e, TANDEM_ELIMIT);
    }
    x->fd = fd;
    x->at = *at;
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
    if (n->near.at.sin_port != 0) {
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
    return hear_at(&n->near, &where, bound, room, e);
}

tandem_err
tandem_node_neighbour(tandem_node *n, size_t i, tandem_neighbour *out)
{
    if (n == NULL || out == NULL) {
        return TANDEM_EMISUSE;
    }
    for (size_t k = 0; k < TD_NEAR_MAX; k++) {
        const struct td_neighbour *x = &n->near.heard[k];
        char host[INET_ADDRSTRLEN] = "", device[65];

        if (x->port == 0 || i-- > 0) {
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
