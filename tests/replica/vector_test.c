// SPDX-License-Identifier: Apache-2.0
// vector_test.c - a payload and its seal, a RECORDS row, the built-in pack and
// what names give, against the known answers of tests/vectors/replica.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/vector.h"

#include "crypto/hash.h"
#include "crypto/seal.h"
#include "replica/names.h"
#include "replica/packs.h"
#include "replica/payload.h"

static tandem_err
a5(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    memset(p, 0xa5, n);
    return TANDEM_OK;
}

struct payload {
    struct td_hash workspace;
    struct td_payload_about about;
    struct td_key epoch;
    struct td_buf b;
};

static void
payload_init(struct payload *p)
{
    memset(p, 0, sizeof(*p));
    assert_int_equal(TANDEM_OK, td_crypto_init());
    memset(p->workspace.b, 0x11, 32);
    p->about.workspace = &p->workspace;
    memset(p->about.sector.b, 0x22, 16);
    memset(p->about.log.b, 0x44, 16);
    p->about.seq = 300;
    p->about.index = 2;
    memset(p->about.prev.b, 0x55, 16);
    memset(p->about.epoch.b, 0x66, 16);
    for (size_t i = 0; i < 32; i++) {
        p->epoch.b[i] = (uint8_t)i;
    }
    td_buf_init(&p->b, NULL, 1 << 12);
}

static void
test_payload_is_bound_and_sealed_as_its_known_answer(void **state)
{
    static const char text[] = "body of a change";
    const struct td_rng rng = {NULL, a5};
    struct payload p;
    struct td_buf plain;

    (void)state;
    payload_init(&p);
    td_payload_ad(&p.about, &p.b);
    vector_same("replica", "payload_ad", td_buf_slice(&p.b));
    td_buf_reset(&p.b);
    td_buf_init(&plain, NULL, 1 << 12);
    td_buf_put(&plain, text, sizeof(text) - 1);
    td_pad32(&plain);
    assert_int_equal(TANDEM_OK,
        td_payload_seal(&p.about, &p.epoch, td_buf_slice(&plain), rng, &p.b));
    vector_same("replica", "payload", td_buf_slice(&p.b));
    td_buf_deinit(&plain);
    td_buf_deinit(&p.b);
}

static void
test_payload_opens_as_its_known_answer(void **state)
{
    tandem_slice sealed = vector("replica", "payload");
    struct payload p;
    tandem_slice body;

    (void)state;
    payload_init(&p);
    assert_int_equal(
        TANDEM_OK, td_payload_open(&p.about, &p.epoch, sealed, &p.b));
    assert_int_equal(TANDEM_OK, td_unpad32(td_buf_slice(&p.b), &body));
    assert_int_equal(16, body.len);
    assert_memory_equal("body of a change", body.ptr, 16);
    td_buf_deinit(&p.b);
    vector_free(sealed);
}

static struct td_row
row_of(struct td_row_change *changes, size_t count)
{
    struct td_row row = {.kind = 2, .changes = changes, .count = count};

    memset(row.sector.b, 0x22, 16);
    td_pack_tag("tandem", row.pack);
    return row;
}

static void
test_record_row_is_written_as_its_known_answer(void **state)
{
    static const uint8_t text[] = {'s', 't', 'a', 't', 'e'};
    struct td_row_change four[] = {
        {3, 300, 2}, {3, 300, 5}, {3, 307, 0}, {9, 1, 0}};
    struct td_row row = row_of(four, 4), one = row_of(four, 1);
    uint8_t key[TD_ROW_KEY_BYTES];
    tandem_id record;
    struct td_buf b;

    (void)state;
    memset(record.b, 0xaa, 16);
    vector_same("replica", "pack_tag", (tandem_slice){row.pack, 8});
    td_row_key(record, row.sector, row.pack, row.kind, key);
    vector_same("replica", "row_key", (tandem_slice){key, sizeof(key)});
    td_buf_init(&b, NULL, 1 << 12);
    one.pointer = true;
    td_row_encode(&one, &b);
    vector_same("replica", "row_pointer", td_buf_slice(&b));
    td_buf_reset(&b);
    row.state = (tandem_slice){text, sizeof(text)};
    td_row_encode(&row, &b);
    vector_same("replica", "row_state", td_buf_slice(&b));
    td_buf_deinit(&b);
}

static void
test_built_in_pack_and_names_are_their_known_answers(void **state)
{
    struct td_hash workspace, hash;
    tandem_id sector, id;
    struct td_pack *pack;
    struct td_buf b;

    (void)state;
    td_buf_init(&b, NULL, TD_NAMES_PACK_MAX);
    td_names_pack(&b);
    vector_same("replica", "built_in_pack", td_buf_slice(&b));
    assert_int_equal(
        TANDEM_OK, td_packs_parse(td_buf_slice(&b), NULL, &pack, NULL));
    hash = pack->hash;
    vector_same("replica", "built_in_hash", (tandem_slice){hash.b, 32});
    td_pack_release(pack);
    td_buf_deinit(&b);
    memset(workspace.b, 0x11, 32);
    memset(sector.b, 0x22, 16);
    id = td_names_id(&workspace, (tandem_slice){workspace.b, 32});
    vector_same("replica", "name_of_workspace", (tandem_slice){id.b, 16});
    id = td_names_id(&workspace, (tandem_slice){sector.b, 16});
    vector_same("replica", "name_of_sector", (tandem_slice){id.b, 16});
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_payload_is_bound_and_sealed_as_its_known_answer),
        cmocka_unit_test(test_payload_opens_as_its_known_answer),
        cmocka_unit_test(test_record_row_is_written_as_its_known_answer),
        cmocka_unit_test(test_built_in_pack_and_names_are_their_known_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
