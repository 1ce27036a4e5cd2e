// SPDX-License-Identifier: Apache-2.0
// fork.h - a log was found written twice: what of the records that changes.
#ifndef TD_REPLICA_FORK_H
#define TD_REPLICA_FORK_H

#include "replica/work.h"

// A segment that was just held began a branch (s->added), and one may be cut
// for it. Entries behind the fork point have another id now (branch.h), those
// of a cut branch none: every record with one of them, or with a change that
// waited for this log, is built again, told in the feed. Before the segment's
// own changes are applied.
tandem_err td_fork_met(struct td_work *w, const struct td_segment *s);

#endif
