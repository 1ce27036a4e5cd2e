// SPDX-License-Identifier: Apache-2.0
// session_test.c - every lie of the table told to a session; every message in
// every state; a member that floods. No socket.
#include "hostile/scene.h"

// --------------------------------------------------------- carried by a call

struct call {
    struct world *w;
    struct td_session *x;
    bool waits;           // nothing that comes is written
    struct carry *beside; // an honest session of the same device
};

// One word of each side of the honest session for one of the lie.
static void
beside(struct call *k)
{
    if (k->beside != NULL) {
        (void)carry_one(k->beside, 0);
        (void)carry_one(k->beside, 1);
    }
}

static bool
call_say(void *ctx, tandem_slice m)
{
    struct call *k = ctx;
    uint8_t *copy = malloc(m.len); // of exactly that size
    tandem_err err;

    assert_non_null(copy);
    memcpy(copy, m.ptr, m.len);
    err = td_session_take(k->x, (tandem_slice){copy, m.len}, k->w->now_ms);
    free(copy);
    beside(k);
    return err == TANDEM_OK;
}

static bool
call_hear(void *ctx, struct td_buf *out)
{
    struct call *k = ctx;

    td_buf_put_slice(out, td_session_give(k->x, k->w->now_ms));
    ok(out->err);
    return out->len > 0;
}

static void
call_end(void *ctx)
{
    struct call *k = ctx;

    while (td_session_give(k->x, k->w->now_ms).len > 0) {
    }
}

static const struct driver_carrier by_call = {call_say, call_hear, call_end};

static void
call_begin(struct call *k, struct scene *s)
{
    struct td_session_setup o = {.peer = td_replica_device(s->b),
        .outside = k->waits,
        .rng = help_rng(&s->w->random)};

    k->w = s->w;
    ok(td_session_new(s->a, &o, &k->x, NULL));
}

static void
begin(struct scene *s, struct world *w, uint64_t seed)
{
    tandem_error e = {0};

    memset(s, 0, sizeof(*s));
    world_init(w, seed);
    s->w = w;
    s->a = world_add(w);
    s->b = world_add(w);
    s->c = world_add(w);
    s->meter = &w->d[0].meter;
    ok(td_replica_found(s->a, "Nord", "bureau", w->now_ms, &e));
    scene_begin(s);
}

static void
told(struct scene *s, const struct lie *l)
{
    struct call k = {.waits = l->waits};
    struct carry c;
    struct driver d;
    tandem_report r;
    size_t most;

    scene_before(s, &d, &by_call, &k);
    carry_init(&c, s->w, s->c, s->a);
    s->taken = meter_begin(s->meter);
    call_begin(&k, s);
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
    scene_after(s, l, &d, &r, most, c.carried);
    carry_deinit(&c);
}

static void
test_every_lie_has_its_code_and_its_bound(void **state)
{
    struct scene s;
    struct world w;

    (void)state;
    begin(&s, &w, 81);
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
