// SPDX-License-Identifier: Apache-2.0
// check.c - are these bytes one canonical value? What need be looked at only
// once: UTF-8, nesting, order of keys, end; the rest is head.c's. Nothing here
// allocates or recurses.
#include "base/fail.h"
#include "base/limits.h"
#include "base/slice.h"
#include "codec/head.h"

// One open array or map.
struct level {
    uint64_t left;       // elements still to come (a pair counts two)
    const uint8_t *at;   // where the element being read begins
    tandem_slice before; // the key before
    bool map;
};

// The element that ends at `end` is complete: one less; keys must rise.
static enum td_mp_fault
element_done(struct level *top, const uint8_t *end)
{
    TD_ASSERT(top->left > 0);
    if (top->map && top->left % 2 == 0) {
        tandem_slice key = {top->at, (size_t)(end - top->at)};

        // A first key follows the empty one.
        if (td_slice_cmp(top->before, key) >= 0) {
            return TD_MP_KEYS;
        }
        top->before = key;
    }
    top->left--;
    top->at = end;
    return TD_MP_FINE;
}

enum td_mp_fault
td_mp_check(tandem_slice in)
{
    struct level stack[TD_MP_DEPTH_MAX];
    size_t depth = 0;
    struct td_reader r;

    td_reader_init(&r, in);
    for (;;) {
        struct td_mp_head h;
        enum td_mp_fault fault = td_mp_head_read(&r, &h);

        if (fault != TD_MP_FINE) {
            return fault;
        }
        if (h.type == TD_MP_STR && !td_utf8_valid(h.bytes)) {
            return TD_MP_UTF8;
        }
        if (h.type == TD_MP_ARRAY || h.type == TD_MP_MAP) {
            bool map = h.type == TD_MP_MAP;

            if (depth == TD_MP_DEPTH_MAX) {
                return TD_MP_DEPTH;
            }
            stack[depth++] = (struct level){
                .left = map ? 2 * h.n : h.n, .at = r.ptr, .map = map};
        } else if (depth > 0) {
            fault = element_done(&stack[depth - 1], r.ptr);
        }
        // Close what is full; each closing completes an element above.
        while (fault == TD_MP_FINE && depth > 0 && stack[depth - 1].left == 0) {
            depth--;
            if (depth > 0) {
                fault = element_done(&stack[depth - 1], r.ptr);
            }
        }
        if (fault != TD_MP_FINE) {
            return fault;
        }
        if (depth == 0) {
            return r.left == 0 ? TD_MP_FINE : TD_MP_TRAILING;
        }
    }
}
