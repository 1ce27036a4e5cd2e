// SPDX-License-Identifier: Apache-2.0
// device.c - see device.h.
#include "sim/device.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/trie.h"
#include "sim/world.h"
#include "support/store_help.h"

static const struct td_key master = {{7, 3, 1}};

static void *
resize(void *ctx, void *p, size_t was, size_t now)
{
    struct device *d = ctx;
    void *q = NULL;

    if (now == 0) {
        free(p);
    } else if ((q = realloc(p, now)) == NULL) {
        return NULL;
    }
    d->live += now;
    d->live -= was;
    d->peak = d->live > d->peak ? d->live : d->peak;
    return q;
}

static tandem_err
fill(void *ctx, uint8_t *p, size_t n)
{
    struct device *d = ctx;

    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)(world_next(&d->random) >> 32);
    }
    return TANDEM_OK;
}

void
device_open(struct device *d, bool create)
{
    struct td_store_opts o = {.sys = &d->sys,
        .master = &master,
        .dir = d->dir,
        .create = create,
        .map_bytes = d->map_bytes,
        .any_fs = true,
        .sent = d->noted ? "" : NULL};
    tandem_error e = {0};

    world_ok(d->w, td_store_open(&o, &d->store, &e), &e);
    world_ok(d->w, td_replica_open(d->store, &d->r, &e), &e);
    d->id = td_replica_device(d->r);
    d->modelled_lsn = UINT64_MAX;
}

void
device_new(struct world *w, struct device *d, size_t index)
{
    tandem_sys given = TANDEM_SYS_INIT;

    memset(d, 0, sizeof(*d));
    d->w = w;
    d->index = index;
    d->random = world_next(&w->random) | 1;
    // Small first maps: growth in the middle of anything.
    d->map_bytes = world_pick(w, 2) == 0 ? 0 : (uint64_t)256 << 10;
    d->outside = world_chance(w, 50);
    d->noted = world_chance(w, 50);
    given.ctx = d;
    given.random = fill;
    given.resize = resize;
    td_sys_fill(&d->sys, &given);
    (void)snprintf(d->dir, sizeof(d->dir), "%s/d%zu", w->dir, index);
    device_open(d, true);
}

void
device_close(struct device *d)
{
    td_replica_close(d->r);
    td_store_close(d->store);
    d->r = NULL;
    d->store = NULL;
}

// ---------------------------------------------------------------------- files

static bool
is_data(const char *name)
{
    return name[0] != '.' && strcmp(name, "lock") != 0 &&
           strcmp(name, "lock.mdb") != 0 && strcmp(name, "reserve") != 0;
}

// Into an existing file as it stands: its identity stays.
static void
copy_file(const char *from, const char *to, const char *name)
{
    char path[512];
    static char room[1 << 16];
    int in, out;
    ssize_t n;

    (void)snprintf(path, sizeof(path), "%s/%s", from, name);
    in = open(path, O_RDONLY | O_CLOEXEC);
    (void)snprintf(path, sizeof(path), "%s/%s", to, name);
    out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    TD_ASSERT(in >= 0 && out >= 0);
    while ((n = read(in, room, sizeof(room))) > 0) {
        TD_ASSERT(write(out, room, (size_t)n) == n);
    }
    TD_ASSERT(n == 0);
    (void)close(in);
    (void)close(out);
}

void
device_copy(const char *from, const char *to)
{
    DIR *dir = opendir(from);
    struct dirent *e;

    (void)mkdir(to, 0700);
    TD_ASSERT(dir != NULL);
    while ((e = readdir(dir)) != NULL) {
        if (is_data(e->d_name)) {
            copy_file(from, to, e->d_name);
        }
    }
    (void)closedir(dir);
}

void
device_remove(struct device *d)
{
    help_remove(AT_FDCWD, d->dir, 1);
}

void
device_check_tries(struct device *d)
{
    bool counted = false;
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_txn *t;
    size_t count;

    td_arena_init(&arena, NULL, (size_t)8 << 20);
    count = device_logs(d, NULL, &arena, &logs);
    world_ok(d->w, td_store_read(d->store, &t), NULL);
    for (size_t i = 0; i < count; i++) {
        bool same = false;

        world_ok(d->w, td_trie_check(t, &logs[i].sector, &same), NULL);
        if (!same) {
            world_fail(d->w, COUNT_TRIE,
                "device %zu: a trie is not what its logs make", d->index);
        }
        world_count(d->w, COUNT_TRIE_BUILT);
    }
    world_ok(d->w, td_missing_check(t, &counted), NULL);
    if (!counted) {
        world_fail(d->w, COUNT_TRIE,
            "device %zu: what is missing was counted wrong", d->index);
    }
    td_store_read_end(t);
    td_arena_deinit(&arena);
}

void
device_freeze(struct device *d)
{
    char kept[160];

    (void)snprintf(kept, sizeof(kept), "%s.dead", d->dir);
    device_copy(d->dir, kept);
}

void
device_thaw(struct device *d)
{
    char kept[160];

    (void)snprintf(kept, sizeof(kept), "%s.dead", d->dir);
    device_close(d);
    device_copy(kept, d->dir);
    device_open(d, false);
    d->writes++;
    d->crashed = true;
    device_check_tries(d);
}

void
device_finish(struct device *d)
{
    if (d->writer != NULL) {
        side_finish(d->writer);
    }
}

void
device_writes(struct device *d)
{
    device_finish(d);
    d->writes++;
}

// -------------------------------------------------------------------- looking

int64_t
device_wall(struct device *d)
{
    int64_t now = d->w->now_ms + d->skew_ms;

    d->wall_max = now > d->wall_max ? now : d->wall_max;
    return now;
}

size_t
device_logs(struct device *d, const tandem_id *sector, struct td_arena *arena,
    struct td_log_info **out)
{
    struct td_txn *t;
    size_t count;
    tandem_err err;

    world_ok(d->w, td_store_read(d->store, &t), NULL);
    err = td_log_list(t, sector, arena, out, &count);
    td_store_read_end(t);
    world_ok(d->w, err, NULL);
    return count;
}

uint64_t
device_lsn(struct device *d)
{
    struct td_txn *t;
    uint64_t lsn;

    world_ok(d->w, td_store_read(d->store, &t), NULL);
    world_ok(d->w, td_lsn(t, &lsn), NULL);
    td_store_read_end(t);
    return lsn;
}

struct td_hash16
device_root(struct device *d, tandem_id sector)
{
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_head *heads;
    struct td_hash16 root;
    size_t n;

    td_arena_init(&arena, NULL, (size_t)8 << 20);
    n = device_logs(d, &sector, &arena, &logs);
    heads = td_arena_array(&arena, n + 1, sizeof(*heads));
    TD_ASSERT(heads != NULL);
    for (size_t i = 0; i < n; i++) {
        heads[i] = (struct td_head){logs[i].id, logs[i].head_seq, logs[i].head};
    }
    root = td_heads_root(heads, n);
    td_arena_deinit(&arena);
    return root;
}

tandem_right
device_right(const struct device *of, const struct device *d, tandem_id sector)
{
    return of->r->member == NULL
               ? TANDEM_RIGHT_NONE
               : td_member_right(of->r->member, &d->id, sector);
}
