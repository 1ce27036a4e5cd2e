// SPDX-License-Identifier: Apache-2.0
// vector_test.c - an enrolment from code to digits against the known answers
// of tests/vectors/enrol.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/vector.h"

#include "crypto/hash.h"
#include "member/enrol.h"

static tandem_err
fill_with(void *ctx, uint8_t *p, size_t n)
{
    memset(p, *(const uint8_t *)ctx, n);
    return TANDEM_OK;
}

static struct td_device_public
device(uint8_t n)
{
    struct td_device_public d;

    memset(d.sign.b, n, 32);
    memset(d.box, n + 1, 32);
    memset(d.curve, n + 2, 32);
    return d;
}

static void
test_code_text_is_its_known_answer(void **state)
{
    struct td_code c = {.endpoint = "tcp://192.0.2.7:4711"}, again;
    char text[TD_CODE_TEXT_MAX];

    (void)state;
    memset(c.workspace.b, 0x11, 32);
    memset(c.curve, 0x99, 32);
    memset(c.secret, 0x42, 16);
    assert_int_equal(TANDEM_OK, td_code_write(&c, text, sizeof(text)));
    vector_same("enrol", "code_text", td_slice_str(text));
    assert_int_equal(TANDEM_OK, td_code_read(text, &again, NULL));
    assert_memory_equal(&c, &again, sizeof(c));
}

static struct td_enrol *
begin(bool inviter, uint8_t *random)
{
    static tandem_id sectors[2];
    struct td_enrol_side s = {.sys = td_sys_default(),
        .keys = device(inviter ? 1 : 7),
        .rng = {random, fill_with},
        .inviter = inviter,
        .right = TANDEM_RIGHT_AGENT,
        .sectors = sectors,
        .sector_count = 2,
        .name = "Tablette de L\xc3\xa9"
                "a"};
    struct td_enrol *x;

    memset(sectors[0].b, 0x22, 16);
    memset(sectors[1].b, 0x33, 16);
    memset(s.workspace.b, 0x11, 32);
    memset(s.secret, 0x42, 16);
    assert_int_equal(TANDEM_OK, td_enrol_new(&s, &x));
    return x;
}

static void
pass(const char *name, struct td_enrol *from, struct td_enrol *to)
{
    tandem_slice m = td_enrol_give(from);

    vector_same("enrol", name, m);
    assert_int_equal(TANDEM_OK, td_enrol_take(to, m));
}

static void
test_enrolment_goes_as_its_known_answers(void **state)
{
    uint8_t a5 = 0xa5, five_a = 0x5a;
    struct td_enrol *newcomer, *inviter;

    (void)state;
    assert_int_equal(TANDEM_OK, td_crypto_init());
    newcomer = begin(false, &a5);
    inviter = begin(true, &five_a);
    pass("commit_newcomer", newcomer, inviter);
    pass("commit_inviter", inviter, newcomer);
    pass("reveal_newcomer", newcomer, inviter);
    pass("reveal_inviter", inviter, newcomer);
    vector_same("enrol", "digits", td_slice_str(td_enrol_digits(newcomer)));
    vector_same("enrol", "digits", td_slice_str(td_enrol_digits(inviter)));
    assert_int_equal(TANDEM_OK, td_enrol_answer(inviter, true));
    assert_int_equal(TANDEM_OK, td_enrol_answer(newcomer, true));
    pass("yes", newcomer, inviter);
    assert_int_equal(TANDEM_OK, td_enrol_welcome(inviter));
    pass("welcome", inviter, newcomer);
    td_enrol_free(newcomer);
    td_enrol_free(inviter);
}

static void
test_no_is_its_known_answer(void **state)
{
    uint8_t a5 = 0xa5;
    struct td_enrol *x;

    (void)state;
    x = begin(true, &a5);
    td_enrol_refuse(x, TANDEM_EREFUSED);
    vector_same("enrol", "no_refused", td_enrol_give(x));
    td_enrol_free(x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_text_is_its_known_answer),
        cmocka_unit_test(test_enrolment_goes_as_its_known_answers),
        cmocka_unit_test(test_no_is_its_known_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
