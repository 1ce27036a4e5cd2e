// SPDX-License-Identifier: Apache-2.0
// epoch_test.c - keys of epochs that no control entry seals to whoever lacks
// them: asked of every peer, given to readers only, believed only if the
// epoch's entry commits to them.
#include "session/carry.h"

enum { A, B, GONE, C, D, DEVICES };

// b makes an epoch because somebody lost the sector, and does not know of the
// enrolments of c and d: it is sealed to a and b only.
struct scene {
    struct world w;
    struct td_replica *r[DEVICES];
    tandem_id sheet; // sealed under that epoch
    struct td_epoch_id epoch;
};

static struct td_epoch_id
usable(struct td_replica *r, tandem_id sector)
{
    struct td_epoch_id e;

    ok(td_member_usable_epoch(r->member, sector, &e));
    return e;
}

static bool
holds(struct td_replica *r, const struct td_epoch_id *e)
{
    return td_member_key(r->member, e) != NULL;
}

static bool
reads(struct td_replica *r, tandem_id sheet)
{
    struct td_snapshot s;
    tandem_err err = td_replica_read(r, sheet, &s);

    if (err == TANDEM_OK) {
        td_snapshot_deinit(&s);
        return true;
    }
    assert_err(TANDEM_ENOTFOUND, err);
    return false;
}

static void
scene_new(struct scene *s, uint64_t seed)
{
    tandem_device_id gone;
    tandem_error e = {0};

    world_begin(&s->w, seed, 3, 1);
    for (size_t i = A; i <= GONE; i++) {
        s->r[i] = s->w.d[i].r;
    }
    gone = td_replica_device(s->r[GONE]);
    ok(td_replica_grant(
        s->r[A], &gone, s->w.sectors[0], TANDEM_RIGHT_NONE, &e));
    (void)meet(&s->w, s->r[B], s->r[A]);
    s->sheet = world_sheet(&s->w, s->r[B], 0, "Mme L.");
    s->epoch = usable(s->r[B], s->w.sectors[0]);
    for (size_t i = C; i <= D; i++) {
        s->r[i] =
            world_enrol(&s->w, s->r[A], TANDEM_RIGHT_AGENT, s->w.sectors, 1);
        world_join(&s->w, s->r[A], s->r[i]);
    }
    (void)meet(&s->w, s->r[B], s->r[A]);
    assert_true(reads(s->r[A], s->sheet));
}

// It hears all entries, and what they say stays sealed.
static void
hear_without_key(struct scene *s, size_t who)
{
    (void)world_push(&s->w, s->r[A], s->r[who]);
    assert_false(holds(s->r[who], &s->epoch));
    assert_false(reads(s->r[who], s->sheet));
    assert_true(world_stats(s->r[who]).waiting > 0);
}

// Messages of that type on the wire, and keys in all of them.
static size_t
said(const struct carry *c, enum td_msg_type type, size_t *held)
{
    size_t n = 0;

    *held = 0;
    for (size_t at = 0; at < c->wire.len;) {
        size_t len = td_be32(c->wire.ptr + at);
        struct td_msg m;

        ok(td_msg_decode((tandem_slice){c->wire.ptr + at + 5, len}, &m));
        n += m.type == type ? 1 : 0;
        for (size_t i = 0; m.type == TD_MSG_EPOCH && i < m.count; i++) {
            struct td_msg_key key;

            td_msg_next_key(&m, &key);
            *held += key.held ? 1 : 0;
        }
        at += 5 + len;
    }
    return n;
}

static void
test_a_key_comes_from_any_other_reader_and_stays(void **state)
{
    struct scene s;
    struct carry c;
    tandem_report r;
    size_t held;

    (void)state;
    scene_new(&s, 80);
    hear_without_key(&s, C);
    hear_without_key(&s, D);
    // Neither has it: asked both ways, said, no failure.
    carry_init(&c, &s.w, s.r[C], s.r[D]);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    assert_int_equal(2, said(&c, TD_MSG_WANTEPOCH, &held));
    assert_int_equal(2, said(&c, TD_MSG_EPOCH, &held));
    assert_int_equal(0, held);
    carry_deinit(&c);
    // a is not its author.
    carry_init(&c, &s.w, s.r[C], s.r[A]);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    assert_int_equal(1, said(&c, TD_MSG_WANTEPOCH, &held));
    assert_int_equal(1, held);
    r = carry_report(&c, 0);
    assert_false(r.equal);
    assert_int_equal(0, r.waiting);
    assert_int_equal(0, r.commits_received);
    carry_deinit(&c);
    assert_true(holds(s.r[C], &s.epoch));
    assert_true(reads(s.r[C], s.sheet));
    world_assert_equal(s.r[A], s.r[C]);
    assert_int_equal(0, world_verify(s.r[C]));
    // After a restart it is there, and c gives it on.
    device_close(&s.w.d[C]);
    device_open(&s.w.d[C], false);
    s.r[C] = s.w.d[C].r;
    assert_true(holds(s.r[C], &s.epoch));
    assert_true(reads(s.r[C], s.sheet));
    (void)meet(&s.w, s.r[D], s.r[C]);
    assert_true(holds(s.r[D], &s.epoch));
    world_assert_equal(s.r[A], s.r[D]);
    // And nobody asks any more.
    assert_true(meet(&s.w, s.r[C], s.r[A]).equal);
    assert_int_equal(1, meet(&s.w, s.r[D], s.r[A]).round_trips);
    world_deinit(&s.w);
}

// A session at a, whose peer `who` has just said that it lacks something.
static struct td_session *
round_at_a(struct scene *s, size_t who)
{
    struct td_session *x =
        session_of(&s->w, s->r[A], s->r[who], false, TANDEM_OK);
    struct td_session *y =
        session_of(&s->w, s->r[who], s->r[A], true, TANDEM_OK);
    struct td_msg m;
    struct td_buf b;

    ok(td_msg_decode(td_session_give(y, s->w.now_ms), &m));
    m.u.hello.lacks = true;
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    td_msg_put_hello(&b, &m.u.hello);
    ok(td_session_take(x, td_buf_slice(&b), s->w.now_ms));
    td_buf_deinit(&b);
    td_session_free(y);
    while (td_session_give(x, s->w.now_ms).len > 0) {
    }
    return x;
}

static tandem_err
take(struct scene *s, struct td_session *x, struct td_buf *b)
{
    tandem_err err = td_session_take(x, td_buf_slice(b), s->w.now_ms);

    td_buf_reset(b);
    return err;
}

// `who` asks a for two keys, by hand. What a says from then on, in one piece.
static void
ask(struct scene *s, size_t who, const struct td_epoch_id epochs[2],
    struct td_buf *said_by_a)
{
    struct td_session *x = round_at_a(s, who);
    struct td_buf b;
    tandem_slice m;

    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    td_msg_put_wantepoch(&b, epochs, 2);
    ok(take(s, x, &b));
    td_msg_put_advert(&b, true, NULL, 0);
    ok(take(s, x, &b));
    td_msg_put_want(&b, true, NULL, 0);
    ok(take(s, x, &b));
    while ((m = td_session_give(x, s->w.now_ms)).len > 0) {
        td_buf_put_slice(said_by_a, m);
    }
    ok(said_by_a->err);
    // Once a session, and before WANT.
    td_msg_put_wantepoch(&b, epochs, 1);
    assert_err(TANDEM_EPROTO, take(s, x, &b));
    td_buf_deinit(&b);
    td_session_free(x);
}

static bool
has(const struct td_buf *b, const void *bytes, size_t n)
{
    for (size_t i = 0; i + n <= b->len; i++) {
        if (memcmp(b->ptr + i, bytes, n) == 0) {
            return true;
        }
    }
    return false;
}

static void
test_a_key_is_given_to_readers_only(void **state)
{
    static const size_t who[] = {GONE, C};
    const struct td_epoch_id unknown = {{0xee}};
    struct scene s;

    (void)state;
    scene_new(&s, 81);
    hear_without_key(&s, C);
    (void)meet(&s.w, s.r[GONE], s.r[A]);
    for (size_t i = 0; i < 2; i++) {
        const struct td_epoch_id epochs[2] = {s.epoch, unknown};
        const struct td_key *key = td_member_key(s.r[A]->member, &s.epoch);
        const struct td_device_keys *asker =
            td_store_device(s.r[who[i]]->store);
        const struct td_msg_key none[2] = {{.held = false}, {.held = false}};
        uint8_t wrapped[TD_WRAP_BYTES];
        struct td_buf b, nothing;

        assert_non_null(key);
        ok(td_wrap(key, asker->pub.box, wrapped));
        td_buf_init(&b, NULL, (size_t)1 << 20);
        td_buf_init(&nothing, NULL, TD_MESSAGE_BYTES_MAX);
        td_msg_put_epoch(&nothing, none, 2);
        ask(&s, who[i], epochs, &b);
        assert_false(has(&b, key->b, sizeof(key->b)));
        assert_true(has(&b, wrapped, sizeof(wrapped)) == (who[i] == C));
        // Not a word tells an epoch that is not its business from none.
        assert_true(has(&b, nothing.ptr, nothing.len) == (who[i] == GONE));
        td_buf_deinit(&b);
        td_buf_deinit(&nothing);
    }
    world_deinit(&s.w);
}

static bool
every(void *ctx, tandem_id sector)
{
    (void)ctx;
    (void)sector;
    return true;
}

static bool
none(void *ctx, tandem_id sector)
{
    (void)ctx;
    (void)sector;
    return false;
}

static int
id_cmp(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

// Of more than are asked for at once: those after an id, once round, so that
// each has its turn whatever the others are.
static void
test_of_many_epochs_each_has_its_turn(void **state)
{
    enum { MANY = 6, SOME = 4 };
    struct td_epoch_id all[MANY];
    struct td_epoch_id got[MANY + 1];
    struct td_lacking_query q = {.wanted = every, .max = MANY + 1};
    tandem_device_id b, gone;
    tandem_error e = {0};
    struct scene s;
    size_t n;

    (void)state;
    scene_new(&s, 86);
    b = td_replica_device(s.r[B]);
    gone = td_replica_device(s.r[GONE]);
    ok(td_replica_grant(
        s.r[A], &b, s.w.sectors[0], TANDEM_RIGHT_COORDINATOR, &e));
    (void)meet(&s.w, s.r[A], s.r[B]);
    // c stays unknown to b, which makes an epoch for each of its losses.
    s.r[C] = world_enrol(&s.w, s.r[A], TANDEM_RIGHT_AGENT, s.w.sectors, 1);
    world_join(&s.w, s.r[A], s.r[C]);
    for (size_t i = 0; i < MANY; i++) {
        ok(td_replica_grant(
            s.r[B], &gone, s.w.sectors[0], TANDEM_RIGHT_AGENT, &e));
        ok(td_replica_grant(
            s.r[B], &gone, s.w.sectors[0], TANDEM_RIGHT_NONE, &e));
        (void)world_sheet(&s.w, s.r[B], 0, "Mme L.");
        all[i] = usable(s.r[B], s.w.sectors[0]);
    }
    qsort(all, MANY, sizeof(all[0]), id_cmp);
    (void)meet(&s.w, s.r[B], s.r[A]);
    (void)world_push(&s.w, s.r[A], s.r[C]);
    ok(td_replica_lacking(s.r[C], &q, got, &n));
    assert_int_equal(MANY, n);
    assert_memory_equal(all, got, sizeof(all));
    q.max = SOME;
    for (size_t from = 0; from < MANY; from++) {
        q.from = all[from];
        ok(td_replica_lacking(s.r[C], &q, got, &n));
        assert_int_equal(SOME, n);
        for (size_t i = 0; i < SOME; i++) {
            assert_memory_equal(all[(from + i) % MANY].b, got[i].b, 16);
        }
    }
    q.any = true;
    q.max = 1;
    ok(td_replica_lacking(s.r[C], &q, got, &n));
    assert_int_equal(1, n);
    q.wanted = none;
    ok(td_replica_lacking(s.r[C], &q, got, &n));
    assert_int_equal(0, n);
    (void)meet(&s.w, s.r[C], s.r[A]);
    world_assert_equal(s.r[A], s.r[C]);
    world_deinit(&s.w);
}

enum lie {
    ANOTHER_KEY,
    NO_KEY,
    FOR_SOMEBODY_ELSE,
    TOO_MANY,
    TWICE,
    NOT_AT_ALL,
    LIES
};

// What the liar says in the place of one EPOCH.
static void
lie_of(struct scene *s, enum lie lie, tandem_slice honest, struct td_buf *out)
{
    const struct td_device_keys *c = td_store_device(s->r[C]->store);
    const struct td_device_keys *d = td_store_device(s->r[D]->store);
    struct td_msg_key keys[2] = {{.held = true}, {.held = false}};
    struct td_key another;

    switch (lie) {
    case ANOTHER_KEY:
        ok(td_key_new(help_rng(&s->w.random), &another));
        ok(td_wrap(&another, c->pub.box, keys[0].wrapped));
        break;
    case NO_KEY:
        memset(keys[0].wrapped, 7, sizeof(keys[0].wrapped));
        break;
    case FOR_SOMEBODY_ELSE:
        ok(td_wrap(td_member_key(s->r[A]->member, &s->epoch), d->pub.box,
            keys[0].wrapped));
        break;
    case NOT_AT_ALL:
        return;
    case TWICE:
        td_buf_put_slice(out, honest);
        return;
    case TOO_MANY:
    case LIES:
    default:
        keys[0].held = false;
    }
    td_msg_put_epoch(out, keys, lie == TOO_MANY ? 2 : 1);
}

// c's end of a session with a liar.
static tandem_err
be_told(struct scene *s, enum lie lie)
{
    tandem_err err = TANDEM_OK;
    struct td_buf b;
    struct carry c;

    carry_init(&c, &s->w, s->r[C], s->r[A]);
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    for (int turn = 0; turn < 20 && err == TANDEM_OK; turn++) {
        for (size_t side = 0; side < 2 && err == TANDEM_OK; side++) {
            tandem_slice m;

            while (err == TANDEM_OK &&
                   (m = td_session_give(c.s[side], s->w.now_ms)).len > 0) {
                struct td_msg got;
                int times = 1;

                ok(td_msg_decode(m, &got));
                td_buf_reset(&b);
                if (got.type == TD_MSG_EPOCH) {
                    lie_of(s, lie, m, &b);
                    times = lie == TWICE ? 2 : lie == NOT_AT_ALL ? 0 : 1;
                } else {
                    td_buf_put_slice(&b, m);
                }
                for (int k = 0; k < times && err == TANDEM_OK; k++) {
                    err = td_session_take(
                        c.s[1 - side], td_buf_slice(&b), s->w.now_ms);
                }
            }
        }
    }
    td_buf_deinit(&b);
    carry_deinit(&c);
    return err;
}

static tandem_err
put_wrong(struct td_txn *t, void *ctx)
{
    return td_epoch_key_put(t, ctx);
}

static void
test_a_wrong_key_ends_the_session_and_is_not_kept(void **state)
{
    struct scene s;

    (void)state;
    scene_new(&s, 82);
    hear_without_key(&s, C);
    for (int lie = 0; lie < LIES; lie++) {
        assert_err(TANDEM_EPROTO, be_told(&s, (enum lie)lie));
        assert_false(holds(s.r[C], &s.epoch));
    }
    device_close(&s.w.d[C]);
    device_open(&s.w.d[C], false);
    s.r[C] = s.w.d[C].r;
    assert_false(holds(s.r[C], &s.epoch));
    (void)meet(&s.w, s.r[C], s.r[A]);
    assert_true(reads(s.r[C], s.sheet));
    world_deinit(&s.w);
}

// Where such a row stands all the same, it is looked through.
static void
test_a_wrong_key_in_the_store_is_none_and_gives_way(void **state)
{
    struct td_epoch_key wrong;
    struct td_key another;
    struct scene s;

    (void)state;
    scene_new(&s, 84);
    hear_without_key(&s, C);
    wrong.epoch = s.epoch;
    ok(td_key_new(help_rng(&s.w.random), &another));
    ok(td_wrap(
        &another, td_store_device(s.r[C]->store)->pub.box, wrong.wrapped));
    ok(td_store_write(s.r[C]->store, put_wrong, &wrong, NULL));
    device_close(&s.w.d[C]);
    device_open(&s.w.d[C], false);
    s.r[C] = s.w.d[C].r;
    assert_false(holds(s.r[C], &s.epoch));
    (void)meet(&s.w, s.r[A], s.r[C]);
    assert_true(reads(s.r[C], s.sheet));
    world_deinit(&s.w);
}

// An answer nobody asked for.
static void
test_a_key_nobody_asked_for_is_refused(void **state)
{
    struct td_msg_key key = {.held = true};
    struct td_session *x;
    struct scene s;
    struct td_buf b;

    (void)state;
    scene_new(&s, 85);
    hear_without_key(&s, C);
    x = round_at_a(&s, C);
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    td_msg_put_advert(&b, true, NULL, 0);
    ok(take(&s, x, &b));
    td_msg_put_epoch(&b, &key, 1);
    assert_err(TANDEM_EPROTO, take(&s, x, &b));
    td_buf_deinit(&b);
    td_session_free(x);
    world_deinit(&s.w);
}

// d[1] heard that d[2] reads sector 0 no more: it makes an epoch for what it
// writes there next.
static void
begin_before_an_epoch(struct world *w)
{
    tandem_device_id gone;

    world_begin(w, 35, 4, 2);
    (void)meet(w, w->d[1].r, w->d[0].r);
    (void)meet(w, w->d[3].r, w->d[0].r);
    gone = td_replica_device(w->d[2].r);
    ok(td_replica_grant(
        w->d[0].r, &gone, w->sectors[0], TANDEM_RIGHT_NONE, NULL));
    (void)meet(w, w->d[1].r, w->d[0].r);
}

// What is typed, with the epoch made for it, while a session is between its
// set of the control sector and that of the data: it does not go without its
// key, but with it, in the next session.
static void
test_what_is_typed_between_the_sets_waits_for_its_epoch(void **state)
{
    struct world w;
    struct carry c;

    (void)state;
    for (int round = 0; round < 2; round++) { // without one of control, with it
        begin_before_an_epoch(&w);
        if (round == 0) {
            (void)meet(&w, w.d[3].r, w.d[0].r);
        }
        (void)world_sheet(&w, w.d[1].r, 1, "Mme B.");
        carry_init(&c, &w, w.d[1].r, w.d[3].r);
        c.one_by_one = true;
        c.limit = round == 0 ? 1 : 3; // HELLO; HELLO, and heads of control
        carry_run(&c);
        c.limit = 0;
        (void)world_sheet(&w, w.d[1].r, 0, "Mme N.");
        carry_run(&c);
        carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
        carry_deinit(&c);
        assert_int_equal(0, world_stats(w.d[3].r).waiting);
        assert_int_equal(0, world_found_by(w.d[3].r, F_NAME, "mme n."));
        (void)meet(&w, w.d[1].r, w.d[3].r);
        assert_int_equal(0, world_stats(w.d[3].r).waiting);
        assert_int_equal(1, world_found_by(w.d[3].r, F_NAME, "mme n."));
        assert_int_equal(1, world_found_by(w.d[3].r, F_NAME, "mme b."));
        world_deinit(&w);
    }
}

static void
test_an_epoch_goes_first_though_its_list_of_heads_is_damaged(void **state)
{
    struct world w;
    struct carry c;

    (void)state;
    begin_before_an_epoch(&w);
    (void)meet(&w, w.d[3].r, w.d[0].r);
    (void)world_sheet(&w, w.d[1].r, 0, "Mme N.");
    spoil_heads(w.d[1].r, td_sector_control);
    carry_init(&c, &w, w.d[1].r, w.d[3].r);
    while (carry_one(&c, 0) || carry_one(&c, 1)) {
        assert_int_equal(0, world_stats(w.d[3].r).waiting);
    }
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    assert_int_equal(2, carry_count(&c, TD_MSG_FIN));
    carry_deinit(&c);
    assert_int_equal(0, world_stats(w.d[3].r).waiting);
    assert_int_equal(1, world_found_by(w.d[3].r, F_NAME, "mme n."));
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_an_epoch_goes_first_though_its_list_of_heads_is_damaged),
        cmocka_unit_test(test_a_key_comes_from_any_other_reader_and_stays),
        cmocka_unit_test(test_a_key_is_given_to_readers_only),
        cmocka_unit_test(test_of_many_epochs_each_has_its_turn),
        cmocka_unit_test(test_a_wrong_key_ends_the_session_and_is_not_kept),
        cmocka_unit_test(test_a_wrong_key_in_the_store_is_none_and_gives_way),
        cmocka_unit_test(test_a_key_nobody_asked_for_is_refused),
        cmocka_unit_test(
            test_what_is_typed_between_the_sets_waits_for_its_epoch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
