"""The age rule of collateral: what waits for a statement, what lets it go on, and what is published of it."""

from typing import Any

from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    BACKING,
    CUSTODIAN,
    HOUSE_RULES,
    NOW,
    SENDER,
    TREASURY,
    confirmed,
    house,
    instrument,
    later,
    published,
    reference_of,
    requested,
    tick,
)
from statement_words import stated

from schemas.collateral import CollateralRules, CustodyPlace
from schemas.events import (
    HouseRuleApplied,
    HouseRuleDecided,
    IssuanceFunded,
    IssuanceWaits,
    MintAuthorized,
    TickRecorded,
    TimeAdvanced,
    WorkFinished,
)
from schemas.events.limits import StaleStatement
from schemas.house import RegisterCustodyAccount, SetCollateralRules
from workers.core.ledger import published as figures

HOUR, DAY = 3_600, 86_400
PLACES = ((CUSTODIAN, BACKING), (CUSTODIAN, TREASURY))


def rules(age_max: int | None = HOUR, *places: tuple[str, str], ratio: str = "1") -> SetCollateralRules:
    eligible = tuple(
        CustodyPlace(servicer=servicer, account=account) for servicer, account in places or PLACES
    )
    found = CollateralRules(
        eligible=eligible, ratio_min=ratio, custodian_share_max=None, statement_age_seconds_max=age_max
    )
    return SetCollateralRules(instrument=AAPL, rules=found)


class Book(Specification):
    """A book whose statements are relayed to it as soon as they are whole, as book 0's owner does."""

    rules_published = HOUSE_RULES

    def publish(self, rule: Any, at: str = NOW) -> "Book":
        self.rules_published += 1
        self.when(published(self.rules_published, rule, at=at))
        return self

    def hear(self, as_of: str, *, at: str = NOW, **fields: Any) -> "Book":
        self.when(stated(as_of, (AAPL, "100"), at=at, statement_id=as_of, **fields))
        return self.publish(self.last(HouseRuleDecided).rule, at)


def book(rule: SetCollateralRules | None = None) -> Book:
    found = Book()
    found.given(house(terms=instrument()))
    return found.publish(rule or rules())


def funded(spec: Book, shares: str = "100", request: str = "r1", at: str = NOW, **fields: Any) -> Book:
    spec.given(requested(shares, request, at=at))
    spec.when(confirmed(shares, request, reference_of(request), at=at, **fields))
    return spec


def waits(account: str, as_of: str | None, age: int | None, age_max: int = HOUR) -> Any:
    stale = StaleStatement(
        servicer=CUSTODIAN, account=account, as_of=as_of, age_seconds=age, age_seconds_max=age_max
    )
    return like(IssuanceWaits, why="statement_age", needed=None, available=None, statement=stale)


# What waits.


def test_without_the_rule_no_statement_is_asked_for() -> None:
    funded(book(rules(None))).then_among(like(MintAuthorized))


def test_an_account_of_which_no_statement_came_lets_nothing_be_minted() -> None:
    funded(book()).then_among(like(IssuanceFunded), waits(BACKING, None, None)).never(MintAuthorized)


def test_a_statement_is_young_enough_to_the_second() -> None:
    funded(book().hear(NOW), at=later(HOUR)).then_among(like(MintAuthorized))
    spec = funded(book().hear(NOW), at=later(HOUR + 1))
    spec.then_among(waits(BACKING, NOW, HOUR + 1)).never(MintAuthorized)


def test_a_date_is_as_old_as_its_first_second() -> None:
    spec = book(rules(9 * HOUR)).hear("2026-11-23")
    funded(spec).then_among(like(MintAuthorized))
    funded(spec, "5", "r2", at=later(1))
    spec.then_among(waits(BACKING, "2026-11-23", 9 * HOUR + 1, 9 * HOUR))


def test_a_statement_from_ahead_is_as_old_as_its_receipt() -> None:
    spec = book().hear(later(DAY))
    funded(spec, at=later(HOUR + 1)).then_among(waits(BACKING, later(DAY), HOUR + 1))


def test_pages_count_from_the_receipt_of_the_first() -> None:
    spec = book()
    spec.given(stated(later(DAY), page=1, last_page=False))
    spec.given(stated(later(DAY), page=2, at=later(HOUR)))
    spec.publish(spec.last(HouseRuleDecided).rule, later(HOUR))
    funded(spec, at=later(HOUR + 1)).then_among(waits(BACKING, later(DAY), HOUR + 1))


def test_only_accounts_that_hold_some_of_the_collateral_need_a_statement() -> None:
    spec = funded(book().hear(NOW))
    spec.then_among(like(MintAuthorized))
    spec.given(confirmed("1", "t9", account=TREASURY))
    funded(spec, "5", "r2").then_among(waits(TREASURY, None, None))


def test_an_account_that_is_not_eligible_needs_none() -> None:
    spec = book(rules(HOUR, (CUSTODIAN, BACKING))).hear(NOW)
    spec.given(confirmed("1", "t9", account=TREASURY))
    funded(spec).then_among(like(MintAuthorized))


def test_a_statement_that_is_no_evidence_helps_nothing() -> None:
    spec = book().given(stated(NOW, basis="traded"), stated(NOW, complete=False, statement_id="s2"))
    spec.given(stated(NOW, sender="mallory"), stated(NOW, last_page=False))
    funded(spec).then_among(waits(BACKING, None, None)).never(MintAuthorized)
    assert spec.all(HouseRuleDecided)[-1].number == 1


def test_the_ratio_is_asked_first() -> None:
    spec = funded(book(rules(ratio="1.05")))
    spec.then_among(
        like(IssuanceWaits, why="collateral_ratio", needed="105", available="100", statement=None)
    )


# What goes on.


def test_a_fresh_statement_lets_a_tick_go_on() -> None:
    spec = funded(book()).hear(NOW)
    spec.then(like(HouseRuleApplied))
    spec.when(tick(NOW)).then(like(TickRecorded), like(WorkFinished), like(MintAuthorized))


def test_a_statement_that_is_old_as_well_leaves_it_waiting_and_says_so_once() -> None:
    spec = funded(book(), at=later(DAY))
    spec.hear(NOW, at=later(DAY))
    spec.when(tick(later(DAY))).then(like(TickRecorded), like(WorkFinished))
    spec.hear(later(DAY), at=later(DAY + 60))
    spec.when(tick(later(DAY + 60))).then_among(like(MintAuthorized))


def test_a_statement_of_another_account_wakes_nothing_that_does_not_ask_for_it() -> None:
    other = RegisterCustodyAccount(
        servicer=CUSTODIAN, account="BACKING-2", purpose="backing", feed="iso20022", senders=(SENDER,)
    )
    spec = funded(book().publish(other)).hear(NOW, account="BACKING-2")
    spec.when(tick(NOW)).then(like(TickRecorded))


def test_an_issuance_that_waits_for_a_statement_stays_funded_while_its_days_pass() -> None:
    spec = funded(book())
    for days in range(1, 8):
        spec.when(tick(later(days * DAY))).then(like(TickRecorded), like(TimeAdvanced))
    spec.hear(later(7 * DAY), at=later(7 * DAY))
    spec.when(tick(later(7 * DAY))).then_among(like(MintAuthorized))


def test_the_rule_lifted_lets_a_tick_go_on() -> None:
    spec = funded(book()).publish(rules(None))
    spec.when(tick(NOW)).then_among(like(MintAuthorized))


def test_a_mint_that_was_authorized_stays_so_when_its_statement_grows_old() -> None:
    spec = funded(book().hear(NOW))
    spec.when(tick(later(DAY))).then(like(TickRecorded), like(TimeAdvanced))
    assert len(spec.state.book_of(AAPL).mints) == 1


# What is published.


def test_venues_see_of_when_the_evidence_is() -> None:
    spec = book().hear("2026-11-23")
    assert figures.published(spec.state, AAPL).evidence == {
        (CUSTODIAN, BACKING): "2026-11-23",
        (CUSTODIAN, TREASURY): None,
    }


def test_without_collateral_rules_there_is_no_evidence_to_publish() -> None:
    spec = Specification().given(house())
    assert figures.published(spec.state, AAPL).evidence == {}
