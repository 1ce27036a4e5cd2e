// SPDX-License-Identifier: Apache-2.0
// rights_test.c - who may say what, and when it counts.
#include "member/world.h"

enum { ADMIN, OFFICE, COORD, AGENT, READER, NEW, OTHER };

struct team {
    struct world w;
    tandem_id north, south;
};

// Device 0 admin; 1 office, 2 coordinator, 3 agent, 4 reader of the north.
static void
team_new(struct team *t)
{
    world_new(&t->w, help_seed());
    t->north = world_sector(&t->w, 1);
    t->south = world_sector(&t->w, 2);
    (void)world_epoch(&t->w, ADMIN, t->north);
    world_join(&t->w, ADMIN, OFFICE, TANDEM_RIGHT_OFFICE, &t->north, 1);
    world_join(&t->w, OFFICE, COORD, TANDEM_RIGHT_COORDINATOR, &t->north, 1);
    world_join(&t->w, COORD, AGENT, TANDEM_RIGHT_AGENT, &t->north, 1);
    world_join(&t->w, COORD, READER, TANDEM_RIGHT_READER, &t->north, 1);
}

static void
test_founder_is_admin_everywhere_and_others_what_they_were_given(void **state)
{
    struct team t;

    (void)state;
    team_new(&t);
    assert_int_equal(TANDEM_RIGHT_ADMIN, world_right(&t.w, ADMIN, t.north));
    assert_int_equal(TANDEM_RIGHT_ADMIN, world_right(&t.w, ADMIN, t.south));
    assert_int_equal(
        TANDEM_RIGHT_ADMIN, world_right(&t.w, ADMIN, td_sector_common));
    assert_int_equal(TANDEM_RIGHT_OFFICE, world_right(&t.w, OFFICE, t.north));
    assert_int_equal(
        TANDEM_RIGHT_COORDINATOR, world_right(&t.w, COORD, t.north));
    assert_int_equal(TANDEM_RIGHT_AGENT, world_right(&t.w, AGENT, t.north));
    assert_int_equal(TANDEM_RIGHT_READER, world_right(&t.w, READER, t.north));
    for (size_t i = OFFICE; i <= READER; i++) {
        assert_int_equal(TANDEM_RIGHT_NONE, world_right(&t.w, i, t.south));
        assert_int_equal(
            TANDEM_RIGHT_AGENT, world_right(&t.w, i, td_sector_common));
    }
    assert_int_equal(TANDEM_RIGHT_NONE, world_right(&t.w, NEW, t.north));
    assert_int_equal(
        TANDEM_RIGHT_NONE, world_right(&t.w, NEW, td_sector_common));
    assert_int_equal(
        TANDEM_RIGHT_NONE, world_right(&t.w, ADMIN, world_sector_id(99)));
    world_free(&t.w);
}

static void
test_devices_sectors_and_keys_are_listed(void **state)
{
    struct team t;
    struct td_member *m;
    const struct td_member_device *d;

    (void)state;
    team_new(&t);
    m = world_member(&t.w, ADMIN);
    assert_int_equal(5, td_member_devices(m));
    assert_int_equal(2, td_member_sectors(m));
    assert_true(td_member_has_sector(m, t.south));
    assert_int_equal(0, td_id_cmp(t.north, td_member_sector_at(m, 0)));
    d = td_member_device(m, &t.w.device[COORD].pub.sign);
    assert_non_null(d);
    assert_int_equal(TANDEM_RIGHT_COORDINATOR, d->highest);
    assert_int_equal(1, d->grants);
    assert_int_equal(1000, d->enrolled_ms);
    assert_ptr_equal(d, td_member_by_curve(m, t.w.device[COORD].pub.curve));
    d = td_member_device(m, &t.w.device[ADMIN].pub.sign);
    assert_int_equal(TANDEM_RIGHT_ADMIN, d->highest);
    assert_int_equal(2, d->grants);
    assert_int_equal(0, d->enrolled_ms);
    assert_null(td_member_device(m, &t.w.device[NEW].pub.sign));
    assert_null(td_member_by_curve(m, t.w.device[NEW].pub.curve));
    assert_int_equal(0, td_member_inert(m));
    td_member_free(m);
    world_free(&t.w);
}

// ------------------------------------------------------------ what is refused

typedef struct td_control (*say_fn)(const struct team *t);

static struct td_control
say_admin(const struct team *t)
{
    return world_enrol(&t->w, NEW, TANDEM_RIGHT_ADMIN, NULL, 0);
}
static struct td_control
say_agent_north(const struct team *t)
{
    return world_enrol(&t->w, NEW, TANDEM_RIGHT_AGENT, &t->north, 1);
}
static struct td_control
say_agent_south(const struct team *t)
{
    return world_enrol(&t->w, NEW, TANDEM_RIGHT_AGENT, &t->south, 1);
}
static struct td_control
say_coordinator(const struct team *t)
{
    return world_enrol(&t->w, NEW, TANDEM_RIGHT_COORDINATOR, &t->north, 1);
}
static struct td_control
say_office(const struct team *t)
{
    return world_enrol(&t->w, NEW, TANDEM_RIGHT_OFFICE, &t->north, 1);
}
static struct td_control
say_member_only(const struct team *t)
{
    return world_enrol(&t->w, NEW, TANDEM_RIGHT_READER, NULL, 0);
}
static struct td_control
say_other_keys(const struct team *t)
{
    struct td_control c =
        world_enrol(&t->w, AGENT, TANDEM_RIGHT_AGENT, &t->north, 1);

    memcpy(c.device.box, t->w.device[NEW].pub.box, sizeof(c.device.box));
    return c;
}
static struct td_control
say_stolen_curve(const struct team *t)
{
    struct td_control c =
        world_enrol(&t->w, NEW, TANDEM_RIGHT_AGENT, &t->north, 1);

    memcpy(c.device.curve, t->w.device[ADMIN].pub.curve, 32);
    return c;
}
static struct td_control
say_low_order(const struct team *t)
{
    struct td_control c =
        world_enrol(&t->w, NEW, TANDEM_RIGHT_AGENT, &t->north, 1);

    memset(c.device.box, 0, sizeof(c.device.box));
    return c;
}
static struct td_control
say_newer_right(const struct team *t)
{
    return world_enrol(&t->w, NEW, (tandem_right)17, &t->north, 1);
}
static struct td_control
say_unknown_sector(const struct team *t)
{
    static const tandem_id nowhere = {{9}};

    return world_enrol(&t->w, NEW, TANDEM_RIGHT_AGENT, &nowhere, 1);
}
static struct td_control
say_grant_agent_south(const struct team *t)
{
    return world_grant(&t->w, AGENT, t->south, TANDEM_RIGHT_AGENT);
}
static struct td_control
say_grant_agent_office(const struct team *t)
{
    return world_grant(&t->w, AGENT, t->north, TANDEM_RIGHT_OFFICE);
}
static struct td_control
say_grant_agent_coordinator(const struct team *t)
{
    return world_grant(&t->w, AGENT, t->north, TANDEM_RIGHT_COORDINATOR);
}
static struct td_control
say_grant_agent_admin(const struct team *t)
{
    return world_grant(&t->w, AGENT, td_sector_control, TANDEM_RIGHT_ADMIN);
}
static struct td_control
say_grant_admin_of_a_sector(const struct team *t)
{
    return world_grant(&t->w, AGENT, t->north, TANDEM_RIGHT_ADMIN);
}
static struct td_control
say_grant_office_of_all(const struct team *t)
{
    return world_grant(&t->w, AGENT, td_sector_common, TANDEM_RIGHT_OFFICE);
}
static struct td_control
say_grant_stranger(const struct team *t)
{
    return world_grant(&t->w, NEW, t->north, TANDEM_RIGHT_AGENT);
}
static struct td_control
say_loss_of_office(const struct team *t)
{
    return world_loss(&t->w, OFFICE, t->north);
}
static struct td_control
say_loss_of_coordinator(const struct team *t)
{
    return world_loss(&t->w, COORD, t->north);
}
static struct td_control
say_loss_of_admin(const struct team *t)
{
    return world_loss(&t->w, ADMIN, td_sector_control);
}
static struct td_control
say_loss_of_common(const struct team *t)
{
    return world_loss(&t->w, AGENT, td_sector_common);
}
static struct td_control
say_loss_of_stranger(const struct team *t)
{
    return world_loss(&t->w, NEW, t->north);
}
static struct td_control
say_sector(const struct team *t)
{
    (void)t;
    return (struct td_control){
        .type = TD_CONTROL_SECTOR, .sector = world_sector_id(7)};
}
static struct td_control
say_sector_control(const struct team *t)
{
    (void)t;
    return (struct td_control){.type = TD_CONTROL_SECTOR};
}
static struct td_control
say_pack(const struct team *t)
{
    static const uint8_t bytes[] = "pack";

    (void)t;
    return (struct td_control){.type = TD_CONTROL_PACK, .pack = {bytes, 4}};
}
static struct td_control
epoch_of(const struct team *t, size_t by, tandem_id sector)
{
    struct td_control c = {
        .type = TD_CONTROL_EPOCH, .sector = sector, .commitment = {{1, 2, 3}}};

    c.epoch =
        td_control_epoch_id(sector, &c.commitment, &t->w.device[by].pub.sign);
    return c;
}
static struct td_control
say_epoch_south(const struct team *t)
{
    return epoch_of(t, READER, t->south);
}
static struct td_control
say_epoch_north(const struct team *t)
{
    return epoch_of(t, NEW, t->north);
}
static struct td_control
say_epoch_control(const struct team *t)
{
    return epoch_of(t, ADMIN, td_sector_control);
}
static struct td_control
say_epoch_of_admin(const struct team *t)
{
    return epoch_of(t, ADMIN, t->north);
}
static struct td_control
say_epoch_other_id(const struct team *t)
{
    struct td_control c = epoch_of(t, ADMIN, t->north);

    c.epoch.b[0] ^= 1;
    return c;
}
static struct td_control
say_share_south(const struct team *t)
{
    return (struct td_control){.type = TD_CONTROL_SHARE, .sector = t->south};
}
static struct td_control
say_genesis_again(const struct team *t)
{
    struct td_control c = {0};
    struct td_arena *arena = (struct td_arena *)(uintptr_t)&t->w.arena;

    assert_err(
        TANDEM_OK, td_control_decode(t->w.commits[1].payloads[0], arena, &c));
    return c;
}
static struct td_control
say_other_genesis(const struct team *t)
{
    return (struct td_control){.type = TD_CONTROL_GENESIS,
        .admins = &t->w.device[AGENT].pub,
        .admin_count = 1,
        .agree = 1};
}

static const struct {
    const char *what;
    size_t by;
    say_fn say;
    tandem_err why;
} refused[] = {
    {"an agent enrols an admin", AGENT, say_admin, TANDEM_EDENIED},
    {"an office enrols an admin", OFFICE, say_admin, TANDEM_EDENIED},
    {"a stranger enrols itself as admin", NEW, say_admin, TANDEM_EDENIED},
    {"an agent enrols an agent", AGENT, say_agent_north, TANDEM_EDENIED},
    {"a stranger enrols itself", NEW, say_agent_north, TANDEM_EDENIED},
    {"a coordinator enrols elsewhere", COORD, say_agent_south, TANDEM_EDENIED},
    {"an office enrols elsewhere", OFFICE, say_agent_south, TANDEM_EDENIED},
    {"a coordinator enrols a coordinator", COORD, say_coordinator,
        TANDEM_EDENIED},
    {"an office enrols an office", OFFICE, say_office, TANDEM_EDENIED},
    {"an office enrols without a sector", OFFICE, say_member_only,
        TANDEM_EDENIED},
    {"a coordinator replaces an agent's keys", COORD, say_other_keys,
        TANDEM_EEXIST},
    {"a coordinator gives away the admin's transport key", COORD,
        say_stolen_curve, TANDEM_EEXIST},
    {"a key nothing can be sealed to", COORD, say_low_order, TANDEM_EVALUE},
    {"a right of a newer version", ADMIN, say_newer_right, TANDEM_EUNSUPPORTED},
    {"a sector nobody made", ADMIN, say_unknown_sector, TANDEM_EWORKSPACE},
    {"a coordinator grants elsewhere", COORD, say_grant_agent_south,
        TANDEM_EDENIED},
    {"a coordinator grants above agent", COORD, say_grant_agent_coordinator,
        TANDEM_EDENIED},
    {"an office grants its own right", OFFICE, say_grant_agent_office,
        TANDEM_EDENIED},
    {"an agent grants itself office", AGENT, say_grant_agent_office,
        TANDEM_EDENIED},
    {"an agent grants itself admin", AGENT, say_grant_agent_admin,
        TANDEM_EDENIED},
    {"an agent grants itself another sector", AGENT, say_grant_agent_south,
        TANDEM_EDENIED},
    {"an admin of one sector", ADMIN, say_grant_admin_of_a_sector,
        TANDEM_EVALUE},
    {"an office of the common sector", ADMIN, say_grant_office_of_all,
        TANDEM_EDENIED},
    {"a grant to a stranger", ADMIN, say_grant_stranger, TANDEM_EWORKSPACE},
    {"a coordinator takes the office's right", COORD, say_loss_of_office,
        TANDEM_EDENIED},
    {"an agent takes the coordinator's right", AGENT, say_loss_of_coordinator,
        TANDEM_EDENIED},
    {"a coordinator takes its own kind's right", COORD, say_loss_of_coordinator,
        TANDEM_EDENIED},
    {"an office takes the admin's right", OFFICE, say_loss_of_admin,
        TANDEM_EDENIED},
    {"an office takes the common sector", OFFICE, say_loss_of_common,
        TANDEM_EDENIED},
    {"a loss of a stranger", ADMIN, say_loss_of_stranger, TANDEM_EWORKSPACE},
    {"an office makes a sector", OFFICE, say_sector, TANDEM_EDENIED},
    {"the control sector made", ADMIN, say_sector_control, TANDEM_EVALUE},
    {"an office publishes a pack", OFFICE, say_pack, TANDEM_EDENIED},
    {"a reader makes an epoch of a foreign sector", READER, say_epoch_south,
        TANDEM_EDENIED},
    {"a stranger makes an epoch", NEW, say_epoch_north, TANDEM_EDENIED},
    {"an epoch of the control sector", ADMIN, say_epoch_control,
        TANDEM_EDENIED},
    {"an epoch with another id", ADMIN, say_epoch_other_id, TANDEM_ECORRUPT},
    {"an epoch of another device", READER, say_epoch_of_admin, TANDEM_ECORRUPT},
    {"a reader shares a foreign sector", READER, say_share_south,
        TANDEM_EDENIED},
    {"an agent repeats the genesis", AGENT, say_genesis_again, TANDEM_EDENIED},
    {"an admin repeats the genesis", ADMIN, say_genesis_again, TANDEM_EDENIED},
    {"another genesis", AGENT, say_other_genesis, TANDEM_EWORKSPACE},
};

static void
assert_same_team(const struct team *t, struct td_member *a, struct td_member *b)
{
    const tandem_id sectors[] = {
        td_sector_control, td_sector_common, t->north, t->south};

    for (size_t d = 0; d < WORLD_DEVICES; d++) {
        const tandem_device_id *id = &t->w.device[d].pub.sign;
        const struct td_member_device *x = td_member_device(a, id);
        const struct td_member_device *y = td_member_device(b, id);

        assert_int_equal(x == NULL, y == NULL);
        if (x != NULL) {
            assert_memory_equal(&x->keys, &y->keys, sizeof(x->keys));
        }
        for (size_t s = 0; s < sizeof(sectors) / sizeof(sectors[0]); s++) {
            assert_int_equal(td_member_right(a, id, sectors[s]),
                td_member_right(b, id, sectors[s]));
        }
    }
    assert_int_equal(td_member_sectors(a), td_member_sectors(b));
    assert_int_equal(td_member_packs(a), td_member_packs(b));
}

static void
test_every_forbidden_entry_is_held_inert_and_reported(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct team t;
        struct td_control c;
        struct td_member *before;
        struct td_member *after;
        size_t said;
        tandem_id sector;

        team_new(&t);
        before = world_member(&t.w, ADMIN);
        c = refused[i].say(&t);
        said = world_say(&t.w, refused[i].by, &c);
        after = world_member(&t.w, ADMIN);
        if (td_member_inert(after) != 1) {
            fail_msg("%s: counted", refused[i].what);
        }
        if (td_member_inert_at(after, 0)->why != refused[i].why) {
            fail_msg("%s: %s", refused[i].what,
                tandem_err_name(td_member_inert_at(after, 0)->why));
        }
        assert_memory_equal(td_member_inert_at(after, 0)->commit.b,
            t.w.commits[said].hash.b, 32);
        assert_int_equal(c.type, td_member_inert_at(after, 0)->type);
        assert_same_team(&t, before, after);
        if (c.type == TD_CONTROL_EPOCH) {
            assert_false(td_member_epoch_known(after, &c.epoch, &sector));
        }
        td_member_free(before);
        td_member_free(after);
        world_free(&t.w);
    }
}

static void
test_an_unknown_type_is_held_and_counted(void **state)
{
    static const uint8_t bytes[] = {0x93, 0x01, 0x63, 0xc0};
    static const uint8_t newer[] = {0x92, 0x02, 0x01};
    static const uint8_t junk[] = {0xc1};
    tandem_slice entries[3] = {
        {bytes, sizeof(bytes)}, {newer, sizeof(newer)}, {junk, sizeof(junk)}};
    struct team t;
    struct td_member *m;

    (void)state;
    team_new(&t);
    (void)world_commit(&t.w, OFFICE, entries, 3);
    m = world_member(&t.w, ADMIN);
    assert_int_equal(3, td_member_inert(m));
    assert_int_equal(0x63, td_member_inert_at(m, 0)->type);
    assert_err(TANDEM_EVERSION, td_member_inert_at(m, 0)->why);
    assert_err(TANDEM_EVERSION, td_member_inert_at(m, 1)->why);
    assert_err(TANDEM_ECORRUPT, td_member_inert_at(m, 2)->why);
    assert_int_equal(2, td_member_inert_at(m, 2)->index);
    td_member_free(m);
    world_free(&t.w);
}

// ------------------------------------------------------------- losses, order

static void
test_a_loss_ends_the_grants_before_it_and_beside_it(void **state)
{
    struct team t;
    struct td_control loss;
    struct td_control grant;
    size_t both[2];

    (void)state;
    team_new(&t);
    loss = world_loss(&t.w, AGENT, t.north);
    grant = world_grant(&t.w, AGENT, t.north, TANDEM_RIGHT_AGENT);
    both[0] = world_say(&t.w, COORD, &loss); // beside each other
    both[1] = world_say(&t.w, OFFICE, &grant);
    assert_int_equal(TANDEM_RIGHT_NONE, world_right(&t.w, AGENT, t.north));
    world_follow(&t.w, both, 2);
    (void)world_say(&t.w, OFFICE, &grant); // after it
    assert_int_equal(TANDEM_RIGHT_AGENT, world_right(&t.w, AGENT, t.north));
    world_free(&t.w);
}

static void
test_inside_one_commit_the_earlier_entry_is_the_past(void **state)
{
    struct team t;
    struct td_control c[2];
    tandem_slice s[2];

    (void)state;
    team_new(&t);
    c[0] = world_loss(&t.w, AGENT, t.north);
    c[1] = world_grant(&t.w, AGENT, t.north, TANDEM_RIGHT_READER);
    for (size_t i = 0; i < 2; i++) {
        struct td_buf b = world_buf();

        td_control_encode(&c[i], &b);
        s[i] = world_keep(&t.w, &b);
    }
    (void)world_commit(&t.w, OFFICE, s, 2);
    assert_int_equal(TANDEM_RIGHT_READER, world_right(&t.w, AGENT, t.north));
    world_free(&t.w);
}

// The coordinator names an old place, where the right was not given yet.
static void
test_a_loss_from_an_older_place_ends_no_higher_right(void **state)
{
    struct team t;
    struct td_control loss;

    (void)state;
    team_new(&t);
    world_join(&t.w, ADMIN, NEW, TANDEM_RIGHT_AGENT, &t.north, 1);
    loss = world_loss(&t.w, NEW, t.north);
    world_change(&t.w, ADMIN, NEW, t.north, TANDEM_RIGHT_OFFICE);
    t.w.head_count = 1;
    t.w.heads[0] = t.w.commits[t.w.last[ADMIN] - 1].hash;
    (void)world_say(&t.w, COORD, &loss);
    assert_int_equal(TANDEM_RIGHT_OFFICE, world_right(&t.w, NEW, t.north));
    world_free(&t.w);
}

static void
test_the_makers_refuse_what_would_be_refused(void **state)
{
    struct team t;
    struct td_member *m;
    struct td_buf b = world_buf();
    tandem_slice entries[2];
    tandem_id sector;
    size_t n = 7;

    (void)state;
    team_new(&t);
    m = world_member(&t.w, COORD);
    assert_err(
        TANDEM_EDENIED, td_member_make_sector(m, &t.w.device[COORD].pub.sign,
                            world_rng(&t.w), &b, &sector));
    assert_err(
        TANDEM_EDENIED, td_member_make_pack(m, &t.w.device[COORD].pub.sign,
                            (tandem_slice){NULL, 0}, &b));
    assert_err(TANDEM_EDENIED,
        td_member_make_enrol(m, &t.w.device[COORD], &t.w.device[NEW].pub,
            TANDEM_RIGHT_COORDINATOR, &t.north, 1, 0, &b));
    assert_err(TANDEM_EEXIST,
        td_member_make_enrol(m, &t.w.device[COORD], &t.w.device[AGENT].pub,
            TANDEM_RIGHT_AGENT, &t.north, 1, 0, &b));
    assert_err(TANDEM_EDENIED, td_member_make_grant(m, &t.w.device[COORD],
                                   &t.w.device[OFFICE].pub.sign, t.north,
                                   TANDEM_RIGHT_NONE, &t.w.arena, entries, &n));
    assert_err(TANDEM_EWORKSPACE,
        td_member_make_grant(m, &t.w.device[COORD], &t.w.device[NEW].pub.sign,
            t.north, TANDEM_RIGHT_AGENT, &t.w.arena, entries, &n));
    assert_int_equal(7, n);
    assert_int_equal(0, b.len);
    td_member_free(m);
    m = world_member(&t.w, ADMIN);
    assert_err(TANDEM_EDENIED,
        td_member_make_grant(m, &t.w.device[ADMIN], &t.w.device[ADMIN].pub.sign,
            td_sector_control, TANDEM_RIGHT_NONE, &t.w.arena, entries, &n));
    td_member_free(m);
    td_buf_deinit(&b);
    world_free(&t.w);
}

static void
test_a_lost_admin_cannot_return_by_repeating_the_genesis(void **state)
{
    struct team t;
    tandem_slice genesis;
    struct td_control c;

    (void)state;
    team_new(&t);
    genesis = t.w.commits[1].payloads[0];
    world_join(&t.w, ADMIN, NEW, TANDEM_RIGHT_ADMIN, NULL, 0);
    c = world_loss(&t.w, ADMIN, td_sector_control);
    (void)world_say(&t.w, NEW, &c);
    world_follow_all(&t.w);
    assert_int_equal(TANDEM_RIGHT_OFFICE, world_right(&t.w, ADMIN, t.north));
    (void)world_commit(&t.w, ADMIN, &genesis, 1);
    t.w.wrote[ADMIN] = false; // a new log that pretends to know nothing
    t.w.head_count = 0;
    t.w.commits[t.w.count].log.b[0] ^= 1;
    (void)world_commit(&t.w, ADMIN, &genesis, 1);
    assert_int_equal(
        TANDEM_RIGHT_NONE, world_right(&t.w, ADMIN, td_sector_control));
    assert_int_equal(TANDEM_RIGHT_OFFICE, world_right(&t.w, ADMIN, t.south));
    world_free(&t.w);
}

// ----------------------------------------------------------------- admission

static enum td_admission
admits(struct team *t, size_t who, tandem_id sector, size_t commit)
{
    struct td_member *m = world_member(&t->w, WORLD_DEVICES);
    enum td_admission a = TD_ADMISSION_WAITS;

    for (int again = 0; again < 2; again++) { // worked out, then remembered
        a = td_member_admits(m, &t->w.device[who].pub.sign, sector,
            &t->w.commits[commit].hash, 1);
    }
    td_member_free(m);
    return a;
}

static void
test_a_change_is_admitted_by_the_place_it_has_seen(void **state)
{
    struct team t;
    size_t before;
    size_t after;
    size_t again;

    (void)state;
    team_new(&t);
    before = t.w.count - 1;
    world_change(&t.w, COORD, AGENT, t.north, TANDEM_RIGHT_NONE);
    after = t.w.count - 1;
    world_change(&t.w, OFFICE, AGENT, t.north, TANDEM_RIGHT_AGENT);
    again = t.w.count - 1;
    assert_int_equal(TD_ADMITTED, admits(&t, AGENT, t.north, before));
    assert_int_equal(TD_NOT_ADMITTED, admits(&t, AGENT, t.north, after));
    assert_int_equal(TD_ADMITTED, admits(&t, AGENT, t.north, again));
    assert_int_equal(TD_NOT_ADMITTED, admits(&t, READER, t.north, again));
    assert_int_equal(TD_NOT_ADMITTED, admits(&t, AGENT, t.south, again));
    assert_int_equal(TD_ADMITTED, admits(&t, READER, td_sector_common, again));
    assert_int_equal(TD_NOT_ADMITTED, admits(&t, AGENT, t.north, 1));
    assert_int_equal(TD_NOT_ADMITTED, admits(&t, NEW, td_sector_common, again));
    assert_int_equal(TD_ADMITTED, admits(&t, ADMIN, t.south, again));
    world_free(&t.w);
}

static void
test_admission_joins_the_heads_it_has_seen(void **state)
{
    struct team t;
    struct td_member *m;
    struct td_control c;
    struct td_hash seen[2];

    (void)state;
    team_new(&t);
    c = world_grant(&t.w, AGENT, t.south, TANDEM_RIGHT_AGENT);
    seen[0] = t.w.commits[world_say(&t.w, ADMIN, &c)].hash;
    c = world_loss(&t.w, AGENT, t.north);
    seen[1] = t.w.commits[world_say(&t.w, OFFICE, &c)].hash;
    m = world_member(&t.w, WORLD_DEVICES);
    assert_int_equal(TD_ADMITTED,
        td_member_admits(m, &t.w.device[AGENT].pub.sign, t.north, &seen[0], 1));
    assert_int_equal(TD_NOT_ADMITTED,
        td_member_admits(m, &t.w.device[AGENT].pub.sign, t.north, seen, 2));
    assert_int_equal(TD_ADMITTED,
        td_member_admits(m, &t.w.device[AGENT].pub.sign, t.south, seen, 2));
    assert_int_equal(TD_NOT_ADMITTED,
        td_member_admits(m, &t.w.device[AGENT].pub.sign, t.south, &seen[1], 1));
    assert_int_equal(TD_NOT_ADMITTED,
        td_member_admits(m, &t.w.device[AGENT].pub.sign, t.north, NULL, 0));
    td_member_free(m);
    world_free(&t.w);
}

static void
test_what_misses_its_past_waits_and_is_no_head(void **state)
{
    struct team t;
    struct td_member *m;
    const struct td_hash *heads;
    struct td_control_commit gone;
    size_t at;

    (void)state;
    team_new(&t);
    at = t.w.count - 1; // the reader's enrolment: nothing of it is known
    gone = t.w.commits[at];
    world_change(&t.w, COORD, READER, t.north, TANDEM_RIGHT_AGENT);
    t.w.commits[at] = t.w.commits[0]; // known twice, the other not at all
    m = world_member(&t.w, WORLD_DEVICES);
    assert_int_equal(1, td_member_waiting(m));
    assert_int_equal(1, td_member_heads(m, &heads));
    assert_int_equal(TANDEM_RIGHT_NONE,
        td_member_right(m, &t.w.device[READER].pub.sign, t.north));
    assert_int_equal(
        TD_ADMISSION_WAITS, td_member_admits(m, &t.w.device[READER].pub.sign,
                                t.north, &gone.hash, 1));
    td_member_free(m);
    t.w.commits[at] = gone; // it comes
    m = world_member(&t.w, WORLD_DEVICES);
    assert_int_equal(0, td_member_waiting(m));
    assert_int_equal(TANDEM_RIGHT_AGENT,
        td_member_right(m, &t.w.device[READER].pub.sign, t.north));
    td_member_free(m);
    world_free(&t.w);
}

static void
test_a_missing_payload_waits_with_all_that_follows(void **state)
{
    struct team t;
    tandem_slice *payloads;
    tandem_slice was;
    struct td_member *m;

    (void)state;
    team_new(&t);
    // The copy in the arena is ours to change.
    payloads = (tandem_slice *)(uintptr_t)t.w.commits[t.w.count - 1].payloads;
    was = payloads[0];
    payloads[0].ptr = NULL;
    m = world_member(&t.w, WORLD_DEVICES);
    assert_int_equal(1, td_member_waiting(m));
    assert_null(td_member_device(m, &t.w.device[READER].pub.sign));
    td_member_free(m);
    payloads[0] = was;
    assert_int_equal(TANDEM_RIGHT_READER, world_right(&t.w, READER, t.north));
    world_free(&t.w);
}

// Only the first entry of a commit, and only with rules this version keeps:
// what is said after it in the same commit is its past too.
static void
test_a_genesis_counts_once_and_by_rules_that_are_known(void **state)
{
    struct td_control agreed = {.type = TD_CONTROL_GENESIS, .agree = 2};
    struct td_control_commit genesis;
    struct td_member *m;
    tandem_slice entries[2];
    struct td_buf b = world_buf();
    struct world w;

    (void)state;
    world_new(&w, help_seed());
    genesis = w.commits[1];
    w.count = 0;
    w.wrote[0] = false;
    w.head_count = 0;
    entries[0] = entries[1] = genesis.payloads[0];
    (void)world_commit(&w, 0, entries, 2);
    m = world_member(&w, 0);
    assert_int_equal(1, td_member_inert(m));
    assert_int_equal(1, td_member_inert_at(m, 0)->index);
    assert_err(TANDEM_EDENIED, td_member_inert_at(m, 0)->why);
    td_member_free(m);
    w.count = 0;
    w.wrote[0] = false;
    agreed.admins = &w.device[0].pub;
    agreed.admin_count = 1;
    td_control_encode(&agreed, &b);
    entries[0] = world_keep(&w, &b);
    w.workspace = td_hash_of(entries[0]);
    (void)world_commit(&w, 0, entries, 1);
    m = world_member(&w, 0);
    assert_int_equal(1, td_member_inert(m));
    assert_err(TANDEM_EUNSUPPORTED, td_member_inert_at(m, 0)->why);
    assert_int_equal(0, td_member_devices(m));
    td_member_free(m);
    world_free(&w);
}

// The log room vouches for the chain; a commit that leaves one out of its log
// waits all the same.
static void
test_a_commit_that_skips_one_of_its_log_waits(void **state)
{
    struct td_control c;
    struct td_member *m;
    struct team t;
    size_t last;

    (void)state;
    team_new(&t);
    c = world_grant(&t.w, READER, t.north, TANDEM_RIGHT_AGENT);
    (void)world_say(&t.w, COORD, &c);
    last = world_say(&t.w, COORD, &c);
    t.w.commits[last].seq++;
    t.w.commits[last].hash = world_name(&t.w.commits[last]);
    m = world_member(&t.w, ADMIN);
    assert_int_equal(1, td_member_waiting(m));
    td_member_free(m);
    world_free(&t.w);
}

// Thousands of losses and, after them, thousands of grants, which one more
// loss beside them ends: no question about them may cost their product.
static void
test_thousands_of_grants_and_losses_are_judged_in_time(void **state)
{
    tandem_slice entries[TD_COMMIT_CHANGES_MAX];
    struct team t;
    struct td_hash before[TD_SEEN_MAX];
    struct td_control c;
    struct td_member *m;
    size_t said[2] = {0, 0};
    size_t n;

    (void)state;
    team_new(&t);
    n = t.w.head_count;
    memcpy(before, t.w.heads, sizeof(before));
    for (size_t type = 0; type < 2; type++) {
        struct td_buf b = world_buf();

        c = type == 0 ? world_loss(&t.w, AGENT, t.north)
                      : world_grant(&t.w, AGENT, t.north, TANDEM_RIGHT_AGENT);
        td_control_encode(&c, &b);
        entries[0] = world_keep(&t.w, &b);
        for (size_t i = 1; i < TD_COMMIT_CHANGES_MAX; i++) {
            entries[i] = entries[0];
        }
        for (size_t i = 0; i < 32; i++) {
            said[0] = world_commit(&t.w, COORD, entries, TD_COMMIT_CHANGES_MAX);
        }
    }
    t.w.head_count = n;
    memcpy(t.w.heads, before, sizeof(before));
    c = world_loss(&t.w, AGENT, t.north);
    said[1] = world_say(&t.w, ADMIN, &c);
    world_follow(&t.w, said, 2);
    c = epoch_of(&t, AGENT, t.north);
    for (size_t i = 0; i < 200; i++) {
        (void)world_say(&t.w, AGENT, &c);
    }
    m = world_member(&t.w, WORLD_DEVICES);
    assert_int_equal(200, td_member_inert(m));
    assert_int_equal(TANDEM_RIGHT_NONE,
        td_member_right(m, &t.w.device[AGENT].pub.sign, t.north));
    td_member_free(m);
    world_free(&t.w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_founder_is_admin_everywhere_and_others_what_they_were_given),
        cmocka_unit_test(test_devices_sectors_and_keys_are_listed),
        cmocka_unit_test(test_every_forbidden_entry_is_held_inert_and_reported),
        cmocka_unit_test(test_an_unknown_type_is_held_and_counted),
        cmocka_unit_test(test_a_loss_ends_the_grants_before_it_and_beside_it),
        cmocka_unit_test(test_inside_one_commit_the_earlier_entry_is_the_past),
        cmocka_unit_test(test_a_loss_from_an_older_place_ends_no_higher_right),
        cmocka_unit_test(test_the_makers_refuse_what_would_be_refused),
        cmocka_unit_test(
            test_a_lost_admin_cannot_return_by_repeating_the_genesis),
        cmocka_unit_test(test_a_change_is_admitted_by_the_place_it_has_seen),
        cmocka_unit_test(test_admission_joins_the_heads_it_has_seen),
        cmocka_unit_test(
            test_a_genesis_counts_once_and_by_rules_that_are_known),
        cmocka_unit_test(test_a_commit_that_skips_one_of_its_log_waits),
        cmocka_unit_test(
            test_thousands_of_grants_and_losses_are_judged_in_time),
        cmocka_unit_test(test_what_misses_its_past_waits_and_is_no_head),
        cmocka_unit_test(test_a_missing_payload_waits_with_all_that_follows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
