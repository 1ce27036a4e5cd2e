// SPDX-License-Identifier: Apache-2.0
// worlds_test.c - many seeds, each a world of its own, in as many processes as
// there are cores. A counter that stays at zero is a failure.
//
// usage: sim_worlds [SEEDS [FIRST]]; TANDEM_SEED=n: that one alone, twice.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/plan.h"
#include "support/store_help.h"

#ifndef SIM_SEEDS
#define SIM_SEEDS 8
#endif
enum { WORKERS_MAX = 64, SAY_EVERY = 500 };

struct told { // what a worker says of one seed
    uint64_t seed, trace;
    struct counts counts;
};

static struct {
    uint64_t first, seeds;
} asked = {1, SIM_SEEDS};

static void
live(uint64_t seed, const char *dir, struct told *out)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    world_init(w, seed, dir);
    plan_run(w);
    *out = (struct told){seed, w->trace, w->counts};
    world_deinit(w);
    free(w);
}

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

struct worker {
    pid_t pid; // 0: none
    int end;   // of its pipe
    uint64_t seed;
    char dir[WORLD_DIR];
};

// One seed, in a process of its own: what one breaks, the next does not feel.
static struct worker
begin(uint64_t seed)
{
    struct worker k = {.seed = seed};
    struct told t;
    int ends[2];

    assert_int_equal(0, pipe(ends));
    world_folder(k.dir);
    (void)fflush(stdout);
    k.pid = fork();
    k.end = ends[0];
    assert_true(k.pid >= 0);
    if (k.pid > 0) {
        (void)close(ends[1]);
        return k;
    }
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
        (void)signal(crashes[i], SIG_DFL); // cmocka's would run tests here
    }
    live(seed, k.dir, &t);
    if (write(ends[1], &t, sizeof(t)) != (ssize_t)sizeof(t)) {
        _exit(2);
    }
    exit(0); // and let a sanitizer look for what leaked
}

// @return whether it lived well; what it told in *t.
static bool
finish(struct worker *k, struct told *t)
{
    ssize_t n = read(k->end, t, sizeof(*t)); // written in one go
    int status;

    (void)close(k->end);
    assert_int_equal(k->pid, waitpid(k->pid, &status, 0));
    k->pid = 0;
    help_remove(AT_FDCWD, k->dir, 3); // what it left, however it ended
    if (n == (ssize_t)sizeof(*t) && status == 0) {
        return true;
    }
    print_error("seed %llu failed\n", (unsigned long long)k->seed);
    return false;
}

static void
test_no_world_breaks_an_invariant_and_each_was_put_to_the_test(void **state)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t workers = cores < 1 ? 1 : (size_t)cores;
    struct worker k[WORKERS_MAX] = {{.pid = 0}};
    struct counts counts = {{0}};
    uint64_t worlds = 0, failed = 0;
    unsigned never;

    (void)state;
    workers = workers > WORKERS_MAX ? WORKERS_MAX : workers;
    for (uint64_t i = 0; i < asked.seeds + workers; i++) {
        struct worker *x = &k[i % workers];
        struct told t;

        if (x->pid != 0) {
            if (finish(x, &t)) {
                counts_add(&counts, &t.counts);
            } else {
                failed++;
            }
            if (++worlds % SAY_EVERY == 0) {
                print_message("%llu worlds, %llu failed\n",
                    (unsigned long long)worlds, (unsigned long long)failed);
            }
        }
        if (i < asked.seeds) {
            *x = begin(asked.first + i);
        }
    }
    print_message("%llu worlds, %llu failed\n", (unsigned long long)worlds,
        (unsigned long long)failed);
    never = counts_print(&counts);
    assert_int_equal(asked.seeds, worlds);
    assert_int_equal(0, failed);
    assert_int_equal(0, never);
}

static void
test_a_seed_gives_the_same_trace_twice(void **state)
{
    char dir[WORLD_DIR];
    struct told a, b;

    (void)state;
    world_folder(dir);
    live(asked.first, dir, &a);
    world_folder(dir);
    live(asked.first, dir, &b);
    print_message("seed %llu: trace %016llx\n", (unsigned long long)a.seed,
        (unsigned long long)a.trace);
    assert_int_equal(a.trace, b.trace);
    assert_memory_equal(&a.counts, &b.counts, sizeof(a.counts));
}

int
main(int argc, char **argv)
{
    const char *seed = getenv("TANDEM_SEED");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_seed_gives_the_same_trace_twice),
        cmocka_unit_test(
            test_no_world_breaks_an_invariant_and_each_was_put_to_the_test),
    };

    if (argc > 1) {
        asked.seeds = strtoull(argv[1], NULL, 0);
    }
    if (argc > 2) {
        asked.first = strtoull(argv[2], NULL, 0);
    }
    if (seed != NULL) {
        asked.first = strtoull(seed, NULL, 0);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
