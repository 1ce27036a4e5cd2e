// SPDX-License-Identifier: Apache-2.0
// street.c - makes a random world for figures_naive.py: an office and a tablet
// that met now and then. The office's folder is printed and left there; its
// key is 32 times 07.
// usage: street SEED STEPS
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
static size_t steps;

static void
make(void **state)
{
    struct street s = {.p = *state, .seed = seed};

    s.at[0] = s.p->w->s;
    s.at[1] = s.p->tablet;
    publish_immersion(&s);
    GOOD(s.p->w, tandem_sector_add(s.at[0], "APART", &s.apart, &s.p->w->e));
    for (size_t i = 0; i < steps; i += 20) {
        assert_int_equal(pair_meet(s.p).state, TANDEM_SESSION_DONE);
        street_live(&s, 20);
    }
    assert_int_equal(pair_meet(s.p).state, TANDEM_SESSION_DONE);
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

    if (argc != 3) {
        return 2;
    }
    seed = strtoull(argv[1], NULL, 10);
    steps = strtoul(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
