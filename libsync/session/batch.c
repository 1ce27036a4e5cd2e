// SPDX-License-Identifier: Apache-2.0
// batch.c - segments heard whole, waiting for their transaction (write.c).
//
// Batches wait in a row: the last one is being filled, the first one is
// written next. It is ripe when it has grown enough, when another one follows,
// or when all that was wanted has come. What is enough grows with each batch
// of the session, so that a short exchange is not kept waiting; while one is
// written the next fills beyond it, until it is full.
#include "session/state.h"

#include <string.h>

static struct td_batch *
batch_new(struct td_session *x)
{
    struct td_batch *b = td_alloc(x->sys, sizeof(*b));

    if (b != NULL) {
        td_arena_init(&b->arena, x->sys, TD_SESSION_ARENA_MAX);
    }
    return b;
}

void
td_batch_free(struct td_session *x, struct td_batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        td_buf_deinit(&b->parts[i].bytes);
    }
    for (size_t i = 0; i < b->late_count; i++) {
        td_buf_deinit(&b->late_bytes[i]);
    }
    td_arena_deinit(&b->arena);
    td_free(x->sys, b->lates, b->late_cap * sizeof(*b->lates));
    td_free(x->sys, b->late_bytes, b->late_cap * sizeof(*b->late_bytes));
    td_free(x->sys, b->segments, b->cap * sizeof(*b->segments));
    td_free(x->sys, b->parts, b->cap * sizeof(*b->parts));
    td_free(x->sys, b, sizeof(*b));
}

static struct td_batch **
last_of(struct td_session *x)
{
    struct td_batch **at = &x->batches;

    while (*at != NULL && (*at)->next != NULL) {
        at = &(*at)->next;
    }
    return at;
}

static bool
full(const struct td_batch *b)
{
    return b->total >= TD_SESSION_BATCH_BYTES ||
           b->commits >= TD_SESSION_BATCH_COMMITS ||
           b->count >= TD_SESSION_BATCH_SEGMENTS;
}

tandem_err
td_batch_fill(struct td_session *x, bool more, struct td_batch **out)
{
    struct td_batch **at = last_of(x);
    const bool begun = td_write_hears(x);

    if (*at != NULL && (more || full(*at) || (begun && *at == x->batches))) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        *at = batch_new(x);
    }
    *out = *at;
    return *at == NULL ? TANDEM_ENOMEM : TANDEM_OK;
}

tandem_err
td_batch_add(struct td_session *x, struct td_batch *b,
    const struct td_segment *s, struct td_buf *bytes, size_t wanted)
{
    size_t cap = b->cap == 0 ? 16 : b->cap * 2;

    if (b->count == b->cap) {
        void *segments = td_alloc(x->sys, cap * sizeof(*b->segments));
        void *grown = td_alloc(x->sys, cap * sizeof(*b->parts));

        if (segments == NULL || grown == NULL) {
            td_free(x->sys, segments, cap * sizeof(*b->segments));
            td_free(x->sys, grown, cap * sizeof(*b->parts));
            return TANDEM_ENOMEM;
        }
        if (b->count > 0) {
            memcpy(segments, b->segments, b->count * sizeof(*b->segments));
            memcpy(grown, b->parts, b->count * sizeof(*b->parts));
        }
        td_free(x->sys, b->segments, b->cap * sizeof(*b->segments));
        td_free(x->sys, b->parts, b->cap * sizeof(*b->parts));
        b->segments = segments;
        b->parts = grown;
        b->cap = cap;
    }
    b->segments[b->count] = *s;
    // The buffer goes with its bytes.
    b->parts[b->count] = (struct td_batch_part){*bytes, wanted};
    b->count++;
    b->total += bytes->len;
    b->commits += s->count;
    b->ours = b->ours || td_replica_writes(x->r, &s->log);
    return TANDEM_OK;
}

tandem_err
td_batch_late(struct td_session *x, struct td_batch *b,
    const struct td_late *late, struct td_buf *bytes)
{
    size_t cap = b->late_cap;

    TD_TRY(td_session_room(
        x, &b->lates, &cap, b->late_count, TD_MSG_PAYLOADS, sizeof(*b->lates)));
    if (cap != b->late_cap) {
        size_t was = b->late_cap;
        void *grown = td_grow(x->sys, b->late_bytes,
            was * sizeof(*b->late_bytes), cap * sizeof(*b->late_bytes));

        if (grown == NULL) {
            grown = td_grow(x->sys, b->lates, cap * sizeof(*b->lates),
                was * sizeof(*b->lates));
            b->lates = grown != NULL || was == 0 ? grown : b->lates;
            return TANDEM_ENOMEM;
        }
        b->late_bytes = grown;
        b->late_cap = cap;
    }
    b->lates[b->late_count] = *late;
    b->late_bytes[b->late_count++] = *bytes; // the buffer goes with its bytes
    b->total += bytes->len;
    return TANDEM_OK;
}

tandem_err
td_batch_keys(struct td_batch *b, const struct td_epoch_key *keys, size_t count)
{
    TD_ASSERT(b->key_count == 0 && count > 0);
    b->keys = td_arena_array(&b->arena, count, sizeof(*b->keys));
    if (b->keys == NULL) {
        return TANDEM_ENOMEM;
    }
    memcpy(b->keys, keys, count * sizeof(*b->keys));
    b->key_count = count;
    return TANDEM_OK;
}

void
td_batches_deinit(struct td_session *x)
{
    TD_ASSERT(x->write == NULL);
    while (x->batches != NULL) {
        struct td_batch *b = x->batches;

        x->batches = b->next;
        td_batch_free(x, b);
    }
}

bool
td_batch_ripe(const struct td_session *x)
{
    const struct td_batch *b = x->batches;

    return b != NULL && b->count + b->late_count + b->key_count > 0 &&
           (x->sent_in || x->cut || b->ours || b->next != NULL || full(b) ||
               b->total >= x->enough_bytes || b->commits >= x->enough_commits);
}

bool
td_batch_ours(const struct td_session *x)
{
    const struct td_batch *b = x->batches;

    while (b != NULL && !b->ours) {
        b = b->next;
    }
    return b != NULL;
}

// Credit counts bytes; many small segments take more than theirs. So the row
// has an end.
bool
td_batch_too_many(const struct td_session *x)
{
    size_t count = 0;

    for (const struct td_batch *b = x->batches; b != NULL; b = b->next) {
        count++;
    }
    return count > TD_SESSION_BATCHES_MAX;
}
