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

    // What fails is tried again, by whoever searches or by the next turn.
    (void)td_api_index(n->store, &more);
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

void
td_node_tidy(struct tandem_node *n, bool *more)
{
    if (!is_quiet(n) || !is_behind(n)) {
        return;
    }
    if (n->worker == NULL) {
        tidy(n);
        *more = *more || is_behind(n);
    } else if (!td_worker_busy(n->worker, &n->tidy)) {
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
