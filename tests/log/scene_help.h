// SPDX-License-Identifier: Apache-2.0
// scene_help.h - a log with its signed head and its segment.
#ifndef TESTS_LOG_SCENE_HELP_H
#define TESTS_LOG_SCENE_HELP_H

#include "log/node_help.h"

static inline struct td_hash
workspace(void)
{
    struct td_hash w;

    memset(w.b, 0x11, sizeof(w.b));
    return w;
}

// Read without a store; what was allocated is freed.
static inline tandem_err
read_one(tandem_slice bytes, const struct td_log_info *known,
    const struct td_signed_head *head)
{
    struct td_hash ws = workspace();
    struct td_segment s;
    struct td_arena arena;
    tandem_err err;

    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    err = td_segment_read(bytes, &ws, known, head, &arena, &s);
    if (err == TANDEM_OK) {
        const struct td_header *h = &s.headers[s.count - 1];

        assert_int_equal(head->head.seq, h->seq);
        assert_int_equal(known == NULL, s.fresh);
    }
    td_arena_deinit(&arena);
    return err;
}

// A log of `commits` commits, its signed head, and its segment from the start.
struct scene {
    struct node n;
    struct write w;
    struct td_buf bytes;
};

static inline void
scene_init(struct scene *s, size_t commits)
{
    memset(s, 0, sizeof(*s));
    node_init(&s->n, 3);
    s->w = (struct write){.n = &s->n,
        .sector = node_sector(1),
        .commits = commits,
        .state = 4,
        .len_max = 40,
        .sign = true,
        .epoch = 1,
        .seen_count = 1};
    node_write(&s->w);
    td_buf_init(&s->bytes, NULL, TD_SEGMENT_BYTES_MAX);
    node_tell(&s->n, &s->w.log, true, 0, s->w.log.head_seq, &s->bytes);
}

static inline void
scene_deinit(struct scene *s)
{
    td_buf_deinit(&s->bytes);
    node_deinit(&s->n);
}

#endif
