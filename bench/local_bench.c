// SPDX-License-Identifier: Apache-2.0
// local_bench.c - contact sheets written and edited on one store, durably.
// usage: local_bench [--n N] [--pack FILE]      one JSON object a line
//
// N sheets, 1 and 128 to a durable commit, each time on a store of its own;
// then N edits of one field. Beside the creates the raw limit: the same rows in
// as many LMDB transactions, each synced (raw.h). commit: what one synced LMDB
// transaction with one row of 100 bytes takes on this disk.
#include "pair.h"
#include "raw.h"

enum { LOCAL_COMMITS = 300, LOCAL_BATCH = 128 };

static bool
local_commit(MDB_env *env, uint32_t n)
{
    uint8_t key[4] = {0, 0, (uint8_t)(n >> 8), (uint8_t)n}, value[100] = {1};
    MDB_val k = {sizeof(key), key}, v = {sizeof(value), value};
    MDB_txn *t;
    MDB_dbi dbi;

    if (mdb_txn_begin(env, NULL, 0, &t) != 0) {
        return false;
    }
    if (mdb_dbi_open(t, "rows", MDB_CREATE, &dbi) != 0 ||
        mdb_put(t, dbi, &k, &v, 0) != 0) {
        mdb_txn_abort(t);
        return false;
    }
    return mdb_txn_commit(t) == 0;
}

static bool
local_disk(void)
{
    double us[LOCAL_COMMITS];
    MDB_env *env = NULL;
    char dir[64];
    bool good = folder_new(dir);

    if (good) {
        env = raw_env(dir, "", 0, (size_t)16 << 20);
        good = env != NULL;
    }
    for (uint32_t i = 0; good && i < LOCAL_COMMITS; i++) {
        us[i] = now_s();
        good = local_commit(env, i);
        us[i] = (now_s() - us[i]) * 1e6;
    }
    if (env != NULL) {
        mdb_env_close(env);
    }
    folder_remove(dir);
    if (good) {
        const double half = median(us, LOCAL_COMMITS); // and sorts

        printf("{\"figure\":\"commit\",\"n\":%d,\"median_us\":%.0f,"
               "\"p90_us\":%.0f}\n",
            (int)LOCAL_COMMITS, half, us[LOCAL_COMMITS * 9 / 10]);
    }
    return good;
}

static bool
local_create(struct worker *w, size_t n, size_t per_commit)
{
    struct raw raw = {0};
    struct mail m = {0};
    double raw_s = -1, cpu = worker_cpu_ns(w);
    bool good = raw_begin(&raw, w->dir);

    w->look = raw_look;
    w->look_ctx = &raw;
    good = good && sheets(w, 0, n, per_commit, &m);
    w->look = NULL;
    cpu = worker_cpu_ns(w) - cpu;
    if (good && raw_read(&raw)) {
        raw_s = raw_run_local(&raw);
    }
    if (raw_s > 0) {
        printf("{\"figure\":\"create\",\"n\":%zu,\"per_commit\":%zu,"
               "\"seconds\":%.3f,\"records_per_s\":%.0f,\"cpu_ns\":%.0f,"
               "\"transactions\":%llu,\"rawlimit_records_per_s\":%.0f,"
               "\"of_rawlimit\":%.2f,\"raw_rows\":%.2f}\n",
            n, per_commit, m.at[0], (double)n / m.at[0], cpu / (double)n,
            (unsigned long long)raw_transactions(&raw), (double)n / raw_s,
            raw_s / m.at[0], (double)raw.count / (double)n);
    }
    raw_free(&raw);
    return raw_s > 0;
}

static bool
local_edit(struct worker *w, size_t n, size_t per_commit)
{
    struct mail m = {.n = {n, 0, per_commit, per_commit}};
    double cpu = worker_cpu_ns(w);

    if (!order(w, SIDE_EDIT, &m)) {
        return false;
    }
    cpu = worker_cpu_ns(w) - cpu;
    printf("{\"figure\":\"edit\",\"n\":%zu,\"per_commit\":%zu,"
           "\"seconds\":%.3f,\"records_per_s\":%.0f,\"cpu_ns\":%.0f}\n",
        n, per_commit, m.at[0], (double)n / m.at[0], cpu / (double)n);
    return true;
}

static bool
local(const char *pack, size_t n, size_t per_commit)
{
    struct worker w = {.fd = -1};
    bool good = worker_start(&w, side_work) && found(&w, pack) &&
                local_create(&w, n, per_commit) &&
                local_edit(&w, n, per_commit);

    (void)fflush(stdout);
    worker_end(&w);
    return good;
}

int
main(int argc, char **argv)
{
    char pack[PATH_MAX + 40];
    size_t n = 10000;

    default_pack(argv[0], pack, sizeof(pack));
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--n") == 0 && i + 1 < argc) {
            n = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--pack") == 0 && i + 1 < argc) {
            (void)snprintf(pack, sizeof(pack), "%s", argv[++i]);
        } else {
            n = 0;
        }
    }
    if (n < 10 || n > 1000000) {
        (void)fprintf(
            stderr, "usage: local_bench [--n 10..1000000] [--pack FILE]\n");
        return 2;
    }
    post_watch(post_stopped);
    return local_disk() && local(pack, n, 1) && local(pack, n, LOCAL_BATCH) ? 0
                                                                            : 1;
}
