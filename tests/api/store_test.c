// SPDX-License-Identifier: Apache-2.0
// store_test.c - opening, pages, look-up, feed, digest, verify, names.

#include "help.h"

#include <sys/stat.h>
#include <unistd.h>

static void
test_a_store_opens_again_with_what_it_held(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_workspace ws;
    tandem_record *r;

    tandem_store_close(w->s);
    GOOD(w, world_try(w, 7, TANDEM_OPEN_EXISTING, &w->s));
    r = world_read(w, id);
    assert_text(r, "name", "Mme L.");
    tandem_record_free(r);
    GOOD(w, tandem_workspace_get(w->s, &ws, &w->e));
    assert_true(ws.joined);
    assert_string_equal(ws.name, "Nord");
    assert_string_equal(ws.device_name, "bureau");
}

static void
test_a_wrong_key_and_a_second_handle_are_refused(void **state)
{
    struct world *w = *state;
    tandem_store *other = NULL;

    assert_int_equal(world_try(w, 7, 0, &other), TANDEM_EBUSY);
    tandem_store_close(w->s);
    w->s = NULL;
    assert_int_equal(world_try(w, 8, 0, &other), TANDEM_EKEY);
    assert_null(other);
    GOOD(w, world_try(w, 7, 0, &w->s));
}

static void
test_an_absent_store_is_not_made_when_only_an_existing_one_will_do(void **state)
{
    struct world *w = *state;
    struct world none = *w;
    tandem_store *other = NULL;
    struct stat st;

    (void)snprintf(none.dir, sizeof(none.dir), "%.50s/none", w->dir);
    assert_int_equal(
        world_try(&none, 7, TANDEM_OPEN_EXISTING, &other), TANDEM_ENOTFOUND);
    assert_int_not_equal(stat(none.dir, &st), 0);
}

static void
test_pages_give_every_record_once_in_order(void **state)
{
    struct world *w = *state;
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_id last = {{0}};
    uint8_t token[64];
    size_t total = 0;

    for (size_t i = 0; i < 25; i++) {
        (void)world_contact(w, "Mme L.");
    }
    q.kind = "contact";
    q.limit = 10;
    for (int pages = 0; pages < 10; pages++) {
        tandem_page *p;

        GOOD(w, tandem_find(w->s, &q, &p, &w->e));
        for (size_t i = 0; i < tandem_page_count(p); i++) {
            tandem_id id = tandem_record_id(tandem_page_record(p, i));

            assert_true(memcmp(last.b, id.b, 16) < 0);
            last = id;
            total++;
        }
        q.after = tandem_page_next(p);
        assert_true(q.after.len <= sizeof(token));
        if (q.after.len > 0) {
            memcpy(token, q.after.ptr, q.after.len);
            q.after.ptr = token;
        }
        tandem_page_free(p);
        if (q.after.len == 0) {
            break;
        }
    }
    assert_int_equal(total, 25);
}

static void
test_an_indexed_and_a_plain_field_are_found_by_value(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L.");
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_page *p;

    (void)world_contact(w, "M. D.");
    q.kind = "contact";
    q.field = "name"; // indexed, case and blanks folded
    q.value = tandem_str("  mme l. ");
    GOOD(w, tandem_find(w->s, &q, &p, &w->e));
    assert_int_equal(tandem_page_count(p), 1);
    assert_true(
        tandem_id_equal(id, tandem_record_id(tandem_page_record(p, 0))));
    tandem_page_free(p);
    q.field = "met_by"; // scanned
    q.value = tandem_enum(1);
    GOOD(w, tandem_find(w->s, &q, &p, &w->e));
    assert_int_equal(tandem_page_count(p), 2);
    tandem_page_free(p);
    q.field = "nonsense";
    assert_int_equal(tandem_find(w->s, &q, &p, &w->e), TANDEM_EKIND);
    q.field = NULL;
    q.kind = "nonsense";
    assert_int_equal(tandem_find(w->s, &q, &p, &w->e), TANDEM_EKIND);
}

static void
test_a_prefix_finds_a_record_and_a_short_one_does_not(void **state)
{
    struct world *w = *state;
    tandem_id id = world_contact(w, "Mme L."), found;
    char text[37];

    tandem_id_text(id, text);
    GOOD(w, tandem_lookup(w->s, text, &found, &w->e));
    assert_true(tandem_id_equal(id, found));
    text[3] = '\0';
    assert_int_equal(
        tandem_lookup(w->s, text, &found, &w->e), TANDEM_ENOTFOUND);
}

static void
test_the_feed_tells_each_change_once(void **state)
{
    struct world *w = *state;
    tandem_change list[64];
    uint64_t at = 0;
    size_t n, sheets = 0;
    tandem_id id = world_contact(w, "Mme L.");

    do {
        GOOD(w, tandem_feed_read(w->s, at, list, 64, &n, &w->e));
        for (size_t i = 0; i < n; i++) {
            assert_true(list[i].number > at);
            at = list[i].number;
            if (strcmp(list[i].kind, "fr.terrain/contact") == 0) {
                assert_true(tandem_id_equal(list[i].record, id));
                sheets++;
            }
        }
    } while (n > 0);
    assert_int_equal(sheets, 1);
}

static void
test_the_digest_follows_values_and_verify_is_clean(void **state)
{
    struct world *w = *state;
    uint8_t before[32], after[32];
    tandem_verify_report report;
    uint64_t n;

    GOOD(w, tandem_digest(w->s, &w->sector, before, &n, &w->e));
    assert_int_equal(n, 0);
    (void)world_contact(w, "Mme L.");
    GOOD(w, tandem_digest(w->s, &w->sector, after, &n, &w->e));
    assert_int_equal(n, 1);
    assert_memory_not_equal(before, after, 32);
    GOOD(w, tandem_verify(w->s, TANDEM_FR, NULL, NULL, &report, &w->e));
    assert_int_equal(report.problems, 0);
    assert_true(report.commits > 0 && report.records > 0 &&
                report.payloads > 0 && report.signatures > 0);
}

static void
test_sectors_devices_and_persons_are_named(void **state)
{
    struct world *w = *state;
    tandem_sector sector;
    tandem_device device;
    tandem_person person;
    tandem_id id;

    GOOD(w, tandem_sector_at(w->s, 0, &sector, &w->e));
    assert_string_equal(sector.name, "FIVES");
    assert_int_equal(sector.devices, 1);
    assert_true(sector.key);
    assert_true(sector.right >= TANDEM_RIGHT_OFFICE);
    assert_int_equal(
        tandem_sector_at(w->s, 1, &sector, &w->e), TANDEM_ENOTFOUND);
    GOOD(w, tandem_sector_find(w->s, "fives", &id, &w->e));
    assert_true(tandem_id_equal(id, w->sector));
    GOOD(w, tandem_device_at(w->s, 0, &device, &w->e));
    assert_true(device.self);
    assert_string_equal(device.name, "bureau");
    assert_int_equal(device.right, TANDEM_RIGHT_ADMIN);
    GOOD(w, tandem_person_at(w->s, 0, &person, &w->e));
    assert_string_equal(person.name, "bureau");
    assert_true(tandem_id_equal(person.id, tandem_me(w->s)));
    GOOD(w, tandem_person_add(w->s, "A. D.", &id, &w->e));
    GOOD(w, tandem_me_set(w->s, id, &w->e));
    assert_true(tandem_id_equal(id, tandem_me(w->s)));
    assert_int_equal(
        tandem_person_find(w->s, "Z. Z.", &id, &w->e), TANDEM_ENOTFOUND);
    assert_int_equal(tandem_sector_add(w->s, "", &id, &w->e), TANDEM_EVALUE);
}

static void
test_a_workspace_is_made_once_and_a_pack_published_once(void **state)
{
    struct world *w = *state;
    tandem_pack *p;

    assert_int_equal(
        tandem_workspace_create(w->s, "Sud", "bureau", &w->e), TANDEM_EEXIST);
    GOOD(w,
        tandem_pack_load(TEST_BINARY_DIR "/packs/fr.terrain.pack", &p, &w->e));
    assert_int_equal(tandem_pack_publish(w->s, p, &w->e), TANDEM_EEXIST);
    tandem_pack_free(p);
}

static void
count(void *ctx)
{
    (*(int *)ctx)++;
}

static void
test_the_notifier_hears_commits_only(void **state)
{
    struct world *w = *state;
    int heard = 0;
    uint8_t digest[32];

    tandem_store_notify(w->s, count, &heard);
    GOOD(w, tandem_digest(w->s, NULL, digest, NULL, &w->e));
    assert_int_equal(heard, 0);
    (void)world_contact(w, "Mme L.");
    assert_int_equal(heard, 1);
    tandem_store_notify(w->s, NULL, NULL);
}

static void
test_a_key_file_is_private_and_read_back(void **state)
{
    struct world *w = *state;
    char path[96];
    uint8_t a[32], b[32];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/key", w->dir);
    GOOD(w, tandem_key_file_new(path, &w->e));
    assert_int_equal(tandem_key_file_new(path, &w->e), TANDEM_EEXIST);
    GOOD(w, tandem_key_file_read(path, a, &w->e));
    GOOD(w, tandem_key_file_read(path, b, &w->e));
    assert_memory_equal(a, b, 32);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(tandem_key_file_read(path, a, &w->e), TANDEM_EKEY);
    assert_int_equal(chmod(path, 0600), 0);
    f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs("not a key\n", f);
    (void)fclose(f);
    assert_int_equal(tandem_key_file_read(path, a, &w->e), TANDEM_EKEY);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(tandem_key_file_read(path, a, &w->e), TANDEM_ENOTFOUND);
}

static void
test_a_passphrase_gives_the_same_key_in_its_folder(void **state)
{
    struct world *w = *state;
    uint8_t a[32], b[32], c[32];
    char other[96];

    (void)snprintf(other, sizeof(other), "%s/other", w->dir);
    GOOD(w, tandem_key_passphrase(
                other, tandem_bytes("trois mots ici", 14), a, &w->e));
    GOOD(w, tandem_key_passphrase(
                other, tandem_bytes("trois mots ici", 14), b, &w->e));
    GOOD(w, tandem_key_passphrase(
                other, tandem_bytes("trois mots la", 13), c, &w->e));
    assert_memory_equal(a, b, 32);
    assert_memory_not_equal(a, c, 32);
    assert_int_equal(
        tandem_key_passphrase(other, tandem_bytes("", 0), a, &w->e),
        TANDEM_EVALUE);
}

int
main(void)
{
#define WITH(test)                                                             \
    cmocka_unit_test_setup_teardown(test, world_open, world_close)
    const struct CMUnitTest tests[] = {
        WITH(test_a_store_opens_again_with_what_it_held),
        WITH(test_a_wrong_key_and_a_second_handle_are_refused),
        WITH(
            test_an_absent_store_is_not_made_when_only_an_existing_one_will_do),
        WITH(test_pages_give_every_record_once_in_order),
        WITH(test_an_indexed_and_a_plain_field_are_found_by_value),
        WITH(test_a_prefix_finds_a_record_and_a_short_one_does_not),
        WITH(test_the_feed_tells_each_change_once),
        WITH(test_the_digest_follows_values_and_verify_is_clean),
        WITH(test_sectors_devices_and_persons_are_named),
        WITH(test_a_workspace_is_made_once_and_a_pack_published_once),
        WITH(test_the_notifier_hears_commits_only),
        WITH(test_a_key_file_is_private_and_read_back),
        WITH(test_a_passphrase_gives_the_same_key_in_its_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
