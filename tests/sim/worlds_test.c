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
live(uint64_t seed, struct told *out)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    world_init(w, seed);
    plan_run(w);
    *out = (struct told){seed, w->trace, w->counts};
    world_deinit(w);
    free(w);
}

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

// Every `of`th seed from the `nth`, in a process of its own: its end of a pipe.
static int
worker(uint64_t nth, uint64_t of, pid_t *pid)
{
    int ends[2];

    assert_int_equal(0, pipe(ends));
    (void)fflush(stdout);
    *pid = fork();
    assert_true(*pid >= 0);
    if (*pid > 0) {
        (void)close(ends[1]);
        return ends[0];
    }
    (void)close(ends[0]);
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
        (void)signal(crashes[i], SIG_DFL); // cmocka's would run tests here
    }
    for (uint64_t i = nth; i < asked.seeds; i += of) {
        struct told t;

        live(asked.first + i, &t);
        if (write(ends[1], &t, sizeof(t)) != (ssize_t)sizeof(t)) {
            _exit(2);
        }
    }
    exit(0); // and let a sanitizer look for what leaked
}

static bool
heard(int end, struct told *t)
{
    size_t n = 0;

    while (n < sizeof(*t)) {
        ssize_t got = read(end, (uint8_t *)t + n, sizeof(*t) - n);

        if (got <= 0) {
            assert_int_equal(0, n);
            return false;
        }
        n += (size_t)got;
    }
    return true;
}

static void
test_no_world_breaks_an_invariant_and_each_was_put_to_the_test(void **state)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t workers = cores < 1 ? 1 : (size_t)cores;
    struct counts counts = {{0}};
    pid_t pids[WORKERS_MAX];
    int ends[WORKERS_MAX];
    uint64_t worlds = 0;
    bool failed = false;

    (void)state;
    workers = workers > WORKERS_MAX ? WORKERS_MAX : workers;
    workers = workers > asked.seeds ? asked.seeds : workers;
    for (size_t i = 0; i < workers; i++) {
        ends[i] = worker(i, workers, &pids[i]);
    }
    for (size_t left = workers; left > 0;) {
        left = 0;
        for (size_t i = 0; i < workers; i++) {
            struct told t;

            if (ends[i] < 0) {
                continue;
            }
            if (!heard(ends[i], &t)) {
                (void)close(ends[i]);
                ends[i] = -1;
                continue;
            }
            left++;
            counts_add(&counts, &t.counts);
            if (++worlds % SAY_EVERY == 0) {
                print_message("%llu worlds\n", (unsigned long long)worlds);
            }
        }
    }
    for (size_t i = 0; i < workers; i++) {
        int status;

        assert_int_equal(pids[i], waitpid(pids[i], &status, 0));
        failed = failed || status != 0;
    }
    print_message("%llu worlds\n", (unsigned long long)worlds);
    if (counts_print(&counts) > 0 || failed) {
        fail_msg("see above");
    }
    assert_int_equal(asked.seeds, worlds);
}

static void
test_a_seed_gives_the_same_trace_twice(void **state)
{
    struct told a, b;

    (void)state;
    live(asked.first, &a);
    live(asked.first, &b);
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
