// SPDX-License-Identifier: Apache-2.0
// worker.c - one thread that runs jobs, each in its turn.
#include "node/worker.h"

#include <pthread.h>
#include <signal.h>

struct td_worker {
    tandem_sys sys;
    pthread_t thread;
    pthread_mutex_t lock; // all below, and every job's `next` and `busy`
    pthread_cond_t posted, ran;
    struct td_job *first, **last;
    struct td_job *running;
    bool leaving;
    void (*done)(void *ctx);
    void *ctx;
};

static void
lock(struct td_worker *w)
{
    int rc = pthread_mutex_lock(&w->lock);

    TD_ASSERT(rc == 0);
}

static void
unlock(struct td_worker *w)
{
    int rc = pthread_mutex_unlock(&w->lock);

    TD_ASSERT(rc == 0);
}

static void *
work(void *arg)
{
    struct td_worker *w = arg;

    lock(w);
    for (;;) {
        struct td_job *job = w->first;

        if (job == NULL && w->leaving) {
            break;
        }
        if (job == NULL) {
            (void)pthread_cond_wait(&w->posted, &w->lock);
            continue;
        }
        w->first = job->next;
        if (w->first == NULL) {
            w->last = &w->first;
        }
        w->running = job;
        unlock(w);
        job->run(job->ctx);
        lock(w);
        w->running = NULL;
        job->busy = false;
        (void)pthread_cond_broadcast(&w->ran);
        unlock(w); // `job` may be gone from here on
        w->done(w->ctx);
        lock(w);
    }
    unlock(w);
    return NULL;
}

// Signals are the host's: its own threads take them.
static int
start(struct td_worker *w)
{
    sigset_t all, before;
    int rc;

    (void)sigfillset(&all);
    rc = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (rc == 0) {
        rc = pthread_create(&w->thread, NULL, work, w);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    return rc;
}

static int
locks_new(struct td_worker *w)
{
    int rc = pthread_mutex_init(&w->lock, NULL);

    if (rc != 0) {
        return rc;
    }
    rc = pthread_cond_init(&w->posted, NULL);
    if (rc == 0) {
        rc = pthread_cond_init(&w->ran, NULL);
        if (rc != 0) {
            (void)pthread_cond_destroy(&w->posted);
        }
    }
    if (rc != 0) {
        (void)pthread_mutex_destroy(&w->lock);
    }
    return rc;
}

static void
locks_free(struct td_worker *w)
{
    (void)pthread_cond_destroy(&w->ran);
    (void)pthread_cond_destroy(&w->posted);
    (void)pthread_mutex_destroy(&w->lock);
}

tandem_err
td_worker_new(const tandem_sys *sys, void (*done)(void *ctx), void *ctx,
    struct td_worker **out, int *code)
{
    struct td_worker *w = td_alloc(sys, sizeof(*w));
    int rc;

    *code = 0;
    if (w == NULL) {
        return TANDEM_ENOMEM;
    }
    w->sys = *sys;
    w->last = &w->first;
    w->done = done;
    w->ctx = ctx;
    rc = locks_new(w);
    if (rc == 0) {
        rc = start(w);
        if (rc != 0) {
            locks_free(w);
        }
    }
    if (rc != 0) {
        td_free(sys, w, sizeof(*w));
        *code = rc;
        return TANDEM_EIO;
    }
    *out = w;
    return TANDEM_OK;
}

void
td_worker_free(struct td_worker *w)
{
    tandem_sys sys;
    int rc;

    if (w == NULL) {
        return;
    }
    lock(w);
    TD_ASSERT(w->first == NULL && w->running == NULL);
    w->leaving = true;
    (void)pthread_cond_signal(&w->posted);
    unlock(w);
    rc = pthread_join(w->thread, NULL);
    TD_ASSERT(rc == 0);
    locks_free(w);
    sys = w->sys;
    td_free(&sys, w, sizeof(*w));
}

void
td_worker_post(struct td_worker *w, struct td_job *job)
{
    lock(w);
    TD_ASSERT(!job->busy);
    job->busy = true;
    job->next = NULL;
    *w->last = job;
    w->last = &job->next;
    (void)pthread_cond_signal(&w->posted);
    unlock(w);
}

bool
td_worker_busy(struct td_worker *w, const struct td_job *job)
{
    bool busy;

    lock(w);
    busy = job->busy;
    unlock(w);
    return busy;
}

void
td_worker_settle(struct td_worker *w, struct td_job *job)
{
    lock(w);
    for (struct td_job **at = &w->first; *at != NULL; at = &(*at)->next) {
        if (*at == job) {
            *at = job->next;
            if (w->last == &job->next) {
                w->last = at;
            }
            job->busy = false;
            break;
        }
    }
    while (job->busy) {
        (void)pthread_cond_wait(&w->ran, &w->lock);
    }
    unlock(w);
}
