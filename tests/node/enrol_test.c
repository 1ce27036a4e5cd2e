// SPDX-License-Identifier: Apache-2.0
// enrol_test.c - enrolments over real sockets: in, refused, wrong, spent.
#include "node/node_help.h"

#include "member/enrol.h"
#include "node/enrolment.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

static void
test_enrol_brings_a_store_into_the_workspace(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_workspace wa, wb;
    tandem_device_id found;
    struct post a, b;

    (void)state;
    post_found(&a, "Bureau");
    post_new(&b);
    enrol(&a, &b);
    assert_good(tandem_workspace_get(a.store, &wa, &e), e);
    assert_good(tandem_workspace_get(b.store, &wb, &e), e);
    assert_true(wb.joined);
    assert_memory_equal(wa.id, wb.id, 32);
    assert_string_equal("Bureau", wb.name);
    // The second session brought the newcomer's name here.
    assert_good(tandem_device_find(a.store, "tablette", &found, &e), e);
    assert_memory_equal(&wb.device, &found, sizeof(found));
    assert_same(&a, &b);
    assert_int_equal(0, tandem_node_active(a.node));
    post_free(&a);
    post_free(&b);
}

static void
refuse(bool by_inviter)
{
    tandem_enrol *inviter, *newcomer;
    tandem_workspace w;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    tandem_device d;
    struct post a, b;

    post_found(&a, "Bureau");
    post_new(&b);
    enrol_begin(&a, &b, &inviter, &newcomer);
    assert_err(TANDEM_EMISUSE, tandem_enrol_confirm(inviter, true));
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_DIGITS);
    assert_err(TANDEM_OK,
        tandem_enrol_confirm(by_inviter ? inviter : newcomer, false));
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_FAILED);
    assert_err(TANDEM_EREFUSED, tandem_enrol_error(inviter, &e));
    assert_err(TANDEM_EREFUSED, tandem_enrol_error(newcomer, &e));
    assert_non_null(strstr(e.msg, "refusé"));
    assert_err(TANDEM_OK, tandem_workspace_get(b.store, &w, NULL));
    assert_false(w.joined);
    assert_err(TANDEM_ENOTFOUND, tandem_device_at(a.store, 1, &d, NULL));
    tandem_enrol_free(inviter);
    tandem_enrol_free(newcomer);
    post_free(&a);
    post_free(&b);
}

static void
assert_nobody_enrolled(struct post *a, struct post *b)
{
    tandem_workspace w;
    tandem_device d;

    assert_err(TANDEM_OK, tandem_workspace_get(b->store, &w, NULL));
    assert_false(w.joined);
    assert_err(TANDEM_ENOTFOUND, tandem_device_at(a->store, 1, &d, NULL));
}

// One person has said yes, and the other says no.
static void
refuse_after_yes(bool by_inviter)
{
    tandem_enrol *inviter, *newcomer;
    struct post a, b;

    post_found(&a, "Bureau");
    post_new(&b);
    enrol_begin(&a, &b, &inviter, &newcomer);
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_DIGITS);
    assert_err(
        TANDEM_OK, tandem_enrol_confirm(by_inviter ? newcomer : inviter, true));
    for (int i = 0; i < 20; i++) {
        post_step(&a, STEP_MS);
        post_step(&b, STEP_MS);
    }
    assert_int_equal(TANDEM_ENROL_DIGITS, tandem_enrol_status(inviter));
    assert_int_equal(TANDEM_ENROL_DIGITS, tandem_enrol_status(newcomer));
    assert_nobody_enrolled(&a, &b);
    assert_err(TANDEM_OK,
        tandem_enrol_confirm(by_inviter ? inviter : newcomer, false));
    // Long before the code ends.
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_FAILED);
    assert_err(TANDEM_EREFUSED, tandem_enrol_error(inviter, NULL));
    assert_err(TANDEM_EREFUSED, tandem_enrol_error(newcomer, NULL));
    assert_nobody_enrolled(&a, &b);
    tandem_enrol_free(inviter);
    tandem_enrol_free(newcomer);
    post_free(&a);
    post_free(&b);
}

static void
test_enrol_a_no_of_the_newcomer_after_the_inviters_yes_ends_both(void **state)
{
    (void)state;
    refuse_after_yes(false);
}

static void
test_enrol_a_no_of_the_inviter_after_the_newcomers_yes_ends_both(void **state)
{
    (void)state;
    refuse_after_yes(true);
}

static void
test_enrol_an_unanswered_newcomer_stays_outside_until_the_code_ends(
    void **state)
{
    tandem_enrol *inviter, *newcomer;
    struct post a, b;

    (void)state;
    post_found(&a, "Bureau");
    post_new(&b);
    enrol_begin(&a, &b, &inviter, &newcomer);
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_DIGITS);
    assert_err(TANDEM_OK, tandem_enrol_confirm(inviter, true));
    assert_err(TANDEM_EMISUSE, tandem_enrol_confirm(inviter, true));
    post_ahead_ms += TD_ENROL_LIFE_MS - PATIENCE_MS - 1000;
    for (int i = 0; i < 20; i++) {
        post_step(&a, STEP_MS);
        post_step(&b, STEP_MS);
    }
    assert_int_equal(TANDEM_ENROL_DIGITS, tandem_enrol_status(inviter));
    assert_nobody_enrolled(&a, &b);
    post_ahead_ms += PATIENCE_MS + 1000;
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_FAILED);
    assert_err(TANDEM_EEXPIRED, tandem_enrol_error(inviter, NULL));
    assert_err(TANDEM_EEXPIRED, tandem_enrol_error(newcomer, NULL));
    assert_nobody_enrolled(&a, &b);
    tandem_enrol_free(inviter);
    tandem_enrol_free(newcomer);
    post_ahead_ms = 0;
    post_free(&a);
    post_free(&b);
}

static void
test_enrol_the_inviters_yes_may_come_first(void **state)
{
    tandem_enrol *inviter, *newcomer;
    struct post a, b;

    (void)state;
    post_found(&a, "Bureau");
    post_new(&b);
    enrol_begin(&a, &b, &inviter, &newcomer);
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_DIGITS);
    assert_err(TANDEM_OK, tandem_enrol_confirm(inviter, true));
    assert_int_equal(TANDEM_ENROL_DIGITS, tandem_enrol_status(inviter));
    assert_nobody_enrolled(&a, &b);
    assert_err(TANDEM_OK, tandem_enrol_confirm(newcomer, true));
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_DONE);
    assert_same(&a, &b);
    tandem_enrol_free(inviter);
    tandem_enrol_free(newcomer);
    post_free(&a);
    post_free(&b);
}

static void
test_enrol_the_inviter_may_refuse(void **state)
{
    (void)state;
    refuse(true);
}

static void
test_enrol_the_newcomer_may_refuse(void **state)
{
    (void)state;
    refuse(false);
}

static void
until_failed(struct post *a, struct post *b, tandem_enrol *x)
{
    uint64_t end = now_ms() + PATIENCE_MS;

    while (tandem_enrol_status(x) != TANDEM_ENROL_FAILED) {
        assert_true(now_ms() < end);
        post_step(a, STEP_MS);
        post_step(b, STEP_MS);
    }
}

// Someone may come in by this code.
static tandem_enrol *
invite(struct post *p, char code[400])
{
    tandem_grant g = grant_of(TANDEM_RIGHT_ADMIN);
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_enrol *x;

    assert_good(tandem_invite_new(
                    p->node, &g, "tcp://127.0.0.1:*", NULL, code, 400, &x, &e),
        e);
    return x;
}

// Nobody listens there any more: libzmq unbinds when its thread comes to it.
static void
until_closed(const char *code)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct td_code c;
    bool open = true;

    assert_err(TANDEM_OK, td_code_read(code, &c, NULL));
    in.sin_port = htons((uint16_t)atoi(strrchr(c.endpoint, ':') + 1));
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    while (open) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        assert_true(fd >= 0 && now_ms() < end);
        open = connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0;
        (void)close(fd);
    }
}

static void
test_enrol_a_second_newcomer_hears_that_the_code_is_used(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_enrol *inviter, *first, *second;
    struct post a, b, c;
    char code[400];

    (void)state;
    post_found(&a, "Bureau");
    post_new(&b);
    post_new(&c);
    inviter = invite(&a, code);
    assert_good(tandem_join_new(b.node, code, "b", &first, &e), e);
    until_both(&a, &b, inviter, first, TANDEM_ENROL_DIGITS);
    assert_good(tandem_join_new(c.node, code, "c", &second, &e), e);
    until_failed(&a, &c, second);
    assert_err(TANDEM_EEXPIRED, tandem_enrol_error(second, NULL));
    // The first one goes on undisturbed.
    assert_int_equal(TANDEM_ENROL_DIGITS, tandem_enrol_status(first));
    assert_err(TANDEM_OK, tandem_enrol_confirm(inviter, true));
    assert_err(TANDEM_OK, tandem_enrol_confirm(first, true));
    until_both(&a, &b, inviter, first, TANDEM_ENROL_DONE);
    tandem_enrol_free(inviter);
    tandem_enrol_free(first);
    tandem_enrol_free(second);
    post_free(&a);
    post_free(&b);
    post_free(&c);
}

// The inviter is through; its line stays for a moment, for its last word.
static void
test_enrol_a_newcomer_at_the_closing_door_hears_that_the_code_is_used(
    void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_enrol *inviter, *first, *second;
    struct post a, b, c;
    char code[400];

    (void)state;
    post_found(&a, "Bureau");
    post_new(&b);
    post_new(&c);
    inviter = invite(&a, code);
    assert_good(tandem_join_new(b.node, code, "b", &first, &e), e);
    until_both(&a, &b, inviter, first, TANDEM_ENROL_DIGITS);
    assert_err(TANDEM_OK, tandem_enrol_confirm(inviter, true));
    assert_err(TANDEM_OK, tandem_enrol_confirm(first, true));
    while (tandem_enrol_status(inviter) != TANDEM_ENROL_DONE) {
        post_step(&b, STEP_MS);
        post_step(&a, STEP_MS);
    }
    inviter->due_ms += PATIENCE_MS; // so that the moment lasts
    assert_good(tandem_join_new(c.node, code, "c", &second, &e), e);
    until_failed(&a, &c, second);
    assert_err(TANDEM_EEXPIRED, tandem_enrol_error(second, NULL));
    tandem_enrol_free(inviter);
    tandem_enrol_free(first);
    tandem_enrol_free(second);
    post_free(&a);
    post_free(&b);
    post_free(&c);
}

// The code's text changed by somebody, or kept after its time.
static void
test_enrol_wrong_secret_is_named_on_both_sides_and_spends_the_code(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_enrol *inviter, *newcomer, *late;
    char code[400], wrong[400];
    struct td_code c;
    struct post a, b;

    (void)state;
    post_found(&a, "Bureau");
    post_new(&b);
    inviter = invite(&a, code);
    assert_err(TANDEM_OK, td_code_read(code, &c, NULL));
    c.secret[3] ^= 4;
    assert_err(TANDEM_OK, td_code_write(&c, wrong, sizeof(wrong)));
    assert_good(tandem_join_new(b.node, wrong, "b", &newcomer, &e), e);
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_FAILED);
    assert_err(TANDEM_EAUTH, tandem_enrol_error(inviter, NULL));
    assert_err(TANDEM_EAUTH, tandem_enrol_error(newcomer, NULL));
    // The right code comes too late: nobody waits there any more.
    until_closed(code);
    assert_good(tandem_join_new(b.node, code, "b", &late, &e), e);
    until_failed(&a, &b, late);
    assert_err(TANDEM_EPEER, tandem_enrol_error(late, NULL));
    tandem_enrol_free(inviter);
    tandem_enrol_free(newcomer);
    tandem_enrol_free(late);
    post_free(&a);
    post_free(&b);
}

static void
test_enrol_with_another_server_key_is_not_answered(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_enrol *inviter, *newcomer;
    struct td_code c;
    struct post a, b;
    char code[400];

    (void)state;
    post_found(&a, "Bureau");
    post_new(&b);
    inviter = invite(&a, code);
    assert_err(TANDEM_OK, td_code_read(code, &c, NULL));
    c.curve[3] ^= 4;
    assert_err(TANDEM_OK, td_code_write(&c, code, sizeof(code)));
    assert_good(tandem_join_new(b.node, code, "b", &newcomer, &e), e);
    until_failed(&a, &b, newcomer);
    assert_err(TANDEM_EAUTH, tandem_enrol_error(newcomer, NULL));
    assert_int_equal(TANDEM_ENROL_WAITING, tandem_enrol_status(inviter));
    tandem_enrol_free(inviter);
    tandem_enrol_free(newcomer);
    post_free(&a);
    post_free(&b);
}

static void
test_enrol_code_lives_ten_minutes(void **state)
{
    tandem_enrol *inviter, *newcomer, *late;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    struct post a, b;
    char code[400];

    (void)state;
    post_found(&a, "Bureau");
    post_new(&b);
    // Nobody came.
    inviter = invite(&a, code);
    post_ahead_ms += TD_ENROL_LIFE_MS - 1000;
    post_step(&a, 0);
    assert_int_equal(TANDEM_ENROL_WAITING, tandem_enrol_status(inviter));
    post_ahead_ms += 1001;
    post_step(&a, 0);
    assert_err(TANDEM_EEXPIRED, tandem_enrol_error(inviter, &e));
    until_closed(code);
    assert_good(tandem_join_new(b.node, code, "b", &late, &e), e);
    until_failed(&a, &b, late);
    assert_err(TANDEM_EPEER, tandem_enrol_error(late, &e));
    assert_non_null(strstr(e.msg, "new code"));
    tandem_enrol_free(late);
    tandem_enrol_free(inviter);
    // Nobody answered the question. The newcomer is told.
    enrol_begin(&a, &b, &inviter, &newcomer);
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_DIGITS);
    post_ahead_ms += TD_ENROL_LIFE_MS + 1;
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_FAILED);
    assert_err(TANDEM_EEXPIRED, tandem_enrol_error(inviter, NULL));
    assert_err(TANDEM_EEXPIRED, tandem_enrol_error(newcomer, NULL));
    assert_err(TANDEM_EMISUSE, tandem_enrol_confirm(inviter, true));
    tandem_enrol_free(inviter);
    tandem_enrol_free(newcomer);
    post_ahead_ms = 0;
    post_free(&a);
    post_free(&b);
}

// The inviter said yes; the first exchange never came about.
static void
test_enrol_cut_after_the_welcome_may_be_done_again(void **state)
{
    tandem_enrol *inviter, *newcomer;
    struct post a, b;

    (void)state;
    post_found(&a, "Bureau");
    post_new(&b);
    enrol_begin(&a, &b, &inviter, &newcomer);
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_DIGITS);
    assert_err(TANDEM_OK, tandem_enrol_confirm(newcomer, true));
    assert_err(TANDEM_OK, tandem_enrol_confirm(inviter, true));
    while (tandem_enrol_status(inviter) != TANDEM_ENROL_CONFIRMED) {
        post_step(&a, STEP_MS);
    }
    while (tandem_enrol_status(newcomer) != TANDEM_ENROL_CONFIRMED) {
        post_step(&b, STEP_MS);
    }
    tandem_enrol_free(inviter);
    while (tandem_enrol_status(newcomer) != TANDEM_ENROL_FAILED) {
        post_ahead_ms += 100;
        post_step(&b, STEP_MS);
    }
    assert_err(TANDEM_ECUT, tandem_enrol_error(newcomer, NULL));
    tandem_enrol_free(newcomer);
    post_ahead_ms = 0;
    enrol(&a, &b);
    assert_same(&a, &b);
    post_free(&a);
    post_free(&b);
}

// A first exchange may last as long as it takes, while something comes.
static void
test_enrol_first_exchange_has_the_time_it_needs(void **state)
{
    tandem_enrol *inviter, *newcomer;
    struct post a, b;
    char name[32];

    (void)state;
    post_found(&a, "Bureau");
    post_new(&b);
    tandem_node_free(a.node);
    tandem_node_free(b.node);
    post_node(&a, 0, 200000, 0);
    post_node(&b, 0, 200000, 0);
    for (int i = 0; i < 50; i++) {
        (void)snprintf(name, sizeof(name), "personne %d", i);
        add_person(&a, name);
    }
    enrol_begin(&a, &b, &inviter, &newcomer);
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_DIGITS);
    assert_err(TANDEM_OK, tandem_enrol_confirm(inviter, true));
    assert_err(TANDEM_OK, tandem_enrol_confirm(newcomer, true));
    while (!td_talk_live(&inviter->talk)) {
        post_step(&b, STEP_MS);
        post_step(&a, 0);
    }
    assert_int_equal(0, inviter->sessions);
    post_ahead_ms += TD_ENROLMENT_FIRST_MS + 1;
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_DONE);
    assert_int_equal(TD_ENROLMENT_SESSIONS, newcomer->sessions);
    assert_same(&a, &b);
    tandem_enrol_free(inviter);
    tandem_enrol_free(newcomer);
    post_ahead_ms = 0;
    post_free(&a);
    post_free(&b);
}

// The turns of an enrolment that is over do not spin.
static void
test_enrol_done_waits_quietly(void **state)
{
    tandem_enrol *inviter, *newcomer;
    uint64_t begun;
    struct post a, b;
    int turns = 0;

    (void)state;
    post_found(&a, "Bureau");
    post_new(&b);
    enrol_begin(&a, &b, &inviter, &newcomer);
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_DIGITS);
    assert_err(TANDEM_OK, tandem_enrol_confirm(inviter, true));
    assert_err(TANDEM_OK, tandem_enrol_confirm(newcomer, true));
    until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_DONE);
    assert_int_equal(0, tandem_node_active(a.node));
    tandem_enrol_free(newcomer);
    post_step(&a, 0);
    begun = now_ms();
    while (now_ms() - begun < 1500) {
        post_step(&a, 1500);
        turns++;
    }
    assert_in_range(turns, 1, 10);
    tandem_enrol_free(inviter);
    post_free(&a);
    post_free(&b);
}

// A host frees the node first: its enrolments stay handles, and no more.
static void
test_enrol_outlives_its_node_and_has_failed(void **state)
{
    static const tandem_enrol_state at[] = {TANDEM_ENROL_WAITING,
        TANDEM_ENROL_DIGITS, TANDEM_ENROL_CONFIRMED, TANDEM_ENROL_DONE};

    (void)state;
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        tandem_enrol *inviter, *newcomer, *other, *both[2];
        struct post a, b;

        post_found(&a, "Bureau");
        post_new(&b);
        enrol_begin(&a, &b, &other, &newcomer);
        tandem_enrol_free(newcomer);
        enrol_begin(&a, &b, &inviter, &newcomer);
        if (at[i] != TANDEM_ENROL_WAITING) {
            until_both(&a, &b, inviter, newcomer, TANDEM_ENROL_DIGITS);
        }
        if (at[i] > TANDEM_ENROL_DIGITS) {
            assert_err(TANDEM_OK, tandem_enrol_confirm(newcomer, true));
            assert_err(TANDEM_OK, tandem_enrol_confirm(inviter, true));
            until_both(&a, &b, inviter, newcomer, at[i]);
        }
        post_close(&a);
        post_close(&b);
        both[0] = inviter;
        both[1] = newcomer;
        for (int k = 0; k < 2; k++) {
            bool done = at[i] == TANDEM_ENROL_DONE;
            tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);

            assert_int_equal(done ? TANDEM_ENROL_DONE : TANDEM_ENROL_FAILED,
                tandem_enrol_status(both[k]));
            assert_err(done ? TANDEM_OK : TANDEM_ECUT,
                tandem_enrol_error(both[k], &e));
            assert_true(done || e.msg[0] != '\0');
            assert_int_equal(at[i] == TANDEM_ENROL_WAITING,
                tandem_enrol_digits(both[k]) == NULL);
            (void)tandem_enrol_peer(both[k]);
            (void)tandem_enrol_peer_name(both[k]);
            assert_err(TANDEM_EMISUSE, tandem_enrol_confirm(both[k], true));
            assert_err(TANDEM_EMISUSE, tandem_enrol_confirm(both[k], false));
        }
        assert_err(TANDEM_ECUT, tandem_enrol_error(other, NULL));
        tandem_enrol_free(newcomer);
        tandem_enrol_free(inviter);
        tandem_enrol_free(other);
        help_dir_free(&a.dir);
        help_dir_free(&b.dir);
    }
}

static void
test_enrol_calls_refuse_what_cannot_be(void **state)
{
    tandem_grant g = grant_of(TANDEM_RIGHT_ADMIN);
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_enrol *x;
    struct post a, b;
    char code[400];

    (void)state;
    post_found(&a, "Bureau");
    post_new(&b);
    assert_err(
        TANDEM_EWORKSPACE, tandem_invite_new(b.node, &g, "tcp://127.0.0.1:*",
                               NULL, code, sizeof(code), &x, &e));
    assert_err(TANDEM_EVALUE, tandem_invite_new(a.node, &g, "udp://x:1", NULL,
                                  code, sizeof(code), &x, &e));
    assert_err(TANDEM_EVALUE, tandem_invite_new(a.node, &g, "tcp://127.0.0.1:*",
                                  "nowhere", code, sizeof(code), &x, &e));
    assert_err(TANDEM_ELIMIT, tandem_invite_new(a.node, &g, "tcp://127.0.0.1:*",
                                  NULL, code, 20, &x, &e));
    assert_err(TANDEM_OK, tandem_invite_new(a.node, &g, "tcp://127.0.0.1:*",
                              "tcp://10.1.2.3:77", code, sizeof(code), &x, &e));
    {
        struct td_code c;

        assert_err(TANDEM_OK, td_code_read(code, &c, NULL));
        assert_string_equal("tcp://10.1.2.3:77", c.endpoint);
    }
    tandem_enrol_free(x);
    assert_err(TANDEM_EVALUE, tandem_join_new(b.node, "hello", "b", &x, &e));
    assert_err(TANDEM_EVALUE, tandem_join_new(b.node, code, "", &x, &e));
    assert_err(TANDEM_EEXIST, tandem_join_new(a.node, code, "b", &x, &e));
    post_free(&a);
    post_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enrol_brings_a_store_into_the_workspace),
        cmocka_unit_test(test_enrol_the_inviter_may_refuse),
        cmocka_unit_test(test_enrol_the_newcomer_may_refuse),
        cmocka_unit_test(
            test_enrol_a_no_of_the_newcomer_after_the_inviters_yes_ends_both),
        cmocka_unit_test(
            test_enrol_a_no_of_the_inviter_after_the_newcomers_yes_ends_both),
        cmocka_unit_test(
            test_enrol_an_unanswered_newcomer_stays_outside_until_the_code_ends),
        cmocka_unit_test(test_enrol_the_inviters_yes_may_come_first),
        cmocka_unit_test(
            test_enrol_a_second_newcomer_hears_that_the_code_is_used),
        cmocka_unit_test(
            test_enrol_a_newcomer_at_the_closing_door_hears_that_the_code_is_used),
        cmocka_unit_test(
            test_enrol_wrong_secret_is_named_on_both_sides_and_spends_the_code),
        cmocka_unit_test(test_enrol_with_another_server_key_is_not_answered),
        cmocka_unit_test(test_enrol_code_lives_ten_minutes),
        cmocka_unit_test(test_enrol_cut_after_the_welcome_may_be_done_again),
        cmocka_unit_test(test_enrol_first_exchange_has_the_time_it_needs),
        cmocka_unit_test(test_enrol_done_waits_quietly),
        cmocka_unit_test(test_enrol_outlives_its_node_and_has_failed),
        cmocka_unit_test(test_enrol_calls_refuse_what_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
