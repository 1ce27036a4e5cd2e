// SPDX-License-Identifier: Apache-2.0
// session_test.c - every lie of the table told to a session, by a call.
#include "hostile/call.h"

static void
told(struct scene *s, const struct lie *l)
{
    struct call k = {0};
    struct carry c;
    struct driver d;
    tandem_report r;
    size_t most;

    scene_before(s, &d, &by_call, &k);
    carry_init(&c, s->w, s->c, s->a);
    s->taken = meter_begin(s->meter);
    call_begin(&k, s, false, l->waits);
    k.beside = &c;
    l->tell(&d);
    driver_deinit(&d);
    most = atomic_load(&s->meter->most) - s->taken;
    td_session_report(k.x, &r);
    td_session_free(k.x);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    print_message("%-46s %-11s %6zu of %6zu KiB\n", l->name,
        tandem_err_name(r.error.code), most >> 10,
        lie_bounds[l->room].bytes >> 10);
    if (c.carried > s->messages) {
        fail_msg("%s: %zu messages to meet beside it, %zu alone", l->name,
            c.carried, s->messages);
    }
    scene_after(s, l, &d, &r, most);
    carry_deinit(&c);
}

static void
test_every_lie_has_its_code_and_its_bound(void **state)
{
    struct scene s;
    struct world w;

    (void)state;
    call_scene(&s, &w, 81);
    for (size_t i = 0; i < lie_count; i++) {
        told(&s, &lies[i]);
    }
    scene_end(&s);
    world_deinit(&w);
}

// docs/sync.md says the same.
static void
test_the_page_says_what_a_liar_gets(void **state)
{
    static char page[128 << 10];
    uint8_t *bytes;
    char *at;
    size_t n, rows = 0;

    (void)state;
    help_read_file(TEST_SOURCE_DIR "/docs", "sync.md", &bytes, &n);
    assert_true(n < sizeof(page));
    memcpy(page, bytes, n);
    free(bytes);
    at = strstr(page, "## What a liar gets");
    assert_non_null(at);
    for (size_t i = 0; i < lie_count; i++) {
        char row[200];

        (void)snprintf(row, sizeof(row), "\n| %s | %s | %s |\n", lies[i].name,
            tandem_err_name(lies[i].code), lie_bounds[lies[i].room].words);
        if (strstr(at, row) == NULL) {
            fail_msg("docs/sync.md lacks:%s", row);
        }
    }
    at = strchr(strstr(at, "\n|--") + 1, '\n');
    for (; at[1] == '|'; at = strchr(at + 1, '\n')) {
        rows++;
    }
    assert_int_equal(lie_count, rows);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_lie_has_its_code_and_its_bound),
        cmocka_unit_test(test_the_page_says_what_a_liar_gets),
    };

    return td_crypto_init() != TANDEM_OK
               ? 1
               : cmocka_run_group_tests(tests, NULL, NULL);
}
