// SPDX-License-Identifier: Apache-2.0
// aside.c - heads that are compared otherwise than they are held, so that two
// sides come to one set, and to an end, where something is set apart
// (replica/apart.h).
//
//   here   the peer told it, and gave it, and we set it apart; or it is held
//          on a branch that was cut here, and not there: it counts in our
//          roots, in the place of what it goes on from
//   there  we told it, and cannot read what is to be given: it does not count,
//          what was given of it does
//
// A head of the first kind counts where the peer told it in this pass, or did
// in the last session and tells by cursor now. So it is asked for again only
// if nothing of the last session is known, and a wrong memory costs a pass.
#include "session/state.h"

#include <string.h>

#include "base/limits.h"
#include "log/trie.h"

static bool
of_round(const struct td_session *x, const struct td_aside *a)
{
    return x->control == (td_id_cmp(a->at.sector, td_sector_control) == 0);
}

// The first of the list that is not before it.
static size_t
place_of(const struct td_session *x, const struct td_head *h)
{
    size_t low = 0;
    size_t high = x->aside_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (td_trie_order(&x->asides[mid].at.head, h) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

tandem_err
td_aside_add(struct td_session *x, const struct td_aside *a)
{
    const size_t at = place_of(x, &a->at.head);

    if (at < x->aside_count &&
        td_trie_order(&x->asides[at].at.head, &a->at.head) == 0) {
        x->asides[at] = *a;
        return TANDEM_OK;
    }
    if (x->aside_count == TD_SESSION_ASIDES_MAX) {
        return TANDEM_OK; // the roots differ at the end, which is said
    }
    TD_TRY(td_session_room(x, &x->asides, &x->aside_cap, x->aside_count,
        TD_SESSION_ASIDES_MAX, sizeof(*x->asides)));
    memmove(&x->asides[at + 1], &x->asides[at],
        (x->aside_count - at) * sizeof(*x->asides));
    x->asides[at] = *a;
    x->aside_count++;
    return TANDEM_OK;
}

tandem_err
td_aside_recall(struct td_session *x, struct td_txn *t)
{
    for (size_t i = 0; i < x->row.apart_count && !x->recalled; i++) {
        const struct td_apart *p = &x->row.apart[i];
        const struct td_hash16 hash = td_hash_short(&p->head.hash);
        struct td_aside a = {.at = *p, .here = true};
        struct td_log_info log;
        tandem_err err =
            td_log_on_any(t, p->head.log, p->head.seq, &hash, &log);

        if (err == TANDEM_OK && !log.cut) {
            continue; // it counts by itself now
        }
        if (err == TANDEM_OK) {
            a.at.why = TANDEM_OK;
        } else if (err != TANDEM_ENOTFOUND && err != TANDEM_ECORRUPT) {
            return err;
        }
        a.counts = td_id_cmp(p->sector, td_sector_control) != 0 &&
                   x->mine.have_lsn > 0;
        TD_TRY(td_aside_add(x, &a));
    }
    x->recalled = true;
    return TANDEM_OK;
}

bool
td_aside_told(struct td_session *x, const struct td_msg_place *p)
{
    struct td_head least = {.log = p->log};
    size_t i;

    memcpy(least.hash.b, p->hash.b, sizeof(p->hash.b));
    for (i = place_of(x, &least); i < x->aside_count; i++) {
        struct td_aside *a = &x->asides[i];

        if (td_log_id_cmp(a->at.head.log, p->log) != 0 ||
            memcmp(a->at.head.hash.b, p->hash.b, sizeof(p->hash.b)) != 0) {
            break;
        }
        if (a->here && a->at.head.seq == p->seq &&
            td_view_scope(x, a->at.sector)) {
            a->counts = true;
            return true;
        }
    }
    return false;
}

void
td_aside_forget(struct td_session *x)
{
    size_t kept = 0;

    for (size_t i = 0; i < x->aside_count; i++) {
        struct td_aside a = x->asides[i];

        if (of_round(x, &a)) {
            a.counts = false;
            if (!a.here) {
                continue; // told again, it is asked for again
            }
        }
        x->asides[kept++] = a;
    }
    x->aside_count = kept;
}

void
td_aside_deinit(struct td_session *x)
{
    td_free(x->sys, x->asides, x->aside_cap * sizeof(*x->asides));
}

// ----------------------------------------------------------------------- roots

static void
take_out(const struct td_head *heads, size_t count, bool *gone,
    const struct td_head *h)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = td_trie_order(&heads[mid], h);

        if (c == 0) {
            gone[mid] = true;
            return;
        }
        low = c < 0 ? mid + 1 : low;
        high = c < 0 ? high : mid;
    }
}

static size_t
compared(const struct td_session *x, tandem_id sector,
    const struct td_head *heads, size_t count, bool *gone, struct td_head *out)
{
    size_t n = 0;

    for (size_t i = 0; i < x->aside_count; i++) {
        const struct td_aside *a = &x->asides[i];
        const struct td_head *in = a->here ? &a->at.head : &a->base;
        const struct td_head *off = a->here ? &a->base : &a->at.head;

        if (!a->counts || td_id_cmp(a->at.sector, sector) != 0) {
            continue;
        }
        if (a->here || a->based) {
            out[n++] = *in;
        }
        if (!a->here || a->based) {
            take_out(heads, count, gone, off);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!gone[i]) {
            out[n++] = heads[i];
        }
    }
    return td_trie_sort(out, n);
}

tandem_err
td_aside_root(struct td_session *x, tandem_id sector,
    const struct td_head *heads, size_t count, struct td_hash16 *root)
{
    struct td_arena arena;
    struct td_head *all;
    bool *gone;

    if (x->aside_count == 0) {
        *root = td_trie_hash(heads, count, 0);
        return TANDEM_OK;
    }
    td_arena_init(&arena, x->sys, TD_SESSION_FRONT_ARENA);
    all = td_arena_array(&arena, count + x->aside_count, sizeof(*all));
    gone = td_arena_array(&arena, count + 1, sizeof(*gone));
    if (all != NULL && gone != NULL) {
        memset(gone, 0, (count + 1) * sizeof(*gone));
        count = compared(x, sector, heads, count, gone, all);
        *root = td_trie_hash(all, count, 0);
    }
    td_arena_deinit(&arena);
    return all != NULL && gone != NULL ? TANDEM_OK : TANDEM_ENOMEM;
}

// ------------------------------------------------------------------------- end

static uint64_t *
counter_of(tandem_report *r, tandem_err why)
{
    return why == TANDEM_EFORK    ? &r->apart_forked
           : why == TANDEM_ELIMIT ? &r->apart_limit
                                  : &r->apart_damaged;
}

// A log of which several heads are set apart is one.
uint64_t
td_aside_report(struct td_session *x)
{
    const struct td_log_id *last = NULL;
    uint64_t logs = 0;

    x->report.apart_forked = x->report.apart_limit = 0;
    x->report.apart_damaged = 0;
    for (size_t i = 0; i < x->aside_count; i++) {
        const struct td_apart *at = &x->asides[i].at;

        if (x->asides[i].counts && at->why != TANDEM_OK &&
            (last == NULL || td_log_id_cmp(*last, at->head.log) != 0)) {
            ++*counter_of(&x->report, at->why);
            last = &at->head.log;
            logs++;
        }
    }
    return logs;
}

size_t
td_aside_keep(const struct td_session *x, struct td_apart *out)
{
    size_t n = 0;

    for (size_t i = 0; i < x->aside_count && n < TD_PEER_APART_MAX; i++) {
        const struct td_aside *a = &x->asides[i];

        // What goes on from a head of ours is asked for again: the row does not
        // say which one it counts for.
        if (a->counts && a->here && !a->based && td_apart_lasts(a->at.why)) {
            out[n++] = a->at;
        }
    }
    return n;
}
