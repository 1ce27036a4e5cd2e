// SPDX-License-Identifier: Apache-2.0
// worker.h - one thread that runs jobs, each in its turn. Knows neither
// sockets nor sessions.
//
// A job is its owner's; it stands in the row at most once, so whoever has many
// deeds waits its turn between any two of them. All calls but the job itself
// and `done` are made by the one thread that owns the worker.
#ifndef TD_NODE_WORKER_H
#define TD_NODE_WORKER_H

#include "base/fail.h"
#include "base/sys.h"

struct td_job { // zeroed: idle
    struct td_job *next;
    void (*run)(void *ctx); // on the worker's thread
    void *ctx;
    bool busy; // waits, or runs
};

struct td_worker;
// `done` is called on the worker's thread after each job, when it is idle
// again. EIO with *sys: no thread.
tandem_err td_worker_new(const tandem_sys *sys, void (*done)(void *ctx),
    void *ctx, struct td_worker **out, int *code);
// Ends the thread; no job is busy any more. NULL is fine.
void td_worker_free(struct td_worker *w);
void td_worker_post(struct td_worker *w, struct td_job *job); // an idle one
bool td_worker_busy(struct td_worker *w, const struct td_job *job);
// Idle from here on: taken out of the row, or waited for when it runs.
void td_worker_settle(struct td_worker *w, struct td_job *job);

#endif
