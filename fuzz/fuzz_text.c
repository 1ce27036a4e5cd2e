// SPDX-License-Identifier: Apache-2.0
// fuzz_text.c - arbitrary bytes as a text's state: refused, or exactly what
// encode() writes, and then a text that can be read and edited.
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/slice.h"
#include "crdt/text_node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool fine)
{
    if (!fine) {
        abort();
    }
}

static void
same(const struct td_text *t, tandem_slice want, struct td_buf *b)
{
    td_buf_reset(b);
    td_text_encode(t, b);
    must(b->err == TANDEM_OK);
    must(td_slice_eq(td_buf_slice(b), want));
}

static void
edit(struct td_text *t, uint8_t how)
{
    struct td_char left, right;
    struct td_buf ranges;
    struct td_dot op;
    bool has_left, has_right;
    const void *p;
    size_t count = td_text_count(t), at = how % (count + 1);

    memset(&op, 0, sizeof op);
    op.log.b[0] = how;
    op.seq = UINT64_MAX - 1;
    op.op = how;
    must(td_text_neighbours(t, at, &has_left, &left, &has_right, &right) ==
         TANDEM_OK);
    (void)td_text_insert(t, &op, has_left ? &left : NULL,
        has_right ? &right : NULL, td_slice_str("\xc3\xa9tape"), how % 7 == 0);
    td_buf_init(&ranges, NULL, SIZE_MAX);
    count = td_text_count(t);
    at = how % (count + 1);
    must(td_text_ranges(t, at, (count - at) / 2, &ranges) == TANDEM_OK);
    p = ranges.ptr;
    must(td_text_delete(t, p, ranges.len / sizeof(struct td_char_range)) ==
         TANDEM_OK);
    td_buf_deinit(&ranges);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tandem_slice in = {data, size}, text;
    struct td_text *t = NULL, *u = NULL;
    struct td_buf b, read;
    bool sound = false;

    if (td_text_decode(NULL, in, &t) != TANDEM_OK) {
        must(t == NULL);
        return 0;
    }
    td_buf_init(&b, NULL, SIZE_MAX);
    td_buf_init(&read, NULL, SIZE_MAX);
    same(t, in, &b);
    must(td_text_read(t, &read) == TANDEM_OK);
    must(td_text_peek(in, &text) == TANDEM_OK);
    must(td_slice_eq(td_buf_slice(&read), text));
    must(td_text_count(t) == td_utf8_count(text));
    for (size_t i = 0; i < 3 && i < size; i++) {
        edit(t, data[size - 1 - i]);
    }
    must(td_text_check(t, &sound) == TANDEM_OK);
    must(sound);
    td_buf_reset(&b);
    td_text_encode(t, &b);
    must(b.err == TANDEM_OK);
    must(td_text_decode(NULL, td_buf_slice(&b), &u) == TANDEM_OK);
    td_text_free(u);
    td_text_free(t);
    td_buf_deinit(&b);
    td_buf_deinit(&read);
    return 0;
}
