// SPDX-License-Identifier: Apache-2.0
// street.c - makes a random world for naive_test.py: an office and its tablets
// that met now and then, the last of them rarely. The office's folder is
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

static void
make(void **state)
{
    struct street s;

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
    street_end(&s);
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
