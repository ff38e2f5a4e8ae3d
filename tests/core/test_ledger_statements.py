"""Statements: pages become one statement, in any order, once, from who may send; and nothing else does."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    BACKING,
    CUSTODIAN,
    HOUSE_RULES,
    NOW,
    OTHER,
    TREASURY,
    TSLA,
    house,
    later,
    published,
)
from statement_words import stated

from schemas.events import (
    HouseRuleApplied,
    HouseRuleDecided,
    InformationRecorded,
    MessageParked,
    StatementForgotten,
    StatementPageDisputed,
    StatementPageKept,
    StatementPageRepeated,
    TimeAdvanced,
)
from schemas.statement import HoldingsStated
from workers.core.ledger import statements

YESTERDAY, TODAY = "2026-11-22", "2026-11-23"
ONE, TWO, THREE = (AAPL, "100"), (TSLA, "7.5"), (AAPL, "-3")


def book(**changes: int) -> Specification:
    return Specification().given(house(**changes))


def page(number: int, *balances: tuple[str, str], last: bool = False, **fields: Any) -> Any:
    return stated(TODAY, *balances, page=number, last_page=last, **fields)


def quantities(spec: Specification) -> list[str]:
    rule = spec.last(HouseRuleDecided).rule
    assert isinstance(rule, HoldingsStated)
    return [balance.quantity for balance in rule.balances]


# What is a statement.


def test_a_statement_of_one_page_is_a_fact_of_the_house() -> None:
    spec = book().when(stated(TODAY, ONE, TWO))
    spec.then(like(StatementPageKept, account=BACKING, page=1), like(HouseRuleDecided, number=1 + 1))
    assert quantities(spec) == ["100", "7.5"]
    rule = spec.last(HouseRuleDecided).rule
    assert (rule.servicer, rule.account, rule.as_of) == (CUSTODIAN, BACKING, TODAY)


def test_a_statement_without_a_line_says_that_the_account_is_empty() -> None:
    spec = book().when(stated(TODAY)).then_among(like(HouseRuleDecided))
    assert quantities(spec) == []


def test_pages_make_a_statement_in_any_order_of_arrival() -> None:
    spec = book().given(page(3, THREE, last=True), page(1, ONE)).never(HouseRuleDecided)
    spec.when(page(2, TWO)).then(like(StatementPageKept, page=2), like(HouseRuleDecided))
    assert quantities(spec) == ["100", "7.5", "-3"]


def test_a_set_without_its_last_page_is_not_believed() -> None:
    book().given(page(1, ONE), page(2, TWO)).never(HouseRuleDecided).holds_together()


@pytest.mark.parametrize(
    "other", [{"statement_id": "s2"}, {"account": TREASURY}, {"statement_id": None}], ids=str
)
def test_pages_of_another_statement_make_no_set_with_these(other: dict[str, Any]) -> None:
    spec = book().given(page(1, ONE)).when(page(2, TWO, last=True, **other))
    spec.then(like(StatementPageKept, page=2)).never(HouseRuleDecided)


def test_every_book_takes_the_last_statement_of_an_account() -> None:
    rule = book().when(stated(TODAY, ONE)).last(HouseRuleDecided).rule
    spec = book().when(published(HOUSE_RULES + 1, rule))
    spec.then(like(HouseRuleApplied, rule=rule))
    assert spec.state.rules.statements == {(CUSTODIAN, BACKING): rule}


# Whose word it is.


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"sender": "mallory"}, "sender_not_allowed"),
        ({"account": "NOBODY-1"}, "account_unknown"),
        ({"servicer": None}, "account_unknown"),
        ({"servicer": "IRVTUS3N"}, "account_unknown"),
        ({"of": AAPL}, "misrouted"),
        ({"page": statements.PAGES_MAX + 1}, "too_large"),
    ],
    ids=str,
)
def test_what_nobody_may_say_is_left_for_people(fields: dict[str, Any], code: str) -> None:
    book().when(stated(TODAY, ONE, **fields)).then(like(MessageParked, code=code))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"account": OTHER}, "account_not_backing"),
        ({"complete": False}, "delta_statement"),
        ({"basis": "traded"}, "basis_not_settled"),
        ({"basis": "contractual"}, "basis_not_settled"),
        ({"basis": None}, "basis_not_settled"),
    ],
    ids=str,
)
def test_what_is_no_evidence_is_information(fields: dict[str, Any], code: str) -> None:
    book().when(stated(TODAY, ONE, **fields)).then(like(InformationRecorded, code=code))


def test_another_book_takes_no_statement() -> None:
    rules = [said.body.rule for said in house() if said.type == "house_rule_published"]
    spec = Specification(1).given([published(number, rule) for number, rule in enumerate(rules, 1)])
    spec.when(stated(TODAY, ONE)).then(like(MessageParked, code="misrouted"))


def test_any_reader_may_have_read_it() -> None:
    book().when(stated(TODAY, ONE, reader="mt")).then_among(like(HouseRuleDecided))


def test_a_statement_with_more_balances_than_one_record_holds_is_left_for_people(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(statements, "BALANCES_MAX", 2)
    spec = book().given(page(1, ONE, TWO))
    spec.when(page(2, THREE, last=True)).then(like(MessageParked, code="too_large"))


# Told twice.


def test_a_page_told_twice_is_a_repeated_one() -> None:
    spec = book().given(page(1, ONE)).when(page(1, ONE))
    spec.then(like(StatementPageRepeated, page=1))
    spec.when(page(2, TWO, last=True)).then_among(like(HouseRuleDecided))


def test_a_whole_statement_told_twice_changes_nothing() -> None:
    spec = book().given(stated(TODAY, ONE)).when(stated(TODAY, ONE, at=later(60), sender="chase"))
    spec.then(like(TimeAdvanced), like(StatementPageRepeated, page=1))


def test_two_pages_of_one_number_that_differ_give_the_statement_up() -> None:
    spec = book().given(page(1, ONE)).when(page(1, TWO))
    spec.then(like(StatementPageDisputed, page=1, why="page_differs"))
    spec.when(page(2, TWO, last=True)).then(like(StatementPageDisputed, page=2, why="disputed_before"))
    spec.when(page(1, ONE)).then(like(StatementPageDisputed, page=1, why="disputed_before"))


def test_a_page_that_contradicts_a_whole_statement_is_recorded_and_not_believed() -> None:
    spec = book().given(stated(TODAY, ONE)).when(stated(TODAY, TWO))
    spec.then(like(StatementPageDisputed, page=1, why="page_differs"))
    assert spec.state.house.statements[CUSTODIAN, BACKING].balances[0].quantity == "100"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (page(2, ONE, last=True), page(3, TWO)),
        (page(3, ONE), page(2, TWO, last=True)),
        (page(2, ONE, last=True), page(3, TWO, last=True)),
    ],
)
def test_a_page_after_the_last_gives_the_statement_up(first: Any, second: Any) -> None:
    spec = book().given(first).when(second)
    spec.then(like(StatementPageDisputed, why="beyond_last_page"))
    spec.when(page(1, ONE)).then(like(StatementPageDisputed, why="disputed_before"))


def test_a_page_after_the_last_of_a_whole_statement_changes_nothing() -> None:
    spec = book().given(stated(TODAY, ONE)).when(page(2, TWO))
    spec.then(like(StatementPageDisputed, page=2, why="beyond_last_page"))


# Which one counts.


def test_an_older_statement_changes_nothing() -> None:
    spec = book().given(stated(TODAY, ONE))
    spec.when(stated(YESTERDAY, TWO, statement_id="s0"))
    spec.then(like(InformationRecorded, code="statement_outdated"))


def test_another_statement_of_the_same_moment_replaces_the_first() -> None:
    spec = book().given(stated(TODAY, ONE)).when(stated(TODAY, TWO, statement_id="s2"))
    spec.then(like(StatementPageKept), like(HouseRuleDecided))
    assert spec.state.house.statements[CUSTODIAN, BACKING].statement_id == "s2"


def test_pages_that_a_newer_statement_overtook_are_forgotten() -> None:
    spec = book().given(stated(YESTERDAY, TWO, statement_id="s0", last_page=False))
    spec.given(stated(YESTERDAY, TWO, statement_id="t0", account=TREASURY, last_page=False))
    spec.when(stated(TODAY, ONE)).then(
        like(StatementPageKept),
        like(HouseRuleDecided),
        like(StatementForgotten, account=BACKING, pages=1, why="superseded"),
    )
    assert [each.place[1] for each in spec.state.page_sets.values()] == [TREASURY]


def test_of_too_many_statements_that_are_not_whole_the_first_is_forgotten() -> None:
    spec = book().given(page(1, ONE, statement_id="s0", account=TREASURY))
    for number in range(statements.OPEN_SETS_MAX):
        spec.given(page(1, ONE, statement_id=f"s{number}"))
    first = spec.all(StatementPageKept)[1].statement
    spec.when(page(1, ONE, statement_id="one more"))
    spec.then(like(StatementForgotten, statement=first, why="too_many"), like(StatementPageKept))
    assert len(spec.state.page_sets) == statements.OPEN_SETS_MAX + 1


def test_a_statement_from_far_ahead_is_left_for_people() -> None:
    spec = book(largest_time_jump_seconds=3_600)
    spec.when(stated(later(3_601), ONE)).then(like(MessageParked, code="ahead_of_time"))
    spec.when(stated("9999-12-31", ONE)).then(like(MessageParked, code="ahead_of_time"))


def test_nobody_can_state_what_is_to_come() -> None:
    spec = book().when(stated(later(600), ONE))
    spec.then(like(StatementPageKept, as_of=later(600), counts_from=NOW), like(HouseRuleDecided))


@pytest.mark.parametrize(
    ("as_of", "counts_from"),
    [
        ("2026-11-23", "2026-11-23T00:00:00.000000Z"),
        ("2026-11-23T08:30:59.999999999Z", "2026-11-23T08:30:59.000000Z"),
        ("2026-11-23T08:30:00", "2026-11-23T00:00:00.000000Z"),
        ("2026-11-23T08:30:00+02:00", "2026-11-23T06:30:00.000000Z"),
        ("2026-11-22T20:30:00-05:00", "2026-11-23T01:30:00.000000Z"),
        ("1969-12-31", "1970-01-01T00:00:00.000000Z"),
        ("0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00.000000Z"),
    ],
)
def test_a_moment_is_counted_from_its_older_reading(as_of: str, counts_from: str) -> None:
    book().when(stated(as_of, ONE)).then_among(like(StatementPageKept, counts_from=counts_from))


# Whatever the order.


@settings(deadline=None, max_examples=60)
@given(st.permutations(range(1, 5)), st.lists(st.integers(1, 4), max_size=4), st.integers(1, 4) | st.none())
def test_in_any_order_and_told_as_often_as_you_like_all_pages_are_the_statement(
    order: list[int], again: list[int], missing: int | None
) -> None:
    told = [*order, *again]
    spec = book()
    for number in told:
        if number != missing:
            spec.when(page(number, (AAPL, str(number)), last=number == 4))
    if missing is None:
        assert quantities(spec) == ["1", "2", "3", "4"]
    assert len(spec.all(HouseRuleDecided)) == (1 if missing else 2)
    assert not spec.all(StatementPageDisputed)
    spec.holds_together()


PAGES = st.tuples(st.integers(0, 11), st.integers(1, 3), st.booleans(), st.integers(0, 2), st.integers(0, 1))


@settings(deadline=None, max_examples=60)
@given(st.lists(PAGES, max_size=25))
def test_whatever_pages_are_said_what_is_kept_is_bounded_and_what_is_believed_is_whole(
    said: list[tuple[int, int, bool, int, int]],
) -> None:
    spec, kept = book(), defaultdict[str, dict[int, bool]](dict)
    counted = NOW
    for statement, number, last, minutes, content in said:
        line, terms = (AAPL, str(content)), {"page": number, "last_page": last, "at": later(180)}
        spec.when(stated(later(minutes * 60), line, statement_id=str(statement), **terms))
        for event in spec.records[-1]:
            if isinstance(event, StatementPageKept):
                kept[event.statement][event.page] = event.last_page
            elif isinstance(event, StatementForgotten):
                assert len(kept.pop(event.statement)) == event.pages
            elif isinstance(event, HouseRuleDecided):
                assert isinstance(event.rule, HoldingsStated)
                pages = kept.pop(event.rule.statement)
                assert sorted(pages) == list(range(1, len(event.rule.balances) + 1))
                assert [number for number, is_last in pages.items() if is_last] == [len(pages)]
                assert event.rule.counts_from >= counted
                counted = event.rule.counts_from
        assert len(spec.state.page_sets) <= statements.OPEN_SETS_MAX
    spec.holds_together()
