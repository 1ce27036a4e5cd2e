// SPDX-License-Identifier: Apache-2.0
// street.c - makes a random world for naive_test.py: an office and its tablets
// that met now and then, the last of them rarely, one more never. At the end a
// tablet's clock is two hours ahead, the office has written what nobody else
// holds, and lacks a content that the tablet wrote. The office's folder is
// printed and left there; its key is 32 times 07.
//
// usage: street SEED STEPS DEVICES
#include "world.h"

static void
publish_immersion(struct street *s)
{
    tandem_pack *p;

    GOOD(s->p->w, tandem_pack_load(TEST_BINARY_DIR "/packs/fr.immersion.pack",
                      &p, &s->p->w->e));
    GOOD(s->p->w, tandem_pack_publish(s->p->w->s, p, &s->p->w->e));
    tandem_pack_free(p);
}

static uint64_t seed;
static size_t steps, devices;

// What is late at the office: written before a checkpoint, told after it.
static void
hold_checkpoint(struct street *s)
{
    tandem_txn *t;
    tandem_edit *d;

    GOOD(s->p->w, tandem_txn_new(s->at[0], TANDEM_ME, &t, &s->p->w->e));
    GOOD(s->p->w,
        tandem_txn_create(t, "fr.terrain/checkpoint", s->p->w->sector, &d));
    GOOD(s->p->w, tandem_edit_set(d, "held_at",
                      tandem_time((INT64_C(20500) + 130) * 86400000, 120)));
    GOOD(s->p->w, tandem_txn_commit(t, &s->p->w->e));
    tandem_txn_free(t);
}

static int64_t
ahead(void *ctx)
{
    (void)ctx;
    return td_sys_default()->wall_ms(NULL) + 2 * 3600000;
}

// Of a sheet of the tablet's the office holds no content, so what the tablet
// then changed of it waits.
static void
leave_some_out(struct street *s)
{
    tandem_store *tablet = s->at[1];
    struct td_log_id log;
    tandem_record *r;
    tandem_edit *d;
    tandem_id id;
    tandem_txn *t;

    (void)pair_log(s->p, tablet, s->p->w->sector, &log);
    GOOD(s->p->w, tandem_txn_new(tablet, TANDEM_ME, &t, &s->p->w->e));
    GOOD(s->p->w, tandem_txn_create(t, "contact", s->p->w->sector, &d));
    GOOD(s->p->w, tandem_edit_set(d, "met_by", tandem_enum(1)));
    id = tandem_edit_id(d);
    GOOD(s->p->w, tandem_txn_commit(t, &s->p->w->e));
    tandem_txn_free(t);
    pair_hand(s->p, tablet, s->at[0], log, true);
    GOOD(s->p->w, tandem_record_open(tablet, id, &r, &s->p->w->e));
    GOOD(s->p->w, tandem_txn_new(tablet, TANDEM_ME, &t, &s->p->w->e));
    GOOD(s->p->w, tandem_txn_edit(t, r, &d));
    GOOD(s->p->w, tandem_edit_set(d, "name", tandem_str("E. F.")));
    GOOD(s->p->w, tandem_txn_commit(t, &s->p->w->e));
    tandem_txn_free(t);
    tandem_record_free(r);
    pair_hand(s->p, tablet, s->at[0], log, false);
}

// The first tablet once more, by a clock that is wrong.
static void
tell_from_the_future(struct street *s)
{
    static uint8_t tablet = 9; // pair.h's key
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;
    tandem_sys wrong = TANDEM_SYS_INIT;

    wrong.wall_ms = ahead;
    o.sys = &wrong;
    o.key = world_key;
    o.key_ctx = &tablet;
    tandem_store_close(s->p->tablet);
    GOOD(s->p->w, tandem_store_open(s->p->dir, &o, &s->p->tablet, &s->p->w->e));
    s->at[1] = s->p->tablet;
    for (size_t i = 0; i < 3; i++) {
        street_create(s, s->at[1]);
    }
    street_meet(s, 0, 1);
}

static tandem_id
sheet(struct street *s, tandem_txn *t, const char *name, tandem_id home)
{
    tandem_edit *d;

    GOOD(s->p->w, tandem_txn_create(t, "contact", s->p->w->sector, &d));
    GOOD(s->p->w, tandem_edit_set(d, "met_by", tandem_enum(1)));
    GOOD(s->p->w, tandem_edit_set(d, "name", tandem_str(name)));
    GOOD(s->p->w, tandem_edit_set(d, "dwelling", tandem_ref(home)));
    return tandem_edit_id(d);
}

// Sheets of one name in one home: two that may be the same, and two of which
// somebody said that they are not.
static void
write_doubles(struct street *s)
{
    tandem_edit *home, *link;
    tandem_id one, other;
    tandem_txn *t;

    GOOD(s->p->w, tandem_txn_new(s->at[0], TANDEM_ME, &t, &s->p->w->e));
    GOOD(s->p->w, tandem_txn_create(t, "dwelling", s->p->w->sector, &home));
    GOOD(s->p->w, tandem_edit_set(home, "address", tandem_str("1 rue Haute")));
    (void)sheet(s, t, "A. B.", tandem_edit_id(home));
    (void)sheet(s, t, " a.  b.", tandem_edit_id(home));
    one = sheet(s, t, "C. D.", tandem_edit_id(home));
    other = sheet(s, t, "C. D.", tandem_edit_id(home));
    GOOD(s->p->w, tandem_txn_create(t, "merge_link", s->p->w->sector, &link));
    GOOD(s->p->w, tandem_edit_set(link, "keep", tandem_ref(one)));
    GOOD(s->p->w, tandem_edit_set(link, "other", tandem_ref(other)));
    GOOD(s->p->w, tandem_edit_set(link, "decided", tandem_enum(2)));
    GOOD(s->p->w, tandem_txn_commit(t, &s->p->w->e));
    tandem_txn_free(t);
}

static void
make(void **state)
{
    struct street s;
    struct pair silent = {.w = ((struct pair *)*state)->w};

    pair_enrol(&silent, "silent");
    street_begin(&s, *state, devices, seed);
    publish_immersion(&s);
    GOOD(s.p->w, tandem_sector_add(s.at[0], "APART", &s.apart, &s.p->w->e));
    street_gather(&s);
    for (size_t i = 0; i < steps; i += 20) {
        street_live(&s, 20);
        street_meet(&s, 0, 1);
        // From hand to hand; the last one is mostly away.
        for (size_t k = 2; k < devices; k++) {
            if (k < devices - 1 || i % 100 == 0) {
                street_meet(&s, k - 1, k);
            }
        }
        if (i == steps / 2 / 20 * 20) {
            hold_checkpoint(&s);
        }
    }
    street_gather(&s);
    tell_from_the_future(&s);
    for (size_t i = 0; i < 4; i++) {
        street_create(&s, s.at[0]);
    }
    write_doubles(&s);
    leave_some_out(&s);
    street_end(&s);
    pair_dismiss(&silent);
}

// The office stays for whoever asked; the tablet goes.
static int
leave(void **state)
{
    struct pair *p = *state;
    char command[256];

    printf("STORE %s\n", p->w->dir);
    tandem_store_close(p->tablet);
    tandem_store_close(p->w->s);
    (void)snprintf(
        command, sizeof(command), "rm -rf '%s' '%s.sent'", p->dir, p->dir);
    assert_int_equal(system(command), 0);
    free(p->w);
    free(p);
    return 0;
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(make, pair_open, leave),
    };

    if (argc != 4) {
        return 2;
    }
    seed = strtoull(argv[1], NULL, 10);
    steps = strtoul(argv[2], NULL, 10);
    devices = strtoul(argv[3], NULL, 10);
    if (devices < 2 || devices > STREET_DEVICES) {
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
