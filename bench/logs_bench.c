// SPDX-License-Identifier: Apache-2.0
// logs_bench.c - two devices that hold thousands of logs, of which some grow.
// usage: logs_bench [--logs N] [--devices D] [--pack FILE]
//
// N logs (10,000) of D enrolled devices (100), as many incarnations each, in
// one sector of an office; a device hears them all. Then 0, 1, 10, 1,000 of
// them grow by one sheet at the office and the device calls again, three
// times: as the two left each other (path "cursor"), and after both have
// forgotten that they ever met (path "trie": who holds what must be found).
// One JSON object a line; entry_bytes are the segments that had to move,
// without the signed heads before them.
#include "author.h"
#include "pair.h"

enum {
    LOGS_MAKE = SIDE_MORE, // n: logs, devices
    LOGS_GROW,             // n: how many; answered with n[1] bytes of entries
    LOGS_FORGET,           // whom it met
    LOGS_ROUNDS = 3
};

struct logs {
    struct side side; // first
    struct td_device_keys *keys;
    struct author_log *logs;
    size_t count;
};

// ------------------------------------------------------- in their processes

static tandem_err
logs_write(struct logs *x, size_t count, size_t *bytes)
{
    tandem_store *s = x->side.store;
    struct author_log **some = calloc(count + 1, sizeof(struct author_log *));
    struct author_world world;
    tandem_err err = some == NULL ? TANDEM_ENOMEM : TANDEM_OK;

    for (size_t i = 0; err == TANDEM_OK && i < count; i++) {
        some[i] = &x->logs[i * x->count / count];
    }
    td_api_lock_writing(s);
    if (err == TANDEM_OK) {
        err = author_world(&world, s->replica, x->side.sector);
    }
    if (err == TANDEM_OK) {
        err =
            author_write(&world, some, count, td_api_now(s), bytes, &x->side.e);
    }
    td_api_unlock_writing(s, false);
    free(some);
    return err;
}

static tandem_err
logs_make(struct logs *x, size_t count, size_t devices)
{
    tandem_store *s = x->side.store;
    tandem_err err = TANDEM_OK;
    uint64_t json;
    size_t bytes = 0;

    x->count = count;
    x->keys = calloc(devices, sizeof(*x->keys));
    x->logs = calloc(count, sizeof(*x->logs));
    if (x->keys == NULL || x->logs == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; err == TANDEM_OK && i < devices; i++) {
        td_api_lock_writing(s);
        err = author_enrol(
            s->replica, x->side.sector, &x->keys[i], td_api_now(s), &x->side.e);
        td_api_unlock_writing(s, false);
    }
    for (size_t i = 0; i < count; i++) {
        x->logs[i].keys = &x->keys[i % devices];
        td_put_be64(x->logs[i].incarnation, i + 1);
    }
    // One sheet of the office's own, so that the sector has a key.
    if (err == TANDEM_OK) {
        err = sheets_write(s, x->side.sector, 0, 1, 1, &json, &x->side.e);
    }
    return err == TANDEM_OK ? logs_write(x, count, &bytes) : err;
}

static tandem_err
forget(struct td_txn *t, void *ctx)
{
    tandem_slice key, value;
    struct td_iter *i;
    tandem_err err = td_iter_open(t, TD_T_PEERS, (tandem_slice){0}, &i);

    (void)ctx;
    while (err == TANDEM_OK &&
           (err = td_iter_next(i, &key, &value)) == TANDEM_OK) {
        uint8_t copy[TD_KEY_BYTES_MAX];
        const size_t len = key.len;

        memcpy(copy, key.ptr, len);
        err = td_del(t, TD_T_PEERS, (tandem_slice){copy, len});
    }
    td_iter_close(i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static tandem_err
logs_obey(struct side *side, struct mail *m)
{
    struct logs *x = (struct logs *)(void *)side;
    tandem_err err;

    switch (m->what) {
    case LOGS_MAKE:
        m->at[0] = now_s();
        err = logs_make(x, (size_t)m->n[0], (size_t)m->n[1]);
        m->at[0] = now_s() - m->at[0];
        return err;
    case LOGS_GROW: {
        size_t bytes = 0;

        err = m->n[0] > 0 ? logs_write(x, (size_t)m->n[0], &bytes) : TANDEM_OK;
        m->n[1] = bytes;
        return err;
    }
    case LOGS_FORGET:
        td_api_lock_writing(side->store);
        err = td_store_write(side->store->store, forget, NULL, &side->e);
        td_api_unlock_writing(side->store, false);
        return err;
    default:
        return TANDEM_EMISUSE;
    }
}

static int
logs_work(int fd, const char *dir)
{
    struct logs x = {.side = {.dir = dir, .fd = fd, .more = logs_obey}};

    return side_run(&x.side);
}

// --------------------------------------------------------------- from outside

static bool
forget_both(struct worker *office, struct worker *device)
{
    struct mail m = {0};

    return order(office, LOGS_FORGET, &m) && order(device, LOGS_FORGET, &m);
}

static bool
grown(struct worker *office, struct worker *device, const char *address,
    size_t logs, size_t changed, bool met_before)
{
    double ms[LOGS_ROUNDS];
    struct mail m = {0};
    struct met met;

    for (size_t i = 0; i < LOGS_ROUNDS; i++) {
        m.n[0] = changed;
        if (!order(office, LOGS_GROW, &m) ||
            (!met_before && !forget_both(office, device)) ||
            !meet(office, device, address, &met)) {
            return false;
        }
        ms[i] = met.seconds * 1e3;
    }
    printf("{\"figure\":\"logs\",\"logs\":%zu,\"changed\":%zu,\"path\":\"%s\","
           "\"bytes\":%llu,\"entry_bytes\":%llu,\"round_trips\":%llu,"
           "\"ms\":%.2f}\n",
        logs, changed, met_before ? "cursor" : "trie",
        (unsigned long long)met.bytes, (unsigned long long)m.n[1],
        (unsigned long long)met.round_trips, median(ms, LOGS_ROUNDS));
    (void)fflush(stdout);
    return true;
}

static bool
first(struct worker *office, struct worker *device, const char *address,
    size_t logs)
{
    struct met met;

    if (!meet(office, device, address, &met)) {
        return false;
    }
    printf("{\"figure\":\"logs_first\",\"logs\":%zu,\"seconds\":%.3f,"
           "\"bytes\":%llu,\"round_trips\":%llu}\n",
        logs, met.seconds, (unsigned long long)met.bytes,
        (unsigned long long)met.round_trips);
    return true;
}

static bool
measure(const char *pack, size_t logs, size_t devices)
{
    static const size_t changed[] = {0, 1, 10, 1000};
    const size_t cases = sizeof(changed) / sizeof(changed[0]);
    struct worker office = {.fd = -1}, device = {.fd = -1};
    struct mail m = {.n = {logs, devices}}, at = {0};
    uint64_t sheets = logs + 1, file;
    bool good = worker_start(&office, logs_work) &&
                worker_start(&device, logs_work) && found(&office, pack) &&
                enrol(&office, &device) && order(&office, LOGS_MAKE, &m) &&
                order(&office, SIDE_LISTEN, &at) &&
                first(&office, &device, at.text, logs);

    for (size_t i = 0; good && i < 2 * cases; i++) {
        const size_t n = changed[i % cases] < logs ? changed[i % cases] : logs;

        good = grown(&office, &device, at.text, logs, n, i < cases);
        sheets += n * LOGS_ROUNDS;
    }
    good = good && agree(&office, &device, sheets, &file);
    worker_end(&device);
    worker_end(&office);
    return good;
}

int
main(int argc, char **argv)
{
    size_t logs = 10000, devices = 100;
    char pack[PATH_MAX + 40];

    default_pack(argv[0], pack, sizeof(pack));
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--logs") == 0 && i + 1 < argc) {
            logs = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--devices") == 0 && i + 1 < argc) {
            devices = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--pack") == 0 && i + 1 < argc) {
            (void)snprintf(pack, sizeof(pack), "%s", argv[++i]);
        } else {
            logs = 0;
        }
    }
    if (logs < 1 || logs > 50000 || devices < 1 || devices > 1000) {
        (void)fprintf(stderr, "usage: logs_bench [--logs 1..50000] [--devices"
                              " 1..1000] [--pack FILE]\n");
        return 2;
    }
    post_watch(post_stopped);
    return measure(pack, logs, devices) ? 0 : 1;
}
