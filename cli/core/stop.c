// SPDX-License-Identifier: Apache-2.0
// stop.c - being interrupted, running out of time, damaged pages.
#include "core/stop.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// A signal handler reaches nothing but these.
static volatile sig_atomic_t asked;
static tandem_node *volatile wake;
static char damaged[512];
static size_t damaged_len;

static void
on_stop(int sig)
{
    (void)sig;
    asked = 1;
    if (wake != NULL) {
        tandem_node_wake(wake);
    }
}

static void
set_handler(int sig, void (*handler)(int), int flags)
{
    struct sigaction act;

    memset(&act, 0, sizeof(act));
    act.sa_handler = handler;
    act.sa_flags = flags;
    (void)sigaction(sig, &act, NULL);
}

void
stop_catch(tandem_node *n)
{
    wake = n;
    set_handler(SIGINT, on_stop, 0);
    set_handler(SIGTERM, on_stop, 0);
}

bool
stop_asked(void)
{
    return asked != 0;
}

static void
on_damage(int sig)
{
    (void)sig;
    if (write(STDERR_FILENO, damaged, damaged_len) < 0) {
        _exit(7);
    }
    _exit(7);
}

// Sanitizers report the same signals with far more to read.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

void
stop_guard(const char *line)
{
    damaged_len = strnlen(line, sizeof(damaged) - 1);
    memcpy(damaged, line, damaged_len);
#ifdef SANITIZED
    (void)on_damage;
#else
    set_handler(SIGSEGV, on_damage, (int)SA_RESETHAND);
    set_handler(SIGBUS, on_damage, (int)SA_RESETHAND);
    set_handler(SIGABRT, on_damage, (int)SA_RESETHAND);
#endif
}

void
stop_unguard(void)
{
    set_handler(SIGSEGV, SIG_DFL, 0);
    set_handler(SIGBUS, SIG_DFL, 0);
    set_handler(SIGABRT, SIG_DFL, 0);
}

bool
stop_duration(const char *text, uint64_t *ms)
{
    char *end = NULL;
    unsigned long long n;
    uint64_t unit;

    if (text == NULL || text[0] < '0' || text[0] > '9') {
        return false;
    }
    n = strtoull(text, &end, 10);
    if (strcmp(end, "ms") == 0) {
        unit = 1;
    } else if (end[0] == '\0' || strcmp(end, "s") == 0) {
        unit = 1000;
    } else if (strcmp(end, "m") == 0 || strcmp(end, "min") == 0) {
        unit = 60 * 1000;
    } else if (strcmp(end, "h") == 0) {
        unit = 3600 * 1000;
    } else {
        return false;
    }
    // A month is as long as anybody waits; it also keeps sums small.
    if (n > 31ull * 24 * 3600 * 1000 / unit) {
        return false;
    }
    *ms = n * unit;
    return true;
}

uint64_t
stop_mono_ms(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0) {
        return 0;
    }
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}
