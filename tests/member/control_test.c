// SPDX-License-Identifier: Apache-2.0
// control_test.c - the bytes of control entries.
#include "member/world.h"

static tandem_slice
vector(const char *name, uint8_t *room, size_t cap)
{
    FILE *f = fopen(TEST_SOURCE_DIR "/tests/vectors/control.txt", "r");
    char line[4096];
    size_t n = strlen(name);
    size_t len = 0;
    bool found = false;

    assert_non_null(f);
    while (!found && fgets(line, sizeof(line), f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, name, n) == 0 && line[n] == ' ') {
            len = strlen(line + n + 1) / 2;
            assert_true(len <= cap);
            assert_true(td_unhex(line + n + 1, room, len));
            found = true;
        }
    }
    assert_int_equal(0, fclose(f));
    assert_true(found);
    return (tandem_slice){room, len};
}

static void
fill(void *p, uint8_t byte, size_t n)
{
    memset(p, byte, n);
}

static struct td_device_public
device(uint8_t n)
{
    struct td_device_public d;

    fill(d.sign.b, n, 32);
    fill(d.box, (uint8_t)(n + 1), 32);
    fill(d.curve, (uint8_t)(n + 2), 32);
    return d;
}

struct parts {
    struct td_device_public admins[2];
    tandem_id sectors[2];
    struct td_epoch_id older[2];
    struct td_control_seal to_one[2], to_two[2];
};

// The inputs of tests/vectors/control.py.
static void
parts_new(struct parts *p)
{
    memset(p, 0, sizeof(*p));
    p->admins[0] = device(1);
    p->admins[1] = device(4);
    fill(p->sectors[0].b, 0x22, 16);
    fill(p->sectors[1].b, 0x33, 16);
    for (size_t i = 0; i < 2; i++) {
        fill(p->older[i].b, (uint8_t)(0x51 + i), 16);
        fill(p->to_one[i].device.b, 1, 32);
        p->to_one[i].epoch = p->older[i];
        fill(p->to_one[i].wrapped, (uint8_t)(0x60 + i), TD_WRAP_BYTES);
        fill(p->to_two[i].device.b, i == 0 ? 1 : 7, 32);
        fill(p->to_two[i].wrapped, (uint8_t)(0x60 + i), TD_WRAP_BYTES);
    }
}

static void
assert_bytes(const char *name, const struct td_control *c)
{
    uint8_t room[2048];
    tandem_slice want = vector(name, room, sizeof(room));
    struct td_buf b = world_buf();

    td_control_encode(c, &b);
    assert_int_equal(TANDEM_OK, b.err);
    assert_int_equal(want.len, b.len);
    assert_memory_equal(want.ptr, b.ptr, b.len);
    td_buf_deinit(&b);
}

static void
test_every_type_is_written_as_its_known_answer(void **state)
{
    static const uint8_t built[] = "built";
    uint8_t inner[50];
    struct parts p;
    struct td_control c;

    (void)state;
    parts_new(&p);
    c = (struct td_control){.type = TD_CONTROL_GENESIS,
        .admins = p.admins,
        .admin_count = 2,
        .agree = 1};
    fill(c.random, 0x11, sizeof(c.random));
    assert_bytes("genesis", &c);
    c.admin_count = 1;
    c.agree = 2;
    c.has_recovery = true;
    fill(c.recovery, 0x77, sizeof(c.recovery));
    assert_bytes("genesis_recovery", &c);
    c = (struct td_control){.type = TD_CONTROL_SECTOR, .sector = p.sectors[0]};
    assert_bytes("sector", &c);
    c = (struct td_control){.type = TD_CONTROL_ENROL,
        .device = device(7),
        .right = 2,
        .sectors = p.sectors,
        .sector_count = 2,
        .wall_ms = 1785542400000,
        .seals = p.to_one,
        .seal_count = 2};
    assert_bytes("enrol", &c);
    c = (struct td_control){.type = TD_CONTROL_GRANT,
        .device = device(7),
        .sector = p.sectors[0],
        .right = 3,
        .seals = p.to_one,
        .seal_count = 1};
    assert_bytes("grant", &c);
    c = (struct td_control){
        .type = TD_CONTROL_LOSS, .device = device(7), .sector = p.sectors[0]};
    assert_bytes("loss", &c);
    c = (struct td_control){.type = TD_CONTROL_EPOCH,
        .sector = p.sectors[0],
        .parents = p.older,
        .parent_count = 2,
        .seals = p.to_two,
        .seal_count = 2,
        .inner = {inner, sizeof(inner)}};
    fill(inner, 0x99, sizeof(inner));
    fill(c.commitment.b, 0x44, 32);
    c.epoch = td_control_epoch_id(c.sector, &c.commitment, &p.to_one[0].device);
    assert_bytes("epoch", &c);
    c = (struct td_control){.type = TD_CONTROL_PACK, .pack = {built, 5}};
    assert_bytes("pack", &c);
    c = (struct td_control){.type = TD_CONTROL_SHARE,
        .sector = p.sectors[0],
        .seals = p.to_one,
        .seal_count = 2};
    assert_bytes("share", &c);
}

static void
test_the_workspace_is_the_hash_of_its_genesis(void **state)
{
    uint8_t room[2048];
    uint8_t want[32];
    tandem_slice in = vector("genesis", room, sizeof(room));
    struct td_hash h;

    (void)state;
    assert_err(TANDEM_OK, td_crypto_init());
    h = td_hash_of(in);
    (void)vector("workspace", want, sizeof(want));
    assert_memory_equal(want, h.b, sizeof(want));
}

static const char *const names[] = {"genesis", "genesis_recovery", "sector",
    "enrol", "grant", "loss", "epoch", "pack", "share"};

static void
test_reading_and_writing_again_gives_the_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        uint8_t room[2048];
        tandem_slice in = vector(names[i], room, sizeof(room));
        struct td_arena arena;
        struct td_control c;

        td_arena_init(&arena, NULL, 1 << 20);
        assert_err(TANDEM_OK, td_control_decode(in, &arena, &c));
        assert_bytes(names[i], &c);
        td_arena_deinit(&arena);
    }
}

static void
test_a_cut_entry_is_refused_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        uint8_t room[2048];
        tandem_slice in = vector(names[i], room, sizeof(room));
        struct td_arena arena;

        td_arena_init(&arena, NULL, 1 << 20);
        for (size_t cut = 0; cut < in.len; cut++) {
            struct td_control c = {.type = 77};

            assert_err(TANDEM_ECORRUPT,
                td_control_decode((tandem_slice){in.ptr, cut}, &arena, &c));
            assert_int_equal(77, c.type);
        }
        td_arena_deinit(&arena);
    }
}

static void
assert_read(tandem_err want, const uint8_t *p, size_t n)
{
    struct td_arena arena;
    struct td_control c;

    td_arena_init(&arena, NULL, 1 << 20);
    assert_err(want, td_control_decode((tandem_slice){p, n}, &arena, &c));
    td_arena_deinit(&arena);
}

static void
test_lists_out_of_order_or_doubled_are_refused(void **state)
{
    struct parts p;
    struct td_control c;
    struct td_buf b = world_buf();

    (void)state;
    parts_new(&p);
    c = (struct td_control){.type = TD_CONTROL_SHARE,
        .sector = p.sectors[0],
        .seals = p.to_one,
        .seal_count = 2};
    p.to_one[1].epoch = p.to_one[0].epoch; // twice the same
    td_control_encode(&c, &b);
    assert_read(TANDEM_ECORRUPT, b.ptr, b.len);
    td_buf_reset(&b);
    c = (struct td_control){.type = TD_CONTROL_ENROL,
        .device = device(7),
        .sectors = p.sectors,
        .sector_count = 2};
    p.sectors[1] = p.sectors[0];
    td_control_encode(&c, &b);
    assert_read(TANDEM_ECORRUPT, b.ptr, b.len);
    p.sectors[0].b[0] = 0xff;
    td_buf_reset(&b);
    td_control_encode(&c, &b);
    assert_read(TANDEM_ECORRUPT, b.ptr, b.len);
    p.sectors[0].b[0] = 0;
    td_buf_reset(&b);
    td_control_encode(&c, &b);
    assert_read(TANDEM_OK, b.ptr, b.len);
    td_buf_deinit(&b);
}

static void
test_newer_types_are_kept_and_newer_versions_named(void **state)
{
    static const uint8_t type[] = {0x93, 0x01, 0x63, 0xc0};
    static const uint8_t version[] = {0x92, 0x02, 0x01};
    static const uint8_t no_type[] = {0x92, 0x01, 0x00};
    static const uint8_t no_version[] = {0x92, 0x00, 0x01};
    static const uint8_t extra[] = {0x94, 0x01, 0x02, 0xc4, 0x01, 0x05, 0xc0};

    (void)state;
    assert_read(TANDEM_OK, type, sizeof(type));
    assert_read(TANDEM_EVERSION, version, sizeof(version));
    assert_read(TANDEM_ECORRUPT, no_type, sizeof(no_type));
    assert_read(TANDEM_ECORRUPT, no_version, sizeof(no_version));
    assert_read(TANDEM_ECORRUPT, extra, sizeof(extra));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type_is_written_as_its_known_answer),
        cmocka_unit_test(test_the_workspace_is_the_hash_of_its_genesis),
        cmocka_unit_test(test_reading_and_writing_again_gives_the_same_bytes),
        cmocka_unit_test(test_a_cut_entry_is_refused_at_every_byte),
        cmocka_unit_test(test_lists_out_of_order_or_doubled_are_refused),
        cmocka_unit_test(test_newer_types_are_kept_and_newer_versions_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
