// SPDX-License-Identifier: Apache-2.0
// world.c - see world.h.
#include "sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "support/store_help.h"

#define TMPFS 0x01021994

uint64_t
world_next(uint64_t *state)
{
    return help_next(state);
}

size_t
world_pick(struct world *w, size_t n)
{
    TD_ASSERT(n > 0);
    return (size_t)((help_next(&w->random) >> 20) % n);
}

bool
world_chance(struct world *w, unsigned percent)
{
    return world_pick(w, 100) < percent;
}

struct device *
world_author(struct world *w, const tandem_device_id *id)
{
    for (size_t i = 0; i < w->count; i++) {
        if (td_device_cmp(w->d[i].id, *id) == 0) {
            return &w->d[i];
        }
    }
    return NULL;
}

// FNV-1a.
void
world_note_bytes(struct world *w, tandem_slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        w->trace = (w->trace ^ bytes.ptr[i]) * UINT64_C(0x100000001b3);
    }
}

void
world_note(struct world *w, uint64_t value)
{
    uint8_t bytes[8];

    td_put_be64(bytes, value);
    world_note_bytes(w, (tandem_slice){bytes, sizeof(bytes)});
}

void
world_fail(struct world *w, enum count c, const char *format, ...)
{
    va_list args;

    (void)fprintf(stderr,
        "sim: TANDEM_SEED=%llu, step %llu: invariant %u (%s): ",
        (unsigned long long)w->seed, (unsigned long long)w->step,
        count_number(c), count_words(c));
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    if (getenv("TANDEM_SIM_ABORT") != NULL) {
        abort();
    }
    help_remove(AT_FDCWD, w->dir, 3);
    _exit(1);
}

void
world_count(struct world *w, enum count c)
{
    w->counts.of[c]++;
}

void
world_ok(struct world *w, tandem_err err, const tandem_error *e)
{
    if (err != TANDEM_OK) {
        world_fail(w, COUNT_REST, "%s: %s", tandem_err_name(err),
            e != NULL ? e->msg : "");
    }
}

// Stores stand in memory where the machine has a tmpfs for it.
void
world_folder(char dir[WORLD_DIR])
{
    const char *tmp = getenv("TMPDIR");
    struct statfs fs;

    if (statfs("/dev/shm", &fs) == 0 && fs.f_type == TMPFS &&
        access("/dev/shm", W_OK) == 0) {
        tmp = "/dev/shm";
    }
    (void)snprintf(
        dir, WORLD_DIR, "%.40s/tandem-sim-XXXXXX", tmp != NULL ? tmp : "/tmp");
    TD_ASSERT(mkdtemp(dir) != NULL);
}

void
world_init(struct world *w, uint64_t seed, const char *dir)
{
    memset(w, 0, sizeof(*w));
    w->seed = seed;
    // Neighbouring seeds begin far apart.
    w->random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    w->trace = UINT64_C(0xcbf29ce484222325);
    w->now_ms = 1780000000000;
    (void)snprintf(w->dir, sizeof(w->dir), "%s", dir);
    for (size_t i = 0; i < 8; i++) {
        (void)help_next(&w->random);
    }
}

void
world_deinit(struct world *w)
{
    for (size_t i = 0; i < WORLD_LINKS; i++) {
        link_close(&w->links[i]);
    }
    for (size_t i = 0; i < w->count; i++) {
        device_close(&w->d[i]);
    }
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        heads_free(&w->kept[i]);
        heads_free(&w->took[i]);
        for (size_t j = 0; j < WORLD_DEVICES; j++) {
            heads_free(&w->met[i][j][0]);
            heads_free(&w->met[i][j][1]);
        }
    }
    model_deinit(&w->model);
    help_remove(AT_FDCWD, w->dir, 3);
}
