// SPDX-License-Identifier: Apache-2.0
// fuzz_zap.c - any frames as a request of libzmq's door: refused, or a knock
// within its bounds, whose answers go back to where it came from.
//
// Input: frames, each after its length be16. A frame longer than there is room
// for keeps its beginning, and its length, as in wire.c.
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/slice.h"
#include "node/zap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}

// The request; `fill` stands where no byte came.
static void
request(tandem_slice in, int fill, struct td_zap *out)
{
    struct td_reader r;

    memset(out, fill, sizeof(*out));
    out->count = 0;
    td_reader_init(&r, in);
    while (r.left >= 2 && out->count < TD_ZAP_FRAMES) {
        struct td_zap_frame *f = &out->frame[out->count++];
        const size_t len = td_read_be16(&r);
        const tandem_slice s = td_read_bytes(&r, len < r.left ? len : r.left);

        f->len = s.len;
        if (s.len > 0) {
            memcpy(f->bytes, s.ptr,
                s.len < sizeof(f->bytes) ? s.len : sizeof(f->bytes));
        }
    }
    out->more = r.left > 0;
}

static tandem_slice
slice_of(const struct td_zap_frame *f)
{
    return (tandem_slice){f->bytes, f->len};
}

static void
answer(const struct td_zap *asked, const struct td_knock *k,
    enum td_welcome how, const char *status)
{
    struct td_zap reply;
    char user[65];

    td_zap_reply(k, how, &reply);
    must(reply.count == 8 && !reply.more);
    must(td_slice_eq(slice_of(&reply.frame[0]), slice_of(&asked->frame[0])));
    must(td_slice_eq(slice_of(&reply.frame[3]), slice_of(&asked->frame[3])));
    must(td_slice_eq(slice_of(&reply.frame[4]), td_slice_str(status)));
    td_hex((tandem_slice){k->key, sizeof(k->key)}, user);
    must(td_slice_eq(
        slice_of(&reply.frame[6]), td_slice_str(how == TD_LET_IN ? user : "")));
    must(reply.frame[1].len == 0 && reply.frame[7].len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tandem_slice in = {data, size};
    struct td_zap a, b;
    struct td_knock k, same;
    bool is;

    // Nothing is read where no byte came.
    request(in, 0, &a);
    request(in, 0xff, &b);
    is = td_zap_read(&a, &k);
    must(td_zap_read(&b, &same) == is);
    if (!is) {
        return 0;
    }
    must(memcmp(&k, &same, sizeof(k)) == 0);
    must(memchr(k.domain, '\0', sizeof(k.domain)) != NULL);
    must(memchr(k.address, '\0', sizeof(k.address)) != NULL);
    must(td_slice_eq(slice_of(&a.frame[4]), td_slice_str(k.domain)));
    answer(&a, &k, TD_LET_IN, "200");
    answer(&a, &k, TD_REFUSED, "400");
    answer(&a, &k, TD_NOT_YET, "500");
    return 0;
}
