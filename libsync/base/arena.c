// SPDX-License-Identifier: Apache-2.0
// arena.c - memory that is freed all at once.
//
// A list of blocks; only the first is filled further. Blocks double from
// 1 KiB to 64 KiB; what is larger gets a block of its own, behind the first.
// `used` counts what was handed out, rounded up to the alignment: many empty
// allocations of a hostile input meet `max` like one large one.
#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

#include "base/fail.h"

#define ARENA_ALIGN alignof(max_align_t)
#define ARENA_FIRST ((size_t)1 << 10)
#define ARENA_LAST  ((size_t)64 << 10)

struct td_arena_block {
    struct td_arena_block *next;
    size_t size, at; // bytes of data, and how many are taken
    alignas(max_align_t) unsigned char data[];
};

void
td_arena_init(struct td_arena *a, const tandem_sys *sys, size_t max)
{
    TD_ASSERT(a != NULL);
    *a = (struct td_arena){.max = max, .sys = sys};
}

static void
free_list(struct td_arena *a, struct td_arena_block *block)
{
    while (block != NULL) {
        struct td_arena_block *next = block->next;

        td_free(a->sys, block, sizeof(*block) + block->size);
        block = next;
    }
}

void
td_arena_deinit(struct td_arena *a)
{
    if (a == NULL) {
        return;
    }
    free_list(a, a->head);
    a->head = NULL;
    a->used = 0;
}

void
td_arena_reset(struct td_arena *a)
{
    if (a->head != NULL) {
        free_list(a, a->head->next);
        a->head->next = NULL;
        a->head->at = 0;
    }
    a->used = 0;
}

// Size of the next ordinary block: doubled, not past what `max` still allows.
static size_t
next_size(const struct td_arena *a, size_t left)
{
    size_t size = ARENA_FIRST;

    if (a->head != NULL) {
        size = a->head->size >= ARENA_LAST / 2 ? ARENA_LAST : a->head->size * 2;
        size = size < ARENA_FIRST ? ARENA_FIRST : size;
    }
    return size < left ? size : left;
}

static struct td_arena_block *
add_block(struct td_arena *a, size_t n, size_t left)
{
    size_t size = next_size(a, left);
    bool alone = n > size;
    struct td_arena_block *block;

    if (alone) {
        size = n;
    }
    if (size > SIZE_MAX - sizeof(*block)) {
        return NULL;
    }
    block = td_grow(a->sys, NULL, 0, sizeof(*block) + size);
    if (block == NULL) {
        return NULL;
    }
    block->size = size;
    block->at = 0;
    if (alone && a->head != NULL) {
        block->next = a->head->next;
        a->head->next = block;
    } else {
        block->next = a->head;
        a->head = block;
    }
    return block;
}

void *
td_arena_alloc(struct td_arena *a, size_t n)
{
    struct td_arena_block *block = a->head;
    size_t max = a->max;
    unsigned char *at;

    if (n == 0) {
        n = 1;
    }
    if (n > SIZE_MAX - ARENA_ALIGN || max > SIZE_MAX - ARENA_ALIGN) {
        max = SIZE_MAX - ARENA_ALIGN;
        if (n > max) {
            return NULL;
        }
    }
    n = (n + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    max = (max + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (a->used > max || n > max - a->used) {
        return NULL;
    }
    if (block == NULL || n > block->size - block->at) {
        block = add_block(a, n, max - a->used);
        if (block == NULL) {
            return NULL;
        }
    }
    TD_ASSERT(n <= block->size - block->at);
    at = block->data + block->at;
    block->at += n;
    a->used += n;
    memset(at, 0, n);
    return at;
}

void *
td_arena_array(struct td_arena *a, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size) {
        return NULL;
    }
    return td_arena_alloc(a, n * size);
}

tandem_slice
td_arena_dup(struct td_arena *a, tandem_slice s)
{
    uint8_t *copy = td_arena_alloc(a, s.len);

    if (copy != NULL && s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    return (tandem_slice){copy, s.len};
}

char *
td_arena_str(struct td_arena *a, tandem_slice s)
{
    char *copy;

    if (s.len == SIZE_MAX) {
        return NULL;
    }
    copy = td_arena_alloc(a, s.len + 1);
    if (copy != NULL && s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    return copy;
}
