"""Holds: in every scope, each owned, none released by another's release, some with an end of their own."""

from typing import Any

import pytest
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    ACCOUNT,
    BACKING,
    CHAIN,
    CLIENT,
    CUSTODIAN,
    HOUSE_RULES,
    NOW,
    TREASURY,
    TSLA,
    WALLET,
    confirmed,
    confirmed_by,
    creation,
    details,
    house,
    instrument,
    issuance_of,
    later,
    message,
    ordered,
    proposed,
    published,
    received,
    redeemed,
    reference_of,
    requested,
    seen_final,
    tick,
)

from schemas.events import (
    BurnAuthorized,
    BurnFinalized,
    DeliveryInstructed,
    HoldEnded,
    HoldPlaced,
    HoldReleased,
    HouseRuleApplied,
    HouseRuleDecided,
    IssuanceCompleted,
    IssuanceFunded,
    LotMoved,
    LotReceived,
    MessageParked,
    MintAuthorized,
    MintRecallRequested,
    OrderRefused,
    OrderRepeated,
    ProposalConfirmed,
    ProposalMade,
    TickRecorded,
    TimeAdvanced,
    TokensReceived,
    WorkFinished,
)
from schemas.house import (
    AssignLot,
    PlaceHold,
    PlaceWideHold,
    ReleaseHold,
    ReleaseLot,
    ReleaseWideHold,
    Token,
)
from schemas.messages import Genesis
from schemas.scopes import Everything, OnChain, OnClient, OnCustodyAccount, OnLane, OnWallet, Scope
from workers.core.ledger.holds import covering
from workers.core.ledger.rules import wide_hold_id

HELD = PlaceHold(instrument=AAPL, text="the auditor asked", until=None)
NEXT = HOUSE_RULES + 1


def book(*more: Any, **changes: Any) -> Specification:
    return Specification().given(house(*more, **changes))


def wide(scope: Scope, *, until: str | None = None) -> PlaceWideHold:
    return PlaceWideHold(scope=scope, text="the auditor asked", until=until)


def released(hold: str) -> ReleaseHold:
    return ReleaseHold(instrument=AAPL, hold=hold)


# Holds on one instrument.


def test_one_operator_alone_stops_an_instrument_at_once() -> None:
    spec = book().given(requested("60")).when(proposed(HELD, of=AAPL))
    spec.then(
        like(ProposalMade, operator="alice"),
        like(HoldPlaced, instrument=AAPL, reason="operators", text="the auditor asked", until=None),
    )
    spec.given(confirmed("60", owner_id=reference_of())).never(MintAuthorized)


def test_an_instrument_is_held_before_anything_was_heard_of_it() -> None:
    book().when(proposed(HELD, of=AAPL)).then(like(ProposalMade), like(HoldPlaced))


def test_a_second_operators_word_adds_nothing_to_a_hold() -> None:
    spec = book().given(proposed(HELD, of=AAPL))
    spec.when(confirmed_by("bob", of=AAPL)).then(like(OrderRepeated))
    spec.when(confirmed_by("alice", of=AAPL)).then(like(OrderRefused, code="own_proposal"))


def test_whoever_places_a_hold_does_not_release_it_alone() -> None:
    spec = book().given(requested("60"), proposed(HELD, of=AAPL), confirmed("60", owner_id=reference_of()))
    release = released(spec.last(HoldPlaced).hold)
    spec.when(proposed(release, "o2", of=AAPL)).then(like(ProposalMade))
    spec.when(confirmed_by("alice", "o2", of=AAPL)).then(like(OrderRefused, code="own_proposal"))
    spec.when(confirmed_by("carol", "o2", of=AAPL)).then(
        like(ProposalConfirmed), like(HoldReleased, hold=release.hold), like(MintAuthorized, units="60")
    )


def test_two_holds_of_one_operator_are_two_holds() -> None:
    spec = book().given(requested("60"), proposed(HELD, "h1", of=AAPL), proposed(HELD, "h2", of=AAPL))
    spec.given(confirmed("60", owner_id=reference_of()))
    one, other = (each.hold for each in spec.all(HoldPlaced))
    spec.given(ordered(released(one), "o1", of=AAPL)).never(MintAuthorized)
    spec.given(ordered(released(other), "o2", of=AAPL))
    spec.then(like(ProposalConfirmed), like(HoldReleased, hold=other), like(MintAuthorized))


def test_the_same_order_again_places_no_second_hold() -> None:
    book().given(proposed(HELD, of=AAPL)).when(proposed(HELD, of=AAPL)).then(like(OrderRepeated))


def test_a_stranger_holds_nothing() -> None:
    spec = book().when(proposed(HELD, by="mallory", of=AAPL))
    spec.then(like(OrderRefused, code="operator_unknown"))


def test_an_instrument_that_is_none_is_not_held() -> None:
    order = PlaceHold(instrument="GHOST", text="", until=None)
    book().when(proposed(order, of="GHOST")).then(like(OrderRefused, code="instrument_unknown"))


@pytest.mark.parametrize("of", [None, TSLA])
def test_a_hold_under_another_key_than_its_instrument_is_refused(of: str | None) -> None:
    book().when(proposed(HELD, of=of)).then(like(OrderRefused, code="wrong_book", subject=AAPL))


@pytest.mark.parametrize("until", [NOW, later(-1)])
def test_a_hold_that_would_be_over_is_refused(until: str) -> None:
    order = PlaceHold(instrument=AAPL, text="", until=until)
    book().when(proposed(order, of=AAPL)).then(like(OrderRefused, code="hold_over", subject=until))


# Holds with an end of their own.


def test_a_hold_ends_by_itself_when_its_time_comes_and_what_waited_goes_on() -> None:
    order = PlaceHold(instrument=AAPL, text="until the close", until=later(60))
    spec = book().given(requested("60"), proposed(order, of=AAPL), confirmed("60", owner_id=reference_of()))
    assert spec.state.due_at() == later(60)
    spec.when(tick(later(59))).then(like(TickRecorded), like(TimeAdvanced))
    spec.when(tick(later(60))).then(
        like(TickRecorded),
        like(TimeAdvanced),
        like(HoldEnded, instrument=AAPL, hold=spec.last(HoldPlaced).hold),
        like(WorkFinished),
        like(MintAuthorized, units="60"),
    )


def test_a_hold_that_ends_leaves_the_others() -> None:
    order = PlaceHold(instrument=AAPL, text="", until=later(60))
    spec = book().given(requested("60"), proposed(HELD, "h1", of=AAPL), proposed(order, "h2", of=AAPL))
    spec.given(confirmed("60", owner_id=reference_of())).when(tick(later(60)))
    spec.then_among(like(HoldEnded)).never(MintAuthorized)
    assert len(spec.state.instruments[AAPL].holds) == 1


def test_a_hold_that_was_released_does_not_end_again() -> None:
    order = PlaceHold(instrument=AAPL, text="", until=later(60))
    spec = book().given(proposed(order, of=AAPL))
    spec.given(ordered(released(spec.last(HoldPlaced).hold), "o2", of=AAPL))
    spec.when(tick(later(60))).never(HoldEnded)


def test_no_more_holds_end_in_one_decision_than_policy_lets() -> None:
    order = PlaceHold(instrument=AAPL, text="", until=later(60))
    spec = book(events_per_decision_max=2).given(proposed(order, f"h{each}", of=AAPL) for each in range(3))
    spec.when(tick(later(60))).then_among(like(HoldEnded), like(HoldEnded))
    assert spec.state.due_at() == later(60)
    spec.when(tick(later(60))).then(like(TickRecorded), like(HoldEnded))


# Wider holds.


COVERS = [
    Everything(),
    OnChain(chain=CHAIN),
    OnClient(client=CLIENT),
    OnWallet(chain=CHAIN, address=WALLET),
    OnCustodyAccount(servicer=CUSTODIAN, account=BACKING),
]
COVERS_NOT = [
    OnChain(chain="other"),
    OnClient(client="client-2"),
    OnWallet(chain="other", address=WALLET),
    OnWallet(chain=CHAIN, address="0xother"),
    OnLane(source=CHAIN, destination="other"),
    OnCustodyAccount(servicer=CUSTODIAN, account=TREASURY),
    OnCustodyAccount(servicer="OTHERUS33", account=BACKING),
]


def test_a_wide_hold_is_numbered_by_book_zero_when_one_operator_orders_it() -> None:
    spec = Specification().given(message("genesis", Genesis(rule=creation())))
    rule = wide(Everything())
    spec.when(proposed(rule)).then(like(ProposalMade), like(HouseRuleDecided, number=2, rule=rule))
    release = ReleaseWideHold(hold=wide_hold_id(2))
    spec.when(proposed(release, "o2")).then(like(ProposalMade))
    spec.when(confirmed_by("bob", "o2")).then(
        like(ProposalConfirmed), like(HouseRuleDecided, number=3, rule=release)
    )
    spec.when(proposed(release, "o3")).then(like(OrderRefused, code="hold_unknown"))


def test_a_wide_hold_is_ordered_in_book_zero_only() -> None:
    spec = Specification(1).given(published(1, creation(2)))
    spec.when(proposed(wide(Everything()))).then(like(OrderRefused, code="wrong_book"))


@pytest.mark.parametrize("scope", COVERS, ids=lambda scope: scope.type)
def test_a_wide_hold_stops_what_it_covers_and_nothing_is_lost(scope: Scope) -> None:
    spec = book(wide(scope)).given(requested("60")).when(confirmed("60", owner_id=reference_of()))
    spec.never(MintAuthorized)
    spec.when(published(NEXT + 1, ReleaseWideHold(hold=wide_hold_id(NEXT)))).then(like(HouseRuleApplied))
    assert spec.state.due_at() == spec.state.time
    spec.when(tick(NOW)).then_among(like(MintAuthorized, units="60"))
    assert len(spec.all(IssuanceFunded)) == 1


@pytest.mark.parametrize("scope", COVERS_NOT, ids=lambda scope: scope.type)
def test_a_wide_hold_stops_nothing_else(scope: Scope) -> None:
    spec = book(wide(scope)).given(requested("60")).when(confirmed("60", owner_id=reference_of()))
    spec.then_among(like(LotReceived), like(LotMoved), like(MintAuthorized))


def test_a_hold_on_a_chain_leaves_the_instruments_other_chains() -> None:
    tokens = tuple(
        Token(chain=chain, token="AAPLx", decimals=18, account=ACCOUNT) for chain in (CHAIN, "other")
    )
    spec = book(wide(OnChain(chain="other")), terms=instrument(tokens=tokens))
    spec.given(requested("60")).when(confirmed("60", owner_id=reference_of()))
    spec.then_among(like(MintAuthorized, chain=CHAIN))


def test_a_wide_hold_that_goes_leaves_the_others() -> None:
    spec = book(wide(Everything()), wide(OnChain(chain=CHAIN)))
    spec.given(requested("60"), confirmed("60", owner_id=reference_of()))
    spec.given(published(NEXT + 2, ReleaseWideHold(hold=wide_hold_id(NEXT)))).when(tick(NOW))
    spec.then(like(TickRecorded), like(WorkFinished))
    assert list(covering(spec.state, AAPL, chain=CHAIN)) == [wide_hold_id(NEXT + 1)]


def test_a_wide_hold_ends_in_each_book_when_its_time_comes_there() -> None:
    spec = book(wide(Everything(), until=later(60)))
    spec.given(requested("60"), confirmed("60", owner_id=reference_of()))
    spec.when(tick(later(60))).then(
        like(TickRecorded),
        like(TimeAdvanced),
        like(HoldEnded, instrument=None, hold=wide_hold_id(NEXT)),
        like(WorkFinished),
        like(MintAuthorized),
    )
    release = ReleaseWideHold(hold=wide_hold_id(NEXT))
    spec.when(published(NEXT + 1, release)).then(like(HouseRuleApplied))


def test_a_lane_is_held_in_its_direction() -> None:
    state = book(wide(OnLane(source="a", destination="b"))).state
    assert covering(state, AAPL, lane=("a", "b"))
    assert not covering(state, AAPL, lane=("b", "a"))


# Holds on custody accounts.


ON_BACKING = wide(OnCustodyAccount(servicer=CUSTODIAN, account=BACKING))
ON_TREASURY = wide(OnCustodyAccount(servicer=CUSTODIAN, account=TREASURY))
FREED = ReleaseWideHold(hold=wide_hold_id(NEXT))


def test_shares_on_a_held_account_are_not_reserved_until_the_hold_goes() -> None:
    spec = book(ON_BACKING).given(requested("60")).when(confirmed("60", owner_id=reference_of()))
    spec.then(like(LotReceived, state="unassigned"))
    spec.given(published(NEXT + 1, FREED)).when(tick(NOW)).then(
        like(TickRecorded),
        like(WorkFinished),
        like(LotMoved, to_state="reserved", cause="settlement_reference"),
        like(IssuanceFunded),
        like(MintAuthorized, units="60"),
    )


def test_more_lots_than_one_decision_reserves_go_on_with_ticks() -> None:
    spec = book(ON_BACKING, events_per_decision_max=2).given(requested("60"))
    spec.given(confirmed("20", f"t{each}", reference_of()) for each in range(3))
    spec.given(published(NEXT + 1, FREED)).when(tick(NOW))
    assert spec.state.due_at() == spec.state.time
    spec.when(tick(NOW))
    spec.then_among(like(LotMoved), like(MintAuthorized), like(MintAuthorized))


def test_treasury_shares_on_a_held_account_are_not_drawn() -> None:
    spec = book(ON_TREASURY).given(confirmed("100", account=TREASURY))
    spec.when(requested("60", funding="treasury")).never(LotMoved, MintAuthorized)
    spec.given(published(NEXT + 1, FREED)).when(tick(NOW))
    spec.then_among(like(LotMoved, cause="treasury"), like(MintAuthorized, units="60"))


def test_treasury_is_drawn_around_a_held_account() -> None:
    spec = book().given(confirmed("30", "t1", account=TREASURY), confirmed("30", "t2"))
    order = AssignLot(instrument=AAPL, lot=spec.last(LotReceived).lot, issuance=None)
    spec.given(ordered(order, of=AAPL), published(NEXT, ON_TREASURY))
    spec.when(requested("30", funding="treasury"))
    spec.then_among(like(LotMoved, lot=order.lot), like(MintAuthorized, lots=(order.lot,)))


def reserved_on_two_accounts(partial: str) -> Specification:
    """An issuance of 100 with 60 on the backing account, and 40 on treasury's; everything is held."""
    spec = book(wide(OnChain(chain=CHAIN))).given(requested("100", partial=partial))
    spec.given(confirmed("60", "t1", reference_of()))
    spec.given(confirmed("40", "t2", reference_of(), account=TREASURY))
    return spec.given(published(NEXT + 1, ON_TREASURY), published(NEXT + 2, FREED))


def test_reserved_shares_on_a_held_account_are_not_minted_from() -> None:
    spec = reserved_on_two_accounts("parts").when(tick(NOW))
    spec.then_among(like(MintAuthorized, units="60"))
    spec.when(seen_final(spec.last(MintAuthorized))).never(IssuanceCompleted)
    release = ReleaseWideHold(hold=wide_hold_id(NEXT + 1))
    spec.given(published(NEXT + 3, release)).when(tick(NOW)).then_among(like(MintAuthorized, units="40"))


def test_who_waits_for_all_shares_is_given_none_while_some_are_held() -> None:
    reserved_on_two_accounts("wait").when(tick(NOW)).never(MintAuthorized)


def test_a_lot_on_a_held_account_is_assigned_to_no_issuance() -> None:
    spec = book(ON_BACKING).given(requested("60"), confirmed("60"))
    lot = spec.last(LotReceived).lot
    order = AssignLot(instrument=AAPL, lot=lot, issuance=issuance_of())
    spec.when(proposed(order, of=AAPL)).then(like(OrderRefused, code="lot_held", subject=lot))


def test_a_provisional_lot_on_a_held_account_is_released_and_not_reserved() -> None:
    spec = book(ON_BACKING).given(requested("60"))
    spec.given(confirmed("60", None, reference_of(), market_transaction_id="k1"))
    spec.given(confirmed("60", None, reference_of(), market_transaction_id="k1", message_id="m2"))
    order = ReleaseLot(instrument=AAPL, lot=spec.last(LotReceived).lot)
    spec.given(proposed(order, of=AAPL)).when(confirmed_by("bob", of=AAPL))
    spec.then(like(ProposalConfirmed), like(LotMoved, to_state="unassigned"))


# What is on its way, and what is redeemed.


@pytest.mark.parametrize("scope", COVERS, ids=lambda scope: scope.type)
def test_a_wide_hold_asks_back_what_is_on_its_way(scope: Scope) -> None:
    spec = book().given(requested("60"), confirmed("60", owner_id=reference_of()))
    mint = spec.last(MintAuthorized).mint
    spec.when(published(NEXT, wide(scope))).then(like(HouseRuleApplied))
    assert spec.state.due_at() == NOW
    spec.when(tick(NOW)).then(like(TickRecorded), like(MintRecallRequested, mint=mint, cause="hold"))
    assert spec.state.due_at() > NOW


@pytest.mark.parametrize("scope", COVERS_NOT, ids=lambda scope: scope.type)
def test_a_wide_hold_asks_nothing_else_back(scope: Scope) -> None:
    spec = book().given(requested("60"), confirmed("60", owner_id=reference_of()))
    spec.given(published(NEXT, wide(scope)))
    assert spec.state.due_at() > NOW
    spec.when(tick(NOW)).then(like(TickRecorded))


def redeeming(*more: Any) -> Specification:
    """Tokens of 60 shares are minted, and their client asks to have them delivered."""
    spec = Specification().given(house(details())).given(requested("60"))
    spec.given(confirmed("60", owner_id=reference_of()))
    spec.given(seen_final(spec.last(MintAuthorized)))
    for number, rule in enumerate(more):
        spec.given(published(HOUSE_RULES + 2 + number, rule))
    return spec.given(redeemed("60"))


@pytest.mark.parametrize("scope", COVERS[:4], ids=lambda scope: scope.type)
def test_a_wide_hold_stops_the_burn_of_what_was_received_until_it_goes(scope: Scope) -> None:
    spec = redeeming(wide(scope)).when(received("60"))
    spec.then_among(like(TokensReceived)).never(BurnAuthorized)
    assert spec.state.due_at() > NOW
    hold = wide_hold_id(HOUSE_RULES + 2)
    spec.given(published(HOUSE_RULES + 3, ReleaseWideHold(hold=hold)))
    while spec.state.due_at() == NOW:
        spec.when(tick(NOW))
    assert spec.last(BurnAuthorized).units == "60"


def test_a_hold_on_the_delivering_account_stops_the_instruction_and_not_the_burn() -> None:
    spec = redeeming(ON_BACKING).given(received("60"))
    spec.when(seen_final(spec.last(BurnAuthorized)))
    spec.then_among(like(BurnFinalized)).never(DeliveryInstructed)
    assert spec.state.due_at() > NOW
    hold = wide_hold_id(HOUSE_RULES + 2)
    spec.given(published(HOUSE_RULES + 3, ReleaseWideHold(hold=hold)))
    while spec.state.due_at() == NOW:
        spec.when(tick(NOW))
    assert spec.last(DeliveryInstructed).shares == "60"


def test_a_message_that_is_left_for_people_lets_nothing_go_on() -> None:
    spec = redeeming(wide(Everything())).given(received("60"))
    spec.given(published(HOUSE_RULES + 3, ReleaseWideHold(hold=wide_hold_id(HOUSE_RULES + 2))))
    spec.when(received("60", says="mallory")).then(like(MessageParked))
    spec.when(tick(NOW))
    spec.when(tick(NOW))
    assert spec.last(BurnAuthorized).units == "60"
