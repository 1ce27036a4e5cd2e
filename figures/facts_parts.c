// SPDX-License-Identifier: Apache-2.0
// facts_parts.c - the kept form of facts in the store: cut into parts, because
// a local value has at most 16 MiB and a million records take more.
//
//   tandem.figures.facts      version u8, parts, bytes, sum: 4, 8, 8
//                             little-endian
//   tandem.figures.facts.0    the first part
//   tandem.figures.facts.1    ...
//
// A save writes all of them in one commit, and takes away what an earlier one
// left behind the last. Who reads while another thread saves may meet parts of
// both: the sum tells.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts_own.h"

#define VERSION    1
#define NAME_BYTES 40

_Static_assert(FACTS_PART_BYTES <= TANDEM_LOCAL_BYTES_MAX, "a part is a value");

// ------------------------------------------------------------------- the head

static void
put_number(uint8_t *out, uint64_t v, int n)
{
    for (int i = 0; i < n; i++) {
        out[i] = (uint8_t)(v >> 8 * i);
    }
}

static uint64_t
take_number(const uint8_t *in, int n)
{
    uint64_t v = 0;

    for (int i = 0; i < n; i++) {
        v |= (uint64_t)in[i] << 8 * i;
    }
    return v;
}

void
facts_head_put(const struct facts_head *h, uint8_t out[FACTS_HEAD_BYTES])
{
    out[0] = VERSION;
    put_number(out + 1, h->parts, 4);
    put_number(out + 5, h->bytes, 8);
    put_number(out + 13, h->sum, 8);
}

bool
facts_head_take(const uint8_t *bytes, size_t len, struct facts_head *out)
{
    if (len != FACTS_HEAD_BYTES || bytes[0] != VERSION) {
        return false;
    }
    out->parts = (uint32_t)take_number(bytes + 1, 4);
    out->bytes = take_number(bytes + 5, 8);
    out->sum = take_number(bytes + 13, 8);
    return out->parts > 0 && out->parts <= FACTS_PARTS_MAX &&
           out->bytes >= out->parts &&
           out->bytes <= (uint64_t)out->parts * TANDEM_LOCAL_BYTES_MAX;
}

// Eight bytes at a time, as this machine orders them: there may be hundreds of
// millions. A machine of the other order could not read LMDB's file either.
static uint64_t
sum_of(const uint8_t *bytes, size_t len)
{
    uint64_t sum = len, word;
    size_t at = 0;

    for (; len - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, bytes + at, sizeof(word));
        sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 32;
    }
    for (; at < len; at++) {
        sum = (sum ^ bytes[at]) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return sum;
}

static void
name_of(uint32_t part, char out[NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "%s.%u", FACTS_NAME, (unsigned)part);
}

// -------------------------------------------------------------------- reading

// false: there is none, or it is damaged.
static tandem_err
get_head(
    struct facts *f, struct facts_head *head, bool *is_there, tandem_error *e)
{
    tandem_local *l = NULL;
    tandem_err err = tandem_local_get(f->store, FACTS_NAME, &l, e);
    tandem_slice bytes = tandem_local_bytes(l);

    *is_there = err == TANDEM_OK && facts_head_take(bytes.ptr, bytes.len, head);
    tandem_local_free(l);
    return err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ? TANDEM_OK : err;
}

static tandem_err
get_part(struct facts *f, uint32_t part, tandem_local **out, tandem_error *e)
{
    char name[NAME_BYTES];
    tandem_err err;

    name_of(part, name);
    err = tandem_local_get(f->store, name, out, e);
    return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
}

// One more behind the others. ECORRUPT: not of that head.
static tandem_err
join_part(struct facts *f, const struct facts_head *head, uint32_t part,
    struct facts_kept *k, tandem_error *e)
{
    tandem_local *l = NULL;
    tandem_err err = get_part(f, part, &l, e);
    const tandem_slice bytes = tandem_local_bytes(l);
    uint8_t *more = NULL;

    if (err == TANDEM_OK && bytes.len > head->bytes - k->bytes.len) {
        err = TANDEM_ECORRUPT;
    }
    if (err == TANDEM_OK) {
        more = realloc(k->joined, k->bytes.len + bytes.len + 1);
        err = more != NULL ? TANDEM_OK : TANDEM_ENOMEM;
    }
    if (err == TANDEM_OK) {
        memcpy(more + k->bytes.len, bytes.ptr, bytes.len);
        k->joined = more;
        k->bytes = tandem_bytes(more, k->bytes.len + bytes.len);
    }
    tandem_local_free(l);
    return err;
}

static tandem_err
get_parts(struct facts *f, const struct facts_head *head, struct facts_kept *k,
    tandem_error *e)
{
    tandem_err err = TANDEM_OK;

    if (head->parts == 1) { // of most stores: not copied once more
        err = get_part(f, 0, &k->one, e);
        k->bytes = tandem_local_bytes(k->one);
    }
    for (uint32_t i = 0; err == TANDEM_OK && head->parts > 1 && i < head->parts;
         i++) {
        err = join_part(f, head, i, k, e);
    }
    if (err == TANDEM_OK &&
        (k->bytes.len != head->bytes ||
            sum_of(k->bytes.ptr, k->bytes.len) != head->sum)) {
        err = TANDEM_ECORRUPT;
    }
    return err;
}

tandem_err
facts_parts_get(struct facts *f, struct facts_kept *out, tandem_error *e)
{
    struct facts_head head = {0, 0, 0};
    bool is_there;
    tandem_err err = get_head(f, &head, &is_there, e);

    memset(out, 0, sizeof(*out));
    // Of a head that says nothing there may be as many parts as there can be.
    f->parts = is_there ? head.parts : FACTS_PARTS_MAX;
    if (err == TANDEM_OK && is_there) {
        err = get_parts(f, &head, out, e);
    }
    if (err != TANDEM_OK) {
        facts_parts_free(out);
    }
    return err == TANDEM_ECORRUPT ? TANDEM_OK : err;
}

void
facts_parts_free(struct facts_kept *k)
{
    tandem_local_free(k->one);
    free(k->joined);
    memset(k, 0, sizeof(*k));
}

// -------------------------------------------------------------------- writing

tandem_err
facts_parts_put(
    struct facts *f, const uint8_t *bytes, size_t len, tandem_error *e)
{
    const size_t parts = (len + f->part_bytes - 1) / f->part_bytes;
    char names[FACTS_PARTS_MAX][NAME_BYTES];
    tandem_local_value values[FACTS_PARTS_MAX + 1];
    uint8_t head[FACTS_HEAD_BYTES];
    size_t count = 0;
    tandem_err err;

    if (parts > FACTS_PARTS_MAX) {
        return TANDEM_ELIMIT;
    }
    facts_head_put(
        &(struct facts_head){(uint32_t)parts, len, sum_of(bytes, len)}, head);
    values[count++] =
        (tandem_local_value){FACTS_NAME, tandem_bytes(head, sizeof(head))};
    for (size_t i = 0; i < parts || i < f->parts; i++) {
        const size_t at = i < parts ? i * f->part_bytes : len;
        const size_t n = len - at < f->part_bytes ? len - at : f->part_bytes;

        name_of((uint32_t)i, names[i]);
        values[count++] =
            (tandem_local_value){names[i], tandem_bytes(bytes + at, n)};
    }
    err = tandem_local_put_all(f->store, values, count, e);
    if (err == TANDEM_OK) {
        f->parts = (uint32_t)parts;
    }
    return err;
}
