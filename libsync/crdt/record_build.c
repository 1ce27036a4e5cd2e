// SPDX-License-Identifier: Apache-2.0
// record_build.c - a record's state from any set of changes.
//
// Two passes, both near-linear in changes plus context entries:
// (1) Settling. A change settles once its prev (exactly that one) and all it
//     names are settled; what is named at (log, seq) is settled by the change
//     there with the named hash, or by any later one of that log. A waiting
//     change hangs in a list at the first change that could free it, so that
//     nothing is scanned twice. The outcome is the smallest fixed point: it
//     depends on no order.
// (2) Placing. Settled changes are applied after all they see. Edges to the
//     one before in its own log and to the last change each context entry
//     reaches say that in full, the rest follows along the logs. Honest logs
//     have no cycles. Liars can (two that see each other): the members of a
//     cycle are placed by (log, seq). A later honest change is seen by none
//     of them and so disturbs neither cycles nor their order: hence
//     incremental and build agree.
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "crdt/record_state.h"

#define NONE SIZE_MAX

struct node {
    struct td_held *held; // the counted one; those after it are its doubles
    size_t doubles;
    size_t group;
    size_t named; // context entries found settled so far
    bool prev_found, settled;
    struct td_eff eff;
    size_t next;      // in the one list it is in: waiting, or to look at
    size_t waiters;   // for this or a later one of its log
    size_t followers; // whose prev is this one
    // Pass 2.
    size_t before; // settled one before in its log
    size_t order, low;
    bool on_stack;
    size_t edge;
    size_t parent;
    struct td_wait_for wait;
};

struct group { // the nodes of one log
    size_t first, count;
    size_t lowest; // the first that is settled
    size_t woken;  // nodes first .. first + woken - 1 have freed their waiters
};

struct build {
    const tandem_sys *sys;
    struct td_record *r;
    struct td_held *set;
    size_t set_count;
    struct node *nodes;
    size_t count;
    struct group *groups;
    size_t group_count;
    size_t *stack; // count members
    size_t *cycle; // count members; first: nodes as they settled
    size_t settled_count;
    size_t ready; // list of nodes to look at
    // Instead of placing them: who was seen by one.
    const struct td_change *of;
    enum td_sight *sight;
};

static int
by_place(const void *a, const void *b)
{
    const struct td_held *x = a;
    const struct td_held *y = b;
    int cmp = td_change_order(x->change, y->change);

    return cmp != 0 ? cmp : (int)x->admitted - (int)y->admitted;
}

static bool
same_place(const struct td_change *a, const struct td_change *b)
{
    return a->seq == b->seq && td_log_id_cmp(a->log, b->log) == 0;
}

static const struct td_change *
change_of(const struct build *b, size_t n)
{
    return b->nodes[n].held->change;
}

// ------------------------------------------------------------- preparation

static void
make_nodes(struct build *b)
{
    for (size_t i = 0; i < b->set_count; i++) {
        const struct td_change *c = b->set[i].change;
        struct node *last = b->count == 0 ? NULL : &b->nodes[b->count - 1];
        struct node *n;

        if (last != NULL && same_place(last->held->change, c)) {
            last->doubles++;
            continue;
        }
        if (last == NULL ||
            td_log_id_cmp(last->held->change->log, c->log) != 0) {
            b->groups[b->group_count++].first = b->count;
        }
        n = &b->nodes[b->count];
        n->held = &b->set[i];
        n->group = b->group_count - 1;
        n->waiters = n->followers = n->before = NONE;
        n->next = b->ready;
        b->ready = b->count++;
        b->groups[n->group].count++;
        b->groups[n->group].lowest = NONE;
    }
}

static size_t
find_group(const struct build *b, struct td_log_id log)
{
    size_t lo = 0;
    size_t hi = b->group_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int cmp = td_log_id_cmp(change_of(b, b->groups[mid].first)->log, log);

        if (cmp == 0) {
            return mid;
        }
        if (cmp < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return NONE;
}

// Within the group: how many nodes have a seq below `seq`.
static size_t
below(const struct build *b, const struct group *g, uint64_t seq)
{
    size_t lo = 0;
    size_t hi = g->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (change_of(b, g->first + mid)->seq < seq) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

// ---------------------------------------------------------------- settling

// The node that is its prev. NONE: there is none.
static size_t
prev_of(const struct build *b, size_t n)
{
    const struct td_change *c = change_of(b, n);
    bool own = td_log_id_cmp(c->prev_log, c->log) == 0;
    size_t group = own ? b->nodes[n].group : find_group(b, c->prev_log);
    const struct group *g;
    size_t at;

    if (!c->has_prev || group == NONE) {
        return NONE;
    }
    g = &b->groups[group];
    at = below(b, g, c->prev);
    // A prev at or after itself never settles before it.
    if (at == g->count || change_of(b, g->first + at)->seq != c->prev ||
        (own && g->first + at >= n)) {
        return NONE;
    }
    return g->first + at;
}

// Is prev settled? Else hang the node where it will be told.
static bool
follow(struct build *b, size_t n)
{
    struct node *node = &b->nodes[n];
    const struct td_change *c = node->held->change;
    size_t at;

    if (!c->has_prev || node->prev_found) {
        return true;
    }
    node->wait = (struct td_wait_for){c->prev_log, c->prev};
    at = prev_of(b, n);
    if (at == NONE) {
        return false;
    }
    if (b->nodes[at].settled) {
        node->prev_found = true;
        return true;
    }
    node->next = b->nodes[at].followers;
    b->nodes[at].followers = n;
    return false;
}

// Is what this entry names settled? Else hang the node where it will be told.
static bool
named(struct build *b, size_t n, const struct td_seen *s)
{
    struct node *node = &b->nodes[n];
    size_t group = find_group(b, s->log);
    const struct group *g;
    size_t at;

    node->wait = (struct td_wait_for){s->log, s->seq};
    if (group == NONE || s->unheld) {
        return false;
    }
    g = &b->groups[group];
    at = below(b, g, s->seq);
    if (at < g->count) {
        const struct td_change *there = change_of(b, g->first + at);

        // Another branch stands there: only a later one settles it.
        if (there->seq == s->seq &&
            memcmp(there->hash.b, s->hash.b, sizeof s->hash.b) != 0) {
            at++;
        }
    }
    if (at < g->woken) {
        return true;
    }
    if (at < g->count) {
        node->next = b->nodes[g->first + at].waiters;
        b->nodes[g->first + at].waiters = n;
    }
    return false;
}

static void
make_ready(struct build *b, size_t *list)
{
    while (*list != NONE) {
        size_t n = *list;

        *list = b->nodes[n].next;
        b->nodes[n].next = b->ready;
        b->ready = n;
    }
}

static void
settle(struct build *b, size_t n)
{
    struct node *node = &b->nodes[n];
    struct group *g = &b->groups[node->group];

    node->settled = true;
    b->cycle[b->settled_count++] = n;
    g->lowest = n < g->lowest ? n : g->lowest;
    make_ready(b, &node->followers);
    while (g->woken <= n - g->first) {
        make_ready(b, &b->nodes[g->first + g->woken++].waiters);
    }
}

static bool
link_of(const void *ctx, struct td_log_id log, struct td_log_id *prev_log,
    uint64_t *prev)
{
    const struct build *b = ctx;
    size_t group = find_group(b, log);
    const struct td_change *c;

    if (group == NONE || b->groups[group].lowest == NONE) {
        return false;
    }
    c = change_of(b, b->groups[group].lowest);
    if (!c->has_prev || td_log_id_cmp(c->prev_log, c->log) == 0) {
        return false;
    }
    *prev_log = c->prev_log;
    *prev = c->prev;
    return true;
}

// What each had seen, once it is known which are settled. A prev settled
// before.
static tandem_err
look_back(struct build *b)
{
    const struct td_links links = {link_of, b};

    for (size_t i = 0; i < b->settled_count; i++) {
        struct node *node = &b->nodes[b->cycle[i]];
        size_t prev = prev_of(b, b->cycle[i]);

        TD_TRY(td_eff_init(b->sys, &node->eff,
            prev == NONE ? NULL : b->nodes[prev].eff.others, node->held->change,
            &links));
    }
    return TANDEM_OK;
}

static void
settle_all(struct build *b)
{
    while (b->ready != NONE) {
        size_t n = b->ready;
        struct node *node = &b->nodes[n];
        const struct td_change *c = node->held->change;
        bool free_to_go;

        b->ready = node->next;
        free_to_go = follow(b, n);
        while (free_to_go && node->named < c->context_count) {
            const struct td_seen *s = &c->context[node->named];

            free_to_go = (!s->unheld &&
                             (s->none || td_log_id_cmp(s->log, c->log) == 0)) ||
                         named(b, n, s);
            node->named += free_to_go;
        }
        if (free_to_go) {
            settle(b, n);
        }
    }
}

// ----------------------------------------------------------------- placing

// The k-th change that must stand before: first the own log's and prev where it
// stands in another one, then those the context reaches. NONE = nothing there;
// *end after the last.
static size_t
edge(const struct build *b, size_t n, size_t k, bool *end)
{
    const struct node *node = &b->nodes[n];
    const struct td_change *c = node->held->change;
    const struct td_seen *s;
    const struct group *g;
    size_t at;

    *end = k > c->context_count + 1;
    if (*end || k <= 1) {
        return *end ? NONE : k == 0 ? node->before : prev_of(b, n);
    }
    s = &c->context[k - 2];
    if (s->none || td_log_id_cmp(s->log, c->log) == 0) {
        return NONE;
    }
    g = &b->groups[find_group(b, s->log)];
    at = below(b, g, s->seq);
    if (at < g->count && change_of(b, g->first + at)->seq == s->seq &&
        b->nodes[g->first + at].settled) {
        return g->first + at;
    }
    // The last settled one below.
    if (at == 0) {
        return NONE;
    }
    at += g->first - 1;
    return b->nodes[at].settled ? at : b->nodes[at].before;
}

// `before` of a node: the nearest settled one below it in its log.
static void
link_logs(struct build *b)
{
    for (size_t i = 0; i < b->group_count; i++) {
        const struct group *g = &b->groups[i];
        size_t last = NONE;

        for (size_t n = g->first; n < g->first + g->count; n++) {
            b->nodes[n].before = last;
            if (b->nodes[n].settled) {
                last = n;
            }
        }
    }
}

static int
by_number(const void *a, const void *b)
{
    const size_t *x = a;
    const size_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

// A whole cycle (nearly always one change) is known: apply it.
static tandem_err
place_cycle(struct build *b, size_t *cycle, size_t count)
{
    if (count > 1) {
        qsort(cycle, count, sizeof *cycle, by_number);
    }
    for (size_t i = 0; i < count; i++) {
        struct node *node = &b->nodes[cycle[i]];

        TD_TRY(td_record_place(
            b->r, node->held->change, &node->eff, node->held->admitted));
    }
    return TANDEM_OK;
}

// Tarjan's strongly connected components from `root`, without recursion:
// `parent` and `edge` of the nodes are the call stack. A component comes out
// after all it depends on.
static tandem_err
place_from(struct build *b, size_t root, size_t *order, size_t *depth)
{
    size_t n = root;

    while (n != NONE) {
        struct node *node = &b->nodes[n];
        bool end;
        size_t to;

        if (node->order == 0) {
            node->order = node->low = ++*order;
            node->on_stack = true;
            b->stack[(*depth)++] = n;
        }
        to = edge(b, n, node->edge, &end);
        if (!end) {
            node->edge++;
            if (to == NONE) {
                continue;
            }
            if (b->nodes[to].order == 0) {
                b->nodes[to].parent = n;
                n = to;
            } else if (b->nodes[to].on_stack &&
                       b->nodes[to].order < node->low) {
                node->low = b->nodes[to].order;
            }
            continue;
        }
        if (node->low == node->order) {
            size_t count = 0;
            size_t m;

            do {
                m = b->stack[--*depth];
                b->nodes[m].on_stack = false;
                b->cycle[count++] = m;
            } while (m != n);
            TD_TRY(place_cycle(b, b->cycle, count));
        }
        n = node->parent;
        if (n != NONE && node->low < b->nodes[n].low) {
            b->nodes[n].low = node->low;
        }
    }
    return TANDEM_OK;
}

static tandem_err
place_all(struct build *b)
{
    size_t order = 0;
    size_t depth = 0;

    link_logs(b);
    for (size_t n = 0; n < b->count; n++) {
        if (b->nodes[n].settled && b->nodes[n].order == 0) {
            b->nodes[n].parent = NONE;
            TD_TRY(place_from(b, n, &order, &depth));
        }
    }
    TD_ASSERT(depth == 0);
    return TANDEM_OK;
}

// ------------------------------------------------------------------- whole

static void
tell(struct build *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct node *node = &b->nodes[i];

        // Another index or branch of the counted one never counts: done with.
        for (size_t k = 0; k <= node->doubles; k++) {
            node->held[k].applied =
                node->settled ||
                td_change_order(node->held[k].change, node->held->change) != 0;
            node->held[k].wait = node->wait;
        }
    }
}

// Of the doubles only the counted one can be seen.
static void
sight_all(struct build *b)
{
    const struct node *of = NULL;

    for (size_t i = 0; of == NULL && i < b->count; i++) {
        of = b->nodes[i].held->change == b->of && b->nodes[i].settled
                 ? &b->nodes[i]
                 : NULL;
    }
    for (size_t i = 0; of != NULL && i < b->count; i++) {
        const struct td_change *c = change_of(b, i);
        const struct td_dot dot = {
            .log = c->log, .seq = c->seq, .change = c->index};

        if (!b->nodes[i].settled || &b->nodes[i] == of) {
            continue;
        }
        if (td_eff_saw(&of->eff, &dot)) {
            b->sight[b->nodes[i].held - b->set] = TD_SEEN;
        } else if (td_eff_reached(&of->eff, &dot)) {
            b->sight[b->nodes[i].held - b->set] = TD_REACHED;
        }
    }
}

static tandem_err
build_all(struct build *b)
{
    size_t n = b->set_count;
    tandem_err err;

    b->nodes = td_alloc(b->sys, n * sizeof *b->nodes);
    b->groups = td_alloc(b->sys, n * sizeof *b->groups);
    b->stack = td_alloc(b->sys, n * sizeof *b->stack);
    b->cycle = td_alloc(b->sys, n * sizeof *b->cycle);
    b->ready = NONE;
    err = TANDEM_ENOMEM;
    if (b->nodes != NULL && b->groups != NULL && b->stack != NULL &&
        b->cycle != NULL) {
        make_nodes(b);
        settle_all(b);
        err = look_back(b);
        if (err == TANDEM_OK && b->of != NULL) {
            sight_all(b);
        } else if (err == TANDEM_OK) {
            err = place_all(b);
        }
        if (err == TANDEM_OK) {
            tell(b);
        }
        for (size_t i = 0; i < b->count; i++) {
            td_eff_deinit(b->sys, &b->nodes[i].eff);
        }
    }
    if (b->cycle != NULL) {
        td_free(b->sys, b->cycle, n * sizeof *b->cycle);
    }
    if (b->stack != NULL) {
        td_free(b->sys, b->stack, n * sizeof *b->stack);
    }
    if (b->groups != NULL) {
        td_free(b->sys, b->groups, n * sizeof *b->groups);
    }
    if (b->nodes != NULL) {
        td_free(b->sys, b->nodes, n * sizeof *b->nodes);
    }
    return err;
}

static tandem_err
check_set(const struct td_held *set, size_t count)
{
    if (count > SIZE_MAX / 2 / sizeof(struct node)) {
        return TANDEM_ELIMIT;
    }
    for (size_t i = 0; i < count; i++) {
        if (set[i].change->op_count > TD_OPS_MAX ||
            set[i].change->context_count > TD_CONTEXT_MAX) {
            return TANDEM_ELIMIT;
        }
    }
    return TANDEM_OK;
}

tandem_err
td_record_seen_by(const tandem_sys *sys, struct td_held *set, size_t count,
    const struct td_change *of, enum td_sight *out)
{
    struct build b = {
        .sys = sys, .set = set, .set_count = count, .of = of, .sight = out};

    TD_TRY(check_set(set, count));
    for (size_t i = 0; i < count; i++) {
        out[i] = TD_UNSEEN;
    }
    if (count == 0) {
        return TANDEM_OK;
    }
    qsort(set, count, sizeof *set, by_place);
    return build_all(&b);
}

tandem_err
td_record_build(const tandem_sys *sys, struct td_held *set, size_t count,
    tandem_id id, const uint8_t pack[8], uint64_t kind, struct td_record **out)
{
    struct build b = {0};
    tandem_err err;

    TD_TRY(check_set(set, count));
    b.sys = sys;
    b.set = set;
    b.set_count = count;
    TD_TRY(td_record_new(sys, id, pack, kind, &b.r));
    if (count > 0) {
        qsort(set, count, sizeof *set, by_place);
        err = build_all(&b);
        if (err != TANDEM_OK) {
            td_record_free(b.r);
            return err;
        }
    }
    *out = b.r;
    return TANDEM_OK;
}
