// SPDX-License-Identifier: Apache-2.0
// post.h - processes of a measure, and the mail between them.
//
// The first process starts the others before it opens anything, gives them
// orders, looks at their memory, and ends them. Each has a folder of its own,
// removed at the end. Mail is one struct over a socket pair, never a network.
#ifndef TANDEM_BENCH_POST_H
#define TANDEM_BENCH_POST_H

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { POST_PATIENCE_MS = 900000, POST_SAMPLE_MS = 5 };

struct mail {
    int32_t what;    // an order, or the answer to it
    int32_t failed;  // `text` says why
    uint64_t n[8];   // counts
    double at[4];    // moments or lengths, seconds, of the monotonic clock
    char text[1024]; // a code, an address, a sentence
};

struct worker {
    pid_t pid;
    int fd;
    char dir[64];
    double rss_mb;           // highest seen of what is not mapped from files
    double total_mb;         // highest seen, mapped files included
    void (*look)(void *ctx); // called with each sample
    void *look_ctx;
};

// Set when the measure is told to end: what was begun is then removed.
static volatile sig_atomic_t post_stop;

static inline void
post_stopped(int signal)
{
    (void)signal;
    post_stop = 1;
}

static inline void
post_watch(void (*handler)(int))
{
    struct sigaction a;

    memset(&a, 0, sizeof(a));
    a.sa_handler = handler;
    (void)sigaction(SIGINT, &a, NULL);
    (void)sigaction(SIGTERM, &a, NULL);
    (void)sigaction(SIGPIPE, &a, NULL); // nobody reads the figures any more
}

static inline double
now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline int
median_order(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

// Sorts `v`.
static inline double
median(double *v, size_t count)
{
    qsort(v, count, sizeof(*v), median_order);
    return v[count / 2];
}

static inline void
folder_remove(const char *dir)
{
    char path[400];
    struct dirent *e;
    DIR *d = opendir(dir);

    while (d != NULL && (e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            (void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
            (void)unlink(path);
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    (void)rmdir(dir);
    (void)snprintf(path, sizeof(path), "%s.sent", dir);
    (void)unlink(path);
}

// The kernel's copy of a file that nobody maps is given up: the next reading
// comes from the disk (what that one keeps for itself is not ours to drop).
static inline void
file_forget(const char *dir, const char *name)
{
    char path[400];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        (void)close(fd);
    }
}

static inline bool
folder_new(char out[64])
{
    (void)snprintf(out, 64, "/tmp/tandem-bench-XXXXXX");
    return mkdtemp(out) != NULL;
}

// Run `work` in a process of its own.
static inline bool
worker_start(struct worker *w, int (*work)(int fd, const char *dir))
{
    int fds[2];

    memset(w, 0, sizeof(*w));
    w->fd = -1;
    if (!folder_new(w->dir) ||
        socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) != 0) {
        return false;
    }
    w->pid = fork();
    if (w->pid == 0) {
        (void)close(fds[0]);
        post_watch(SIG_DFL);
        _exit(work(fds[1], w->dir));
    }
    (void)close(fds[1]);
    w->fd = fds[0];
    return w->pid > 0;
}

static inline void
worker_end(struct worker *w)
{
    if (w->pid > 0) {
        (void)kill(w->pid, SIGKILL);
        (void)waitpid(w->pid, NULL, 0);
        w->pid = 0;
    }
    if (w->fd >= 0) {
        (void)close(w->fd);
        w->fd = -1;
    }
    if (w->dir[0] != '\0') {
        folder_remove(w->dir);
        w->dir[0] = '\0';
    }
}

// Pages in memory less those mapped from files, as the kernel counts them:
// the map of the store is its cache, and can be dropped.
static inline void
worker_sample(struct worker *w)
{
    unsigned long size, resident, shared;
    const double page = (double)sysconf(_SC_PAGESIZE) / 1e6;
    char path[48];
    FILE *f;

    (void)snprintf(path, sizeof(path), "/proc/%ld/statm", (long)w->pid);
    f = fopen(path, "r");
    if (f == NULL) {
        return;
    }
    if (fscanf(f, "%lu %lu %lu", &size, &resident, &shared) == 3 &&
        resident >= shared) {
        const double own = (double)(resident - shared) * page;

        w->rss_mb = own > w->rss_mb ? own : w->rss_mb;
        if ((double)resident * page > w->total_mb) {
            w->total_mb = (double)resident * page;
        }
    }
    (void)fclose(f);
}

// Nanoseconds of processor all threads of `w` have used: unlike elapsed time
// it does not count what other programs on the machine take.
static inline double
worker_cpu_ns(const struct worker *w)
{
    char path[400];
    struct dirent *e;
    double sum = 0;
    DIR *d;

    (void)snprintf(path, sizeof(path), "/proc/%ld/task", (long)w->pid);
    d = opendir(path);
    while (d != NULL && (e = readdir(d)) != NULL) {
        unsigned long long ns;
        FILE *f;

        (void)snprintf(path, sizeof(path), "/proc/%ld/task/%s/schedstat",
            (long)w->pid, e->d_name);
        f = e->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (f != NULL) {
            sum += fscanf(f, "%llu", &ns) == 1 ? (double)ns : 0;
            (void)fclose(f);
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    return sum;
}

static inline bool
mail_send(int fd, const struct mail *m)
{
    return send(fd, m, sizeof(*m), MSG_NOSIGNAL) == (ssize_t)sizeof(*m);
}

static inline bool
mail_ready(int fd, int max_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, max_ms) > 0;
}

static inline bool
mail_take(int fd, struct mail *m)
{
    return recv(fd, m, sizeof(*m), 0) == (ssize_t)sizeof(*m);
}

// Why it is silent for good.
static inline void
worker_tell(struct worker *w)
{
    int status = 0;

    if (waitpid(w->pid, &status, 0) == w->pid) {
        w->pid = 0;
    }
    (void)fprintf(stderr, "a process of the measure ended, %s %d\n",
        WIFSIGNALED(status) ? "signal" : "code",
        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

// The next mail of `w`, sampling its memory meanwhile.
static inline bool
worker_hear(struct worker *w, struct mail *m)
{
    const double end = now_s() + POST_PATIENCE_MS / 1e3;

    while (now_s() < end && post_stop == 0) {
        worker_sample(w);
        if (w->look != NULL) {
            w->look(w->look_ctx);
        }
        if (mail_ready(w->fd, POST_SAMPLE_MS)) {
            if (!mail_take(w->fd, m)) {
                worker_tell(w);
                return false;
            }
            if (m->failed != 0) {
                (void)fprintf(stderr, "%s\n", m->text);
            }
            return m->failed == 0;
        }
    }
    (void)fprintf(stderr,
        post_stop ? "told to end\n" : "a process of the measure is silent\n");
    return false;
}

#endif
