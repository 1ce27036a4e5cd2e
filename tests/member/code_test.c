// SPDX-License-Identifier: Apache-2.0
// code_test.c - an enrolment code's text: what reads back, what is refused.
#include "support/store_help.h"

#include "member/enrol.h"

static struct td_code
code_with(const char *endpoint, uint64_t seed)
{
    struct td_code c;

    memset(&c, 0, sizeof(c));
    (void)help_rng_fill(&seed, c.workspace.b, 32);
    (void)help_rng_fill(&seed, c.curve, 32);
    (void)help_rng_fill(&seed, c.secret, 16);
    (void)snprintf(c.endpoint, sizeof(c.endpoint), "%s", endpoint);
    return c;
}

static void
longest(char out[128])
{
    memset(out, 'h', 127);
    memcpy(out, "tcp://", 6);
    out[127] = '\0';
}

static void
test_code_reads_back_what_was_written(void **state)
{
    static const char *const endpoints[] = {
        "tcp://127.0.0.1:7463", "tcp://[fe80::1]:9", "tcp://a"};
    struct td_code in, out;
    char text[TD_CODE_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        in = code_with(endpoints[i], 7 + i);
        memset(&out, 0xee, sizeof(out));
        assert_err(TANDEM_OK, td_code_write(&in, text, sizeof(text)));
        assert_err(TANDEM_OK, td_code_read(text, &out, NULL));
        assert_memory_equal(&in, &out, sizeof(in));
    }
}

static void
test_code_longest_endpoint_fits_its_text(void **state)
{
    char endpoint[128], text[TD_CODE_TEXT_MAX];
    struct td_code in, out;

    (void)state;
    longest(endpoint);
    in = code_with(endpoint, 3);
    assert_err(TANDEM_OK, td_code_write(&in, text, sizeof(text)));
    assert_err(TANDEM_OK, td_code_read(text, &out, NULL));
    assert_string_equal(endpoint, out.endpoint);
    for (size_t room = 0; room <= strlen(text); room++) {
        assert_err(TANDEM_ELIMIT, td_code_write(&in, text, room));
    }
}

static void
test_code_forgives_case_blanks_and_lookalikes(void **state)
{
    struct td_code in = code_with("tcp://10.0.0.2:4000", 11), out;
    char text[TD_CODE_TEXT_MAX], loose[4 * TD_CODE_TEXT_MAX];
    size_t n = 0;

    (void)state;
    assert_err(TANDEM_OK, td_code_write(&in, text, sizeof(text)));
    loose[n++] = ' ';
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] == '-') {
            loose[n++] = '\n';
        } else if (text[i] == '0') {
            loose[n++] = i % 2 == 0 ? 'o' : 'O';
        } else if (text[i] == '1') {
            loose[n++] = i % 2 == 0 ? 'l' : 'I';
        } else {
            loose[n++] = (char)(text[i] >= 'A' ? text[i] + 32 : text[i]);
        }
    }
    loose[n] = '\0';
    assert_err(TANDEM_OK, td_code_read(loose, &out, NULL));
    assert_memory_equal(&in, &out, sizeof(in));
}

static void
test_code_any_single_wrong_character_is_seen(void **state)
{
    static const char all[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    struct td_code in = code_with("tcp://10.0.0.2:4000", 12), out;
    char text[TD_CODE_TEXT_MAX];
    size_t tried = 0;

    (void)state;
    assert_err(TANDEM_OK, td_code_write(&in, text, sizeof(text)));
    for (size_t i = 0; text[i] != '\0'; i++) {
        char was = text[i];

        for (size_t k = 0; was != '-' && k < 32; k += 3) {
            if (all[k] == was) {
                continue;
            }
            text[i] = all[k];
            assert_err(TANDEM_EVALUE, td_code_read(text, &out, NULL));
            tried++;
        }
        text[i] = was;
    }
    assert_true(tried > 1000);
    assert_err(TANDEM_OK, td_code_read(text, &out, NULL));
}

static void
test_code_cut_or_lengthened_is_refused(void **state)
{
    struct td_code in = code_with("tcp://10.0.0.2:4000", 13), out;
    char text[TD_CODE_TEXT_MAX], cut[TD_CODE_TEXT_MAX + 2];
    size_t n;

    (void)state;
    assert_err(TANDEM_OK, td_code_write(&in, text, sizeof(text)));
    n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(cut, sizeof(cut), "%.*s", (int)i, text);
        assert_err(TANDEM_EVALUE, td_code_read(cut, &out, NULL));
    }
    (void)snprintf(cut, sizeof(cut), "%s0", text);
    assert_err(TANDEM_EVALUE, td_code_read(cut, &out, NULL));
    assert_err(TANDEM_EVALUE, td_code_read("hello, world", &out, NULL));
    assert_err(TANDEM_EVALUE, td_code_read("UUUU", &out, NULL));
}

static void
test_code_without_end_is_refused(void **state)
{
    struct td_code out;
    char *text = malloc(100001);

    (void)state;
    assert_non_null(text);
    memset(text, '7', 100000);
    text[100000] = '\0';
    assert_err(TANDEM_EVALUE, td_code_read(text, &out, NULL));
    memset(text, '-', 100000);
    assert_err(TANDEM_EVALUE, td_code_read(text, &out, NULL));
    free(text);
}

// A code as a later version might write it: the check holds, so it is not a
// typing mistake, and the person is told to update.
static void
test_code_of_a_newer_version_says_so(void **state)
{
    static const char all[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint8_t bytes[25] = {2, 9, 9, 9};
    tandem_slice part = {bytes, 21};
    struct td_code out;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    struct td_hash h;
    char text[41];

    (void)state;
    h = td_hash_parts(0x43, &part, 1);
    memcpy(bytes + 21, h.b, 4);
    for (size_t i = 0; i < 40; i++) {
        unsigned v = 0;

        for (size_t bit = i * 5; bit < i * 5 + 5; bit++) {
            v = v << 1 | ((unsigned)bytes[bit / 8] >> (7 - bit % 8) & 1);
        }
        text[i] = all[v];
    }
    text[40] = '\0';
    assert_err(TANDEM_EVERSION, td_code_read(text, &out, &e));
    assert_non_null(strstr(e.msg, "version plus récente"));
}

static void
test_code_refuses_endpoints_no_socket_takes(void **state)
{
    static const char *const wrong[] = {"", "tcp://", "udp://a:1", "tcp://a b",
        "tcp://a\n", "tcp://\xc3\xa9:1", "a:1"};
    char text[TD_CODE_TEXT_MAX];
    struct td_code c;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        c = code_with(wrong[i], 1);
        assert_err(TANDEM_EVALUE, td_code_write(&c, text, sizeof(text)));
    }
    c = code_with("tcp://a", 1);
    memset(c.endpoint, 'x', sizeof(c.endpoint));
    memcpy(c.endpoint, "tcp://", 6);
    assert_err(TANDEM_EVALUE, td_code_write(&c, text, sizeof(text)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_reads_back_what_was_written),
        cmocka_unit_test(test_code_longest_endpoint_fits_its_text),
        cmocka_unit_test(test_code_forgives_case_blanks_and_lookalikes),
        cmocka_unit_test(test_code_any_single_wrong_character_is_seen),
        cmocka_unit_test(test_code_cut_or_lengthened_is_refused),
        cmocka_unit_test(test_code_without_end_is_refused),
        cmocka_unit_test(test_code_of_a_newer_version_says_so),
        cmocka_unit_test(test_code_refuses_endpoints_no_socket_takes),
    };

    if (td_crypto_init() != TANDEM_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
