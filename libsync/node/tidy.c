// SPDX-License-Identifier: Apache-2.0
// tidy.c - what a reception left for later: index rows behind their commit
// (replica/run.h). Written while no session is under way, one transaction a
// turn, by the worker where there is one; a search that cannot wait does it by
// itself.
#include "node/talk.h"

static void
tidy(void *ctx)
{
    struct tandem_node *n = ctx;
    bool more;

    n->tidy_failed = td_api_index(n->store, &more) != TANDEM_OK;
}

static bool
is_behind(struct tandem_node *n)
{
    bool behind;

    td_api_lock(n->store);
    behind = n->store->replica->runs_left;
    td_api_unlock(n->store);
    return behind;
}

static bool
is_quiet(const struct tandem_node *n)
{
    for (size_t i = 0; i < n->talk_max; i++) {
        if (td_talk_live(&n->talks[i])) {
            return false;
        }
    }
    return !n->asleep;
}

// What failed is tried again by whoever searches, and after a while.
static bool
is_time(struct tandem_node *n)
{
    const uint64_t now = td_node_mono(n);

    if (n->tidy_failed) {
        n->tidy_failed = false;
        n->tidy_ms = now + TD_TIDY_AGAIN_MS;
    }
    return now >= n->tidy_ms;
}

void
td_node_tidy(struct tandem_node *n, bool *more)
{
    if (n->worker != NULL && td_worker_busy(n->worker, &n->tidy)) {
        return;
    }
    if (!is_time(n) || !is_quiet(n) || !is_behind(n)) {
        return;
    }
    if (n->worker == NULL) {
        tidy(n);
        *more = *more || (!n->tidy_failed && is_behind(n));
    } else {
        n->tidy.run = tidy;
        n->tidy.ctx = n;
        td_worker_post(n->worker, &n->tidy); // the step wakes when it is done
    }
}

void
td_node_tidy_end(struct tandem_node *n)
{
    if (n->worker != NULL) {
        td_worker_settle(n->worker, &n->tidy);
    }
}
