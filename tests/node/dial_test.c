// SPDX-License-Identifier: Apache-2.0
// dial_test.c - coming back after a cut: how long before each try, and when
// there is none any more. Clock and chance are the test's; nothing is dialled.
#include "support/store_help.h"

#include "node/talk.h"

// ------------------------------------------------------------------ the pause

// Every pause of the span as likely as any other: dice one after another meet
// each once. @return the longest.
static uint64_t
span(unsigned tries)
{
    static uint8_t met[TD_TALK_BACKOFF_MAX_MS + 2];
    uint64_t longest = 0, count = 0;
    uint32_t dice = 0;

    memset(met, 0, sizeof(met));
    for (;; dice++) {
        const uint64_t pause = td_dial_pause(tries, dice);

        assert_in_range(pause, 1, TD_TALK_BACKOFF_MAX_MS);
        if (met[pause] != 0) {
            break;
        }
        met[pause] = 1;
        count++;
        longest = pause > longest ? pause : longest;
    }
    assert_int_equal(longest, count); // none between was left out
    assert_in_range(td_dial_pause(tries, UINT32_MAX), 1, longest);
    return longest;
}

static void
test_pause_is_any_of_a_span_that_doubles_up_to_a_cap(void **state)
{
    uint64_t want = TD_TALK_BACKOFF_MS;

    (void)state;
    for (unsigned tries = 0; tries < 12; tries++) {
        assert_int_equal(want, span(tries));
        want = want * 2 < TD_TALK_BACKOFF_MAX_MS ? want * 2
                                                 : TD_TALK_BACKOFF_MAX_MS;
    }
    assert_int_equal(TD_TALK_BACKOFF_MAX_MS, span(64)); // no shift beyond 63
    assert_int_equal(TD_TALK_BACKOFF_MAX_MS, span(UINT32_MAX));
}

// ------------------------------------------------------------------ the tries

// A node that has a clock and dice, and a talk of it that was cut.
struct stage {
    struct tandem_node node;
    struct td_talk talk;
    uint64_t now_ms;
    uint32_t dice;
    size_t thrown;
    bool no_dice;
};

static uint64_t
stage_mono(void *ctx)
{
    const struct stage *s = ctx;

    return s->now_ms;
}

static tandem_err
stage_random(void *ctx, uint8_t *out, size_t n)
{
    struct stage *s = ctx;

    if (s->no_dice) {
        return TANDEM_EIO;
    }
    assert_int_equal(4, n);
    td_put_be32(out, s->dice);
    s->thrown++;
    return TANDEM_OK;
}

static void
stage_init(struct stage *s)
{
    memset(s, 0, sizeof(*s));
    s->now_ms = 1000000;
    s->node.sys.ctx = s;
    s->node.sys.mono_ms = stage_mono;
    s->node.sys.random = stage_random;
    s->node.idle_timeout_ms = 60000;
    s->talk.node = &s->node;
    s->talk.state = TD_TALK_ENDING;
    s->talk.heard_ms = s->now_ms;
}

// The talk is cut (again), with so many commits received in all.
static void
cut(struct stage *s, uint64_t received)
{
    s->talk.before.commits_received = received;
    td_dial_again(&s->talk);
}

// It waits for what the dice say, of the span before try `tries` + 1.
static void
assert_waits(struct stage *s, unsigned tries)
{
    const uint64_t pause = td_dial_pause(tries, s->dice);

    assert_int_equal(TD_TALK_BACKOFF, s->talk.state);
    assert_int_equal(s->now_ms + pause, s->talk.deadline_ms);
    assert_int_equal(s->talk.deadline_ms, td_talk_due(&s->talk));
}

static void
assert_given_up(struct stage *s)
{
    assert_int_equal(TD_TALK_OVER, s->talk.state);
    assert_true(s->talk.say_over);
    assert_int_equal(TANDEM_SESSION_FAILED, s->talk.report.state);
    assert_int_equal(TANDEM_ECUT, s->talk.report.error.code);
}

static void
test_dial_waits_longer_each_time_and_gives_up(void **state)
{
    struct stage s;

    (void)state;
    stage_init(&s);
    for (unsigned tries = 0; tries < TD_TALK_TRIES; tries++) {
        s.dice = 0x9e3779b9u * (tries + 1);
        cut(&s, 0);
        assert_waits(&s, tries);
        assert_int_equal(tries + 1, s.thrown);
        s.now_ms = s.talk.deadline_ms;
    }
    cut(&s, 0);
    assert_given_up(&s);
}

static void
test_dial_begins_with_short_pauses_again_once_something_came(void **state)
{
    struct stage s;

    (void)state;
    stage_init(&s);
    s.dice = 12345;
    for (unsigned round = 0; round < 5; round++) {
        cut(&s, 10 * (round + 1)); // more than at the last cut
        assert_waits(&s, 0);
        cut(&s, 10 * (round + 1)); // nothing since
        assert_waits(&s, 1);
        cut(&s, 10 * (round + 1));
        assert_waits(&s, 2);
    }
    cut(&s, 50);
    assert_waits(&s, 3);
    cut(&s, 50);
    assert_given_up(&s);
}

static void
test_dial_does_not_come_back_to_who_was_not_heard_for_long(void **state)
{
    struct stage s;

    (void)state;
    stage_init(&s);
    s.now_ms = s.talk.heard_ms + s.node.idle_timeout_ms - 1;
    cut(&s, 0);
    assert_waits(&s, 0);
    s.now_ms++;
    cut(&s, 1); // whatever came before
    assert_given_up(&s);
}

static void
test_dial_without_chance_or_awake_does_not_wait_for_a_time(void **state)
{
    struct stage s;

    (void)state;
    stage_init(&s);
    s.node.asleep = true;
    cut(&s, 0);
    assert_int_equal(TD_TALK_BACKOFF, s.talk.state);
    assert_true(s.talk.deadline_ms == UINT64_MAX); // until it is resumed
    assert_int_equal(0, s.talk.tries);
    assert_int_equal(0, s.thrown);
    s.node.asleep = false;
    s.no_dice = true;
    cut(&s, 0);
    assert_given_up(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pause_is_any_of_a_span_that_doubles_up_to_a_cap),
        cmocka_unit_test(test_dial_waits_longer_each_time_and_gives_up),
        cmocka_unit_test(
            test_dial_begins_with_short_pauses_again_once_something_came),
        cmocka_unit_test(
            test_dial_does_not_come_back_to_who_was_not_heard_for_long),
        cmocka_unit_test(
            test_dial_without_chance_or_awake_does_not_wait_for_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
