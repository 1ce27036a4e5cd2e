// SPDX-License-Identifier: Apache-2.0
// sync_bench.c - two devices over loopback, through the public API only.
// usage: sync_bench --n N [--json] [--per-commit K] [--pack FILE] [--no-raw]
//        [--no-fanin] [--no-worker]
// BENCH_MARKS=1: both process ids and the moments of each exchange to stderr.
//
// A device is enrolled by code, hears N contact sheets, durable on both
// sides, and is asked for them by an indexed field; then again with nothing
// new; then 10 and 1,000 changes on both sides, one durable commit each; then
// it is opened anew. Beside it the raw limit (raw.h) and twenty devices that
// bring 500 sheets each at once.
#include "pair.h"
#include "raw.h"

enum { FANIN_DEVICES = 20, FANIN_SHEETS = 500, FANIN_TRIES = 20 };

struct figures {
    int (*work)(int fd, const char *dir); // what each device runs
    size_t n, per_commit;
    double write_s, sync_s, resync_ms, d10_ms, d1000_ms, open_ms;
    uint64_t bytes, json_bytes, round_trips, transactions;
    uint64_t resync_bytes, resync_round_trips;
    uint64_t d10_bytes, d10_round_trips, d1000_bytes, d1000_round_trips;
    uint64_t file_bytes;
    double rss_mb, idle_mb, total_mb, indexed_rss_mb, indexed_s;
    double sender_ns,
        receiver_ns;       // a record of the first exchange, all threads
    double fanin_s, raw_s; // < 0: not measured
    double raw_indexed_s;
    double raw_rows, raw_random, raw_bytes; // a record
    uint64_t fanin_again;                   // exchanges begun again
    uint64_t fanin_heard; // changes the devices took from the office
};

static bool
edits(struct worker *office, struct worker *device, const char *address,
    size_t count, struct met *out)
{
    struct mail m = {.n = {count, 0, count, 1}};

    if (!order(office, SIDE_EDIT, &m)) {
        return false;
    }
    m.n[1] = 1;
    return order(device, SIDE_EDIT, &m) && meet(office, device, address, out);
}

static bool
changes(struct worker *office, struct worker *device, const char *address,
    struct figures *f)
{
    struct met met;
    struct mail m = {0};

    if (!meet(office, device, address, &met)) {
        return false;
    }
    f->resync_ms = met.seconds * 1e3;
    f->resync_bytes = met.bytes;
    f->resync_round_trips = met.round_trips;
    if (!edits(office, device, address, 10, &met)) {
        return false;
    }
    f->d10_ms = met.seconds * 1e3;
    f->d10_bytes = met.bytes;
    f->d10_round_trips = met.round_trips;
    if (!edits(office, device, address, 1000, &met)) {
        return false;
    }
    f->d1000_ms = met.seconds * 1e3;
    f->d1000_bytes = met.bytes;
    f->d1000_round_trips = met.round_trips;
    if (!agree(office, device, f->n, &f->file_bytes) ||
        !order(device, SIDE_OPEN, &m)) {
        return false;
    }
    f->open_ms = m.at[0] * 1e3;
    return true;
}

// What a receiver that only puts the same rows takes. < 0: failed.
static double
raw_limit(struct raw *raw, const struct figures *f)
{
    raw->bytes = f->bytes;
    return raw_read(raw) ? raw_run(raw) : -1;
}

// The first exchange, and its memory.
static bool
first_meet(struct worker *office, struct worker *device, const char *address,
    struct figures *f)
{
    struct met met;

    worker_sample(device);
    f->idle_mb = device->rss_mb;
    device->rss_mb = device->total_mb = 0;
    if (!meet(office, device, address, &met)) {
        return false;
    }
    f->rss_mb = device->rss_mb;
    f->total_mb = device->total_mb;
    f->sync_s = met.seconds;
    f->indexed_s = met.device_s;
    f->sender_ns = met.sender_ns / (double)f->n;
    f->receiver_ns = met.receiver_ns / (double)f->n;
    f->bytes = met.bytes;
    f->round_trips = met.round_trips;
    return true;
}

// The raw limit of the rows as they were committed, before any search.
static bool
committed(struct raw *raw, struct figures *f, bool with_raw)
{
    raw_look(raw);
    if (raw->failed) {
        return false;
    }
    f->transactions = raw_transactions(raw);
    if (!with_raw) {
        return true;
    }
    f->raw_s = raw_limit(raw, f);
    f->raw_rows = (double)raw->count / (double)f->n;
    f->raw_random = (double)raw->random / (double)f->n;
    f->raw_bytes = (double)(raw->key_bytes + raw->value_bytes) / (double)f->n;
    return f->raw_s > 0;
}

// When a find shows what came, and the raw limit of what stands then.
static bool
indexed(
    struct worker *device, struct raw *raw, struct figures *f, bool with_raw)
{
    struct mail m = {.n = {f->n}};

    if (!order(device, SIDE_FIND, &m) || !expect(device, SIDE_INDEXED, &m)) {
        return false;
    }
    f->indexed_s += m.at[0];
    f->indexed_rss_mb = device->rss_mb;
    f->raw_indexed_s = with_raw ? raw_limit(raw, f) : -1;
    return !with_raw || f->raw_indexed_s > 0;
}

static bool
first(struct worker *office, struct worker *device, const char *address,
    struct figures *f, bool with_raw)
{
    struct raw raw = {0};
    uint64_t file;
    bool good = raw_begin(&raw, device->dir);

    f->raw_s = f->raw_indexed_s = -1;
    device->look = raw_look;
    device->look_ctx = &raw;
    good = good && first_meet(office, device, address, f) &&
           committed(&raw, f, with_raw) && indexed(device, &raw, f, with_raw) &&
           agree(office, device, f->n, &file);
    device->look = NULL;
    raw_free(&raw);
    return good;
}

static bool
pair(const char *pack, struct figures *f, bool with_raw)
{
    struct worker office = {.fd = -1}, device = {.fd = -1};
    struct mail m = {0}, at = {0};
    bool good = worker_start(&office, f->work) &&
                worker_start(&device, f->work) && found(&office, pack) &&
                enrol(&office, &device) && order(&office, SIDE_LISTEN, &at) &&
                sheets(&office, 0, f->n, f->per_commit, &m);

    if (good) {
        f->write_s = m.at[0];
        f->json_bytes = m.n[3];
        good = first(&office, &device, at.text, f, with_raw) &&
               changes(&office, &device, at.text, f);
    }
    worker_end(&device);
    worker_end(&office);
    return good;
}

static bool
fanin_ready(const struct figures *f, struct worker *office,
    struct worker *devices, const char *pack, struct mail *at)
{
    struct mail m = {.what = SIDE_WRITE, .n = {0, FANIN_SHEETS, 1}};

    if (!worker_start(office, f->work) || !found(office, pack)) {
        return false;
    }
    for (size_t i = 0; i < FANIN_DEVICES; i++) {
        if (!worker_start(&devices[i], f->work) ||
            !enrol(office, &devices[i])) {
            return false;
        }
    }
    // All at the same time: a commit is mostly waiting for the disk.
    for (size_t i = 0; i < FANIN_DEVICES; i++) {
        m.n[0] = i * FANIN_SHEETS;
        if (!mail_send(devices[i].fd, &m)) {
            return false;
        }
    }
    for (size_t i = 0; i < FANIN_DEVICES; i++) {
        if (!expect(&devices[i], SIDE_WRITE, &m)) {
            return false;
        }
    }
    return order(office, SIDE_LISTEN, at);
}

// The device's exchange, again while others bring so much meanwhile that it
// gives up. The office's own news of the end are read by the way.
static bool
fanin_one(struct worker *device, const struct mail *at, double *end,
    struct figures *f)
{
    struct mail m;

    for (int i = 0; i < FANIN_TRIES; i++) {
        if (!expect(device, SIDE_MEET, &m) ||
            !expect(device, SIDE_FINISHED, &m)) {
            return false;
        }
        f->fanin_heard += m.n[2];
        if (m.n[4] != 0) {
            *end = m.at[0] > *end ? m.at[0] : *end;
            return true;
        }
        f->fanin_again++;
        if (!mail_send(device->fd, at)) {
            return false;
        }
    }
    return false;
}

// Twenty devices call one office at once. Seconds until all of them have
// finished, with the office's receipt; < 0: failed.
static double
fanin(const char *pack, struct figures *f)
{
    struct worker office = {.fd = -1}, devices[FANIN_DEVICES];
    struct mail at = {0}, m;
    double start = 0, end = 0;
    bool good;

    memset(devices, 0, sizeof(devices));
    for (size_t i = 0; i < FANIN_DEVICES; i++) {
        devices[i].fd = -1;
    }
    good = fanin_ready(f, &office, devices, pack, &at);
    at.what = SIDE_MEET;
    start = now_s();
    for (size_t i = 0; good && i < FANIN_DEVICES; i++) {
        good = mail_send(devices[i].fd, &at);
    }
    for (size_t i = 0; good && i < FANIN_DEVICES; i++) {
        good = fanin_one(&devices[i], &at, &end, f);
    }
    memset(&m, 0, sizeof(m));
    m.what = SIDE_STATE;
    good = good && mail_send(office.fd, &m);
    do {
        good = good && worker_hear(&office, &m);
    } while (good && m.what == SIDE_FINISHED);
    good = good && m.n[0] == (uint64_t)FANIN_DEVICES * FANIN_SHEETS;
    for (size_t i = 0; i < FANIN_DEVICES; i++) {
        worker_end(&devices[i]);
    }
    worker_end(&office);
    return good ? end - start : -1;
}

static void
print(const struct figures *f)
{
    const double n = (double)f->n;

    printf(
        "{\"figure\":\"sync\",\"n\":%zu,\"per_commit\":%zu,\"write_s\":%.3f,",
        f->n, f->per_commit, f->write_s);
    printf("\"worker\":%d,", f->work == side_work);
    printf("\"sync_s\":%.3f,\"records_per_s\":%.0f,\"bytes\":%llu,", f->sync_s,
        n / f->sync_s, (unsigned long long)f->bytes);
    printf("\"indexed_s\":%.3f,\"indexed_records_per_s\":%.0f,", f->indexed_s,
        n / f->indexed_s);
    printf("\"sender_cpu_ns\":%.0f,\"receiver_cpu_ns\":%.0f,", f->sender_ns,
        f->receiver_ns);
    printf("\"payload_json_bytes\":%llu,\"round_trips\":%llu,",
        (unsigned long long)f->json_bytes, (unsigned long long)f->round_trips);
    printf("\"transactions\":%llu,\"rss_mb\":%.1f,\"rss_idle_mb\":%.1f,"
           "\"rss_indexed_mb\":%.1f,\"rss_with_map_mb\":%.1f,",
        (unsigned long long)f->transactions, f->rss_mb, f->idle_mb,
        f->indexed_rss_mb, f->total_mb);
    printf("\"resync_bytes\":%llu,\"resync_ms\":%.2f,"
           "\"resync_round_trips\":%llu,",
        (unsigned long long)f->resync_bytes, f->resync_ms,
        (unsigned long long)f->resync_round_trips);
    printf("\"d10_bytes\":%llu,\"d10_ms\":%.2f,\"d10_round_trips\":%llu,",
        (unsigned long long)f->d10_bytes, f->d10_ms,
        (unsigned long long)f->d10_round_trips);
    printf("\"d1000_bytes\":%llu,\"d1000_ms\":%.2f,"
           "\"d1000_round_trips\":%llu,",
        (unsigned long long)f->d1000_bytes, f->d1000_ms,
        (unsigned long long)f->d1000_round_trips);
    printf("\"open_ms\":%.2f,\"file_bytes\":%llu", f->open_ms,
        (unsigned long long)f->file_bytes);
    if (f->fanin_s >= 0) {
        printf(",\"fanin_s\":%.3f,\"fanin_again\":%llu,\"fanin_heard\":%llu",
            f->fanin_s, (unsigned long long)f->fanin_again,
            (unsigned long long)f->fanin_heard);
    }
    if (f->raw_s >= 0) {
        printf(
            ",\"rawlimit_indexed_records_per_s\":%.0f", n / f->raw_indexed_s);
        printf(",\"rawlimit_records_per_s\":%.0f,\"of_rawlimit\":%.2f",
            n / f->raw_s, f->raw_s / f->sync_s);
        printf(",\"raw_rows\":%.2f,\"raw_random_puts\":%.2f,"
               "\"raw_row_bytes\":%.0f",
            f->raw_rows, f->raw_random, f->raw_bytes);
    }
    printf("}\n");
}

int
main(int argc, char **argv)
{
    struct figures f = {
        .n = 10000, .per_commit = 1, .fanin_s = -1, .work = side_work};
    bool with_raw = true, with_fanin = true;
    char pack[PATH_MAX + 40];

    default_pack(argv[0], pack, sizeof(pack));
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            continue; // the only form there is
        } else if (strcmp(argv[i], "--no-worker") == 0) {
            f.work = side_work_alone;
        } else if (strcmp(argv[i], "--no-raw") == 0) {
            with_raw = false;
        } else if (strcmp(argv[i], "--no-fanin") == 0) {
            with_fanin = false;
        } else if (strcmp(argv[i], "--n") == 0 && i + 1 < argc) {
            f.n = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--per-commit") == 0 && i + 1 < argc) {
            f.per_commit = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--pack") == 0 && i + 1 < argc) {
            (void)snprintf(pack, sizeof(pack), "%s", argv[++i]);
        } else {
            f.n = 0;
            break;
        }
    }
    if (f.n < 20 || f.n > 1000000 || f.per_commit < 1 || f.per_commit > 128) {
        (void)fprintf(stderr,
            "usage: sync_bench --n 20..1000000 [--json] [--per-commit 1..128]"
            " [--pack FILE] [--no-raw] [--no-fanin] [--no-worker]\n");
        return 2;
    }
    post_watch(post_stopped);
    if (!pair(pack, &f, with_raw)) {
        return 1;
    }
    if (with_fanin) {
        f.fanin_s = fanin(pack, &f);
    }
    print(&f);
    return 0;
}
