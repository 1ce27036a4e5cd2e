// SPDX-License-Identifier: Apache-2.0
// pair.h - an office and a device, each in a process of its own (side.h):
// enrolled by code, met, compared.
#ifndef TANDEM_BENCH_PAIR_H
#define TANDEM_BENCH_PAIR_H

#include <libgen.h>
#include <limits.h>

#include "post.h"
#include "side.h"

static inline bool
order(struct worker *w, int32_t what, struct mail *m)
{
    m->what = what;
    m->failed = 0;
    return mail_send(w->fd, m) && worker_hear(w, m) && m->what == what;
}

static inline bool
expect(struct worker *w, int32_t what, struct mail *m)
{
    return worker_hear(w, m) && m->what == what;
}

static inline bool
enrol(struct worker *office, struct worker *device)
{
    struct mail a = {0}, b;

    if (!order(office, SIDE_INVITE, &a)) {
        return false;
    }
    b = a;
    if (!order(device, SIDE_JOIN, &b) || !expect(office, SIDE_DIGITS, &a) ||
        !expect(device, SIDE_DIGITS, &b)) {
        return false;
    }
    // The persons tell each other what they read.
    if (!order(device, SIDE_CONFIRM, &a) || !order(office, SIDE_CONFIRM, &b)) {
        return false;
    }
    return expect(office, SIDE_ENROLLED, &a) &&
           expect(device, SIDE_ENROLLED, &b);
}

struct met {
    double device_s, seconds, sender_ns, receiver_ns;
    uint64_t bytes, round_trips;
};

// The device calls; both must have finished, with the other's receipt.
static inline bool
meet(struct worker *office, struct worker *device, const char *address,
    struct met *out)
{
    struct mail m = {0}, a, b;

    (void)snprintf(m.text, sizeof(m.text), "%s", address);
    out->sender_ns = worker_cpu_ns(office);
    out->receiver_ns = worker_cpu_ns(device);
    if (!order(device, SIDE_MEET, &m) || !expect(device, SIDE_FINISHED, &b) ||
        !expect(office, SIDE_FINISHED, &a)) {
        return false;
    }
    out->sender_ns = worker_cpu_ns(office) - out->sender_ns;
    out->receiver_ns = worker_cpu_ns(device) - out->receiver_ns;
    if (a.n[4] == 0 || b.n[4] == 0) {
        (void)fprintf(stderr, "not done: %s%s\n", a.text, b.text);
        return false;
    }
    out->device_s = b.at[0] - m.at[0];
    out->seconds = (a.at[0] > b.at[0] ? a.at[0] : b.at[0]) - m.at[0];
    if (getenv("BENCH_MARKS") != NULL) { // for a profiler's window
        (void)fprintf(stderr, "%ld %ld %.6f %.6f\n", (long)office->pid,
            (long)device->pid, m.at[0], m.at[0] + out->seconds);
    }
    out->bytes = b.n[0];
    out->round_trips = b.n[1];
    return true;
}

// Both show the same, all of it, without a conflict.
static inline bool
agree(struct worker *a, struct worker *b, uint64_t n, uint64_t *file_bytes)
{
    struct mail x = {0}, y = {0};

    if (!order(a, SIDE_STATE, &x) || !order(b, SIDE_STATE, &y)) {
        return false;
    }
    *file_bytes = y.n[2];
    if (x.n[0] != n || y.n[0] != n || x.n[1] + y.n[1] + x.n[3] + y.n[3] != 0 ||
        memcmp(x.text, y.text, 32) != 0) {
        (void)fprintf(stderr,
            "the two stores do not show the same: %llu and %llu sheets, %llu "
            "and %llu conflicts, %llu and %llu waiting\n",
            (unsigned long long)x.n[0], (unsigned long long)y.n[0],
            (unsigned long long)x.n[1], (unsigned long long)y.n[1],
            (unsigned long long)x.n[3], (unsigned long long)y.n[3]);
        return false;
    }
    return true;
}

static inline bool
found(struct worker *office, const char *pack)
{
    struct mail m = {0};

    if (strlen(pack) >= sizeof(m.text)) {
        return false;
    }
    memcpy(m.text, pack, strlen(pack) + 1);
    return order(office, SIDE_FOUND, &m);
}

static inline bool
sheets(struct worker *w, size_t first, size_t count, size_t per_commit,
    struct mail *m)
{
    memset(m, 0, sizeof(*m));
    m->n[0] = first;
    m->n[1] = count;
    m->n[2] = per_commit;
    return order(w, SIDE_WRITE, m);
}

// The pack the build made beside this program.
static inline void
default_pack(const char *program, char *out, size_t room)
{
    char copy[PATH_MAX];

    (void)snprintf(copy, sizeof(copy), "%s", program);
    (void)snprintf(out, room, "%s/../packs/fr.terrain.pack", dirname(copy));
}

#endif
