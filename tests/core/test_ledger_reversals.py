"""Reversals, withdrawn confirmations and deliveries: what takes shares away, and what fills the gap."""

import pytest
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    TREASURY,
    confirmed,
    house,
    instrument,
    issuance_of,
    later,
    ordered,
    reference_of,
    requested,
    seen_closed,
    seen_final,
    tick,
    undone,
)

from schemas.events import (
    ConfirmationRepeated,
    DeficitChanged,
    DeficitClosed,
    DeficitOpened,
    DeliveryConfirmed,
    HoldPlaced,
    HoldReleased,
    InformationRecorded,
    IssuanceCompleted,
    IssuanceExpired,
    IssuanceFunded,
    IssuanceUnfunded,
    LotMoved,
    LotReceived,
    LotSplit,
    MessageParked,
    MessageSetAside,
    MintAuthorized,
    MintFailed,
    MintFinalized,
    MintRecallRequested,
    MovementAccepted,
    MovementDismissed,
    MovementUndone,
    MovementWaits,
    OrderRefused,
    SharesCovered,
    SharesReturned,
    SharesTaken,
    TakingPostponed,
    TickRecorded,
)
from schemas.house import (
    AcceptMovement,
    AssignLot,
    CoverShortfall,
    DismissMovement,
    ReleaseHold,
    ReleaseLot,
)

ONE = 10**18
KINDS = ["settlement_reversed", "confirmation_withdrawn"]


def book(**terms: str) -> Specification:
    return Specification().given(house(terms=instrument(**terms) if terms else None))


def minted(shares: str = "60", *, final: bool = True) -> Specification:
    """An issuance whose shares settled and whose mint is final, or still on its way."""
    spec = book().given(requested(shares), confirmed(shares, owner_id=reference_of()))
    return spec.given(seen_final(mint_of(spec))) if final else spec


def mint_of(spec: Specification) -> MintAuthorized:
    mint: MintAuthorized = spec.last(MintAuthorized)
    return mint


def deficit(spec: Specification) -> int:
    return spec.state.instruments[AAPL].deficit // ONE


# Before the mint.


@pytest.mark.parametrize("kind", KINDS)
def test_an_unassigned_lot_is_taken_away_whole(kind: str) -> None:
    spec = book().given(confirmed("60"))
    lot = spec.last(LotReceived).lot
    spec.when(undone("60", type_said=kind)).then(
        like(MovementUndone, undone=lot, how=kind.rpartition("_")[2], movement="receive", shares="60"),
        like(SharesTaken, lot=lot, state="unassigned", shares="60"),
    )
    assert spec.state.instruments[AAPL].lots == {}


def test_a_reserved_lot_is_taken_from_its_issuance_which_is_funded_no_more() -> None:
    spec = book().given(requested("100"), confirmed("60", owner_id=reference_of()))
    spec.when(undone("60", owner_id=reference_of())).then(
        like(MovementUndone), like(SharesTaken, state="reserved", shares="60")
    )
    assert spec.state.instruments[AAPL].issuances[issuance_of()].missing == 100 * ONE


def test_a_funded_issuance_that_loses_its_shares_can_expire_again() -> None:
    spec = book().given(confirmed("1", "x", movement="deliver"))  # a hold: nothing is minted
    spec.given(requested("60"), confirmed("60", owner_id=reference_of())).then_among(like(IssuanceFunded))
    spec.when(undone("60", owner_id=reference_of()))
    spec.then(like(MovementUndone), like(SharesTaken, state="reserved"), like(IssuanceUnfunded))
    spec.when(tick(later(6 * 86_400))).then_among(like(TickRecorded, accepted=False))
    spec.given(tick(later(day * 86_400)) for day in range(1, 6)).then_among(like(IssuanceExpired))


def test_every_part_of_a_lot_that_was_split_is_taken() -> None:
    spec = book().given(requested("40", partial="wait"), confirmed("1", "x", movement="deliver"))
    spec.given(confirmed("100", owner_id=reference_of())).then_among(like(LotSplit))
    spec.when(undone("100", owner_id=reference_of())).then_among(
        like(SharesTaken, state="reserved", shares="40"), like(SharesTaken, state="unassigned", shares="60")
    )
    spec.never(DeficitOpened)


def test_a_provisional_lot_is_taken_away() -> None:
    spec = book().given(confirmed("60", None))
    spec.given(undone("60", None)).then_among(like(MovementWaits, why="no_reference"))
    spec = book().given(confirmed("60", None))
    spec.when(undone("60", None, previous_confirmation_id="m1"))
    spec.then(like(MovementUndone), like(SharesTaken, state="provisional"))


def test_a_reversal_names_its_confirmation_before_any_reference() -> None:
    spec = book().given(confirmed("60", "t1", message_id="m1"), confirmed("60", "t2", message_id="m2"))
    first = spec.all(LotReceived)[0].lot
    spec.when(undone("60", "t2", previous_confirmation_id="m1")).then_among(
        like(MovementUndone, undone=first)
    )


def test_a_reversal_of_one_partial_takes_that_one() -> None:
    spec = book().given(
        confirmed("30", remaining="30", message_id="m1"),
        confirmed("30", previously_settled="30", message_id="m2"),
    )
    second = spec.last(LotReceived).lot
    spec.when(undone("30", previously_settled="30")).then_among(like(MovementUndone, undone=second))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_reversal_told_twice_takes_shares_once(kind: str) -> None:
    spec = book().given(confirmed("60"), undone("60", type_said=kind))
    first = spec.last(MovementUndone).undoing
    spec.when(undone("60", type_said=kind)).then(like(ConfirmationRepeated, first=first))
    flagged = undone("60", type_said=kind, message_id="r2", possible_duplicate=True)
    spec.when(flagged).then(like(ConfirmationRepeated, first=first))


# During and after the mint.


def test_a_reversal_during_the_mint_opens_a_deficit_and_the_lot_does_not_come_back() -> None:
    spec = minted(final=False)
    mint = mint_of(spec)
    spec.when(undone("60", owner_id=reference_of())).then(
        like(MovementUndone),
        like(SharesTaken, state="pool", mint=mint.mint, lot=mint.lots[0], shares="60"),
        like(DeficitOpened, shares="60", cure_shares="60", cure_units="60"),
        like(HoldPlaced, reason="deficit"),
        like(MintRecallRequested, mint=mint.mint, cause="hold"),
    )
    spec.when(seen_closed(mint)).then_among(like(MintFailed), like(DeficitClosed), like(HoldReleased))
    assert spec.state.instruments[AAPL].lots == {}
    assert spec.state.instruments[AAPL].pool == 0
    assert spec.state.instruments[AAPL].issuances[issuance_of()].missing == 60 * ONE


def test_a_reversal_during_the_mint_leaves_a_deficit_when_the_mint_becomes_final() -> None:
    spec = minted(final=False).given(undone("60", owner_id=reference_of()))
    spec.when(seen_final(mint_of(spec))).then(like(MintFinalized), like(IssuanceCompleted))
    assert deficit(spec) == 60


def test_a_reversal_after_the_mint_takes_unassigned_then_free_then_pool() -> None:
    spec = minted()
    spec.given(confirmed("10", "t2", message_id="m2"))
    spec.given(confirmed("20", "t3", message_id="m3", account=TREASURY))
    spec.when(undone("60", owner_id=reference_of())).then(
        like(MovementUndone),
        like(SharesTaken, state="unassigned", shares="10"),
        like(SharesTaken, state="free", shares="20"),
        like(SharesTaken, state="pool", shares="30", reference=reference_of()),
        like(DeficitOpened, shares="30"),
        like(HoldPlaced, reason="deficit"),
    )


def test_the_cure_in_units_is_rounded_up_and_at_the_multiplier() -> None:
    spec = book(multiplier="3").given(requested("60"), confirmed("60", owner_id=reference_of()))
    spec.given(seen_final(mint_of(spec))).when(undone("60", owner_id=reference_of()))
    spec.then_among(like(DeficitOpened, shares="60", cure_shares="60", cure_units="20"))


def test_what_is_not_there_at_all_is_owed() -> None:
    spec = (
        book()
        .when(confirmed("7", movement="deliver"))
        .then(
            like(DeliveryConfirmed, shares="7", instructed=None),
            like(SharesTaken, state="owed", shares="7"),
            like(HoldPlaced, reason="delivery_not_instructed"),
        )
    )
    assert spec.state.instruments[AAPL].owed == 7 * ONE


def test_a_deficits_hold_is_released_by_nobody() -> None:
    spec = minted().given(undone("60", owner_id=reference_of()))
    order = ReleaseHold(instrument=AAPL, hold=spec.last(HoldPlaced).hold)
    spec.given(ordered(order, of=AAPL)).when(requested("1", "r9")).never(MintAuthorized)
    assert spec.all(OrderRefused)[-2].code == "hold_not_operators"


# Resettlement and covering.


def test_the_resettlement_waits_for_operators_and_then_fills_the_pool() -> None:
    spec = minted().given(undone("60", owner_id=reference_of()))
    spec.when(confirmed("60", owner_id=reference_of(), message_id="m9")).then(
        like(LotReceived, state="provisional", why="after_reversal")
    )
    assert deficit(spec) == 60
    release = ordered(ReleaseLot(instrument=AAPL, lot=spec.last(LotReceived).lot), of=AAPL)
    spec.given(release).then_among(
        like(LotMoved, cause="release"),
        like(SharesCovered, cause="resettlement", pool="60", owed="0"),
        like(DeficitClosed),
        like(HoldReleased),
    )


def test_a_resettlement_under_another_transaction_fills_as_much_as_is_missing() -> None:
    spec = minted().given(undone("60", owner_id=reference_of()))
    spec.when(confirmed("25", "t8", reference_of(), message_id="m8")).then(
        like(LotReceived, state="unassigned"),
        like(SharesCovered, pool="25"),
        like(DeficitChanged, shares="35"),
    )
    spec.when(confirmed("50", "t9", reference_of(), message_id="m9")).then(
        like(LotReceived),
        like(LotSplit),
        like(SharesCovered, pool="35"),
        like(DeficitClosed),
        like(HoldReleased),
    )
    assert sum(lot.shares for lot in spec.state.instruments[AAPL].lots.values()) == 15 * ONE


def test_the_same_message_after_its_reversal_is_the_old_one_told_again() -> None:
    spec = minted().given(undone("60", owner_id=reference_of()))
    spec.when(confirmed("60", owner_id=reference_of())).then(like(ConfirmationRepeated))


def test_a_flag_after_a_reversal_proves_nothing() -> None:
    spec = book().given(confirmed("60"), undone("60"))
    spec.when(confirmed("60", message_id="m2", possible_duplicate=True)).then(
        like(LotReceived, state="provisional", why="after_reversal")
    )


def test_operators_cover_the_pool_and_then_what_is_owed_from_free_lots() -> None:
    spec = minted().given(confirmed("100", "x", movement="deliver", message_id="d1"))
    assert (deficit(spec), spec.state.instruments[AAPL].owed) == (60, 40 * ONE)
    spec.given(confirmed("130", "t2", message_id="m2", account=TREASURY))
    lot = spec.last(LotReceived).lot
    spec.given(ordered(CoverShortfall(instrument=AAPL, lot=lot), of=AAPL)).then_among(
        like(LotSplit), like(SharesCovered, cause="order", pool="60", owed="40"), like(DeficitClosed)
    )
    assert spec.state.instruments[AAPL].free_total == 30 * ONE


def test_nothing_is_covered_where_nothing_is_short_or_the_lot_is_not_free() -> None:
    spec = book().given(confirmed("5", account=TREASURY), confirmed("5", "t2", message_id="m2"))
    free, unassigned = (each.lot for each in spec.all(LotReceived))
    for lot, code in ((free, "nothing_is_short"), (unassigned, "lot_not_free"), ("e" * 64, "lot_unknown")):
        spec.given(ordered(CoverShortfall(instrument=AAPL, lot=lot), f"o{code}", of=AAPL))
        assert spec.all(OrderRefused)[-2].code == code


def test_an_issuance_goes_on_when_the_deficit_is_closed() -> None:
    spec = minted().given(undone("60", owner_id=reference_of()))
    spec.given(requested("5", "r2"), confirmed("5", "t5", reference_of("r2"), message_id="m5"))
    spec.never(MintAuthorized)
    spec.when(confirmed("60", "t9", reference_of(), message_id="m9"))
    spec.then_among(like(DeficitClosed), like(MintAuthorized, units="5"))


# What matches nothing.


@pytest.mark.parametrize("kind", KINDS)
def test_an_undoing_that_matches_nothing_holds_the_instrument_and_waits(kind: str) -> None:
    book().given(confirmed("60")).when(undone("59", type_said=kind)).then(
        like(MovementWaits, what=kind.rpartition("_")[2], why="unmatched", shares="59"),
        like(HoldPlaced, reason="movement_waits"),
    )


def test_a_confirmation_that_comes_after_its_reversal_is_undone_at_once() -> None:
    spec = book().given(requested("60"), undone("60", owner_id=reference_of()))
    spec.when(confirmed("60", owner_id=reference_of())).then(
        like(LotReceived, state="unassigned"),
        like(HoldReleased),
        like(MovementUndone),
        like(SharesTaken, state="unassigned", shares="60"),
    )
    assert not spec.state.instruments[AAPL].holds


def test_operators_accept_an_undoing_that_matches_nothing_and_shares_are_taken() -> None:
    spec = book().given(confirmed("60"), undone("59"))
    waiting = spec.last(MovementWaits).waiting
    spec.given(ordered(AcceptMovement(instrument=AAPL, waiting=waiting), of=AAPL)).then_among(
        like(MovementAccepted), like(HoldReleased), like(LotSplit), like(SharesTaken, shares="59")
    )
    spec.given(ordered(DismissMovement(instrument=AAPL, waiting=waiting), "o2", of=AAPL))
    assert spec.all(OrderRefused)[-2].code == "movement_unknown"


def test_operators_dismiss_an_undoing_and_nothing_is_taken() -> None:
    spec = book().given(confirmed("60"), undone("59"))
    waiting = spec.last(MovementWaits).waiting
    spec.given(ordered(DismissMovement(instrument=AAPL, waiting=waiting), of=AAPL)).then_among(
        like(MovementDismissed), like(HoldReleased)
    )
    spec.never(SharesTaken)
    assert not spec.state.instruments[AAPL].holds


def test_a_second_reversal_of_one_movement_waits() -> None:
    spec = book().given(confirmed("60"), undone("60"))
    spec.when(undone("60", message_id="r2")).then_among(like(MovementWaits, why="identity_shared"))
    spec.never(SharesTaken)


# Deliveries.


def test_a_reclaim_takes_the_lot_that_came_under_its_reference() -> None:
    spec = book().given(confirmed("5", "t0", message_id="m0"), confirmed("60"))
    lot = spec.last(LotReceived).lot
    spec.when(confirmed("60", movement="deliver", message_id="m2")).then_among(
        like(SharesTaken, lot=lot, shares="60"), like(HoldPlaced, reason="delivery_not_instructed")
    )


def test_a_delivery_told_twice_is_taken_once() -> None:
    spec = book().given(confirmed("60"), confirmed("60", "x", movement="deliver"))
    spec.when(confirmed("60", "x", movement="deliver")).then(like(ConfirmationRepeated))


def test_a_delivery_that_may_be_told_twice_waits_and_is_undone_without_effect() -> None:
    spec = book().given(confirmed("60"), confirmed("9", "x", movement="deliver"))
    spec.when(confirmed("9", "x", movement="deliver", message_id="m7")).then(
        like(MovementWaits, what="delivered", why="identity_shared"), like(HoldPlaced)
    )
    spec.when(undone("9", "x", movement="deliver", previous_confirmation_id="m7")).then(
        like(MovementUndone), like(HoldReleased)
    )


@pytest.mark.parametrize(("settled", "state"), [(TREASURY, "free"), ("BACKING-1", "unassigned")])
def test_a_delivery_that_is_undone_gives_back_what_it_took(settled: str, state: str) -> None:
    spec = book().given(confirmed("10", account=settled), confirmed("12", "x", movement="deliver"))
    spec.when(undone("12", "x", movement="deliver")).then(
        like(MovementUndone, movement="deliver"),
        like(SharesReturned, state="owed", shares="2"),
        like(SharesReturned, state=state, shares="10"),
    )
    assert spec.state.instruments[AAPL].owed == 0


def test_a_delivery_out_of_the_pool_that_is_undone_closes_the_deficit() -> None:
    spec = minted().given(confirmed("20", "x", movement="deliver"))
    assert deficit(spec) == 20
    spec.when(undone("20", "x", movement="deliver")).then(
        like(MovementUndone), like(SharesReturned, state="pool", shares="20"), like(DeficitClosed),
        like(HoldReleased),
    )  # fmt: skip


def test_a_taking_that_is_too_much_for_one_decision_goes_on_with_ticks() -> None:
    spec = Specification().given(house(events_per_decision_max=2))
    spec.given(confirmed("1", f"t{n}", message_id=f"m{n}") for n in range(5))
    spec.when(confirmed("5", "x", movement="deliver", message_id="d")).then(
        like(DeliveryConfirmed),
        like(SharesTaken, state="unassigned"),
        like(SharesTaken, state="unassigned"),
        like(TakingPostponed, shares="3"),
        like(HoldPlaced),
    )
    for second in (1, 2):
        assert spec.state.due_at() == spec.state.time
        spec.given(tick(later(second)))
    assert spec.state.instruments[AAPL].lots == {}
    assert spec.state.instruments[AAPL].owed == 0


# What is of another process, and what nobody may say.


@pytest.mark.parametrize("fields", [{"transaction_type": "SECL"}, {"event_id": "CA1"}])
def test_shares_that_leave_by_financing_or_a_corporate_action_hold_the_instrument(
    fields: dict[str, str],
) -> None:
    spec = book().given(confirmed("60"))
    spec.when(confirmed("60", "x", movement="deliver", **fields))
    spec.then(like(MessageSetAside), like(HoldPlaced, reason="message_set_aside"))


@pytest.mark.parametrize(
    ("kind", "movement", "held"),
    [
        ("corporate_action_movement_confirmed", "receive", False),
        ("corporate_action_movement_confirmed", "deliver", True),
        ("corporate_action_movement_reversed", "receive", True),
        ("corporate_action_movement_reversed", "deliver", False),
    ],
)
def test_a_corporate_actions_movement_holds_where_it_takes_shares(
    kind: str, movement: str, held: bool,  # noqa: FBT001
) -> None:  # fmt: skip
    spec = book().when(confirmed("60", type_said=kind, movement=movement))
    assert bool(spec.all(HoldPlaced)) == held
    assert bool(spec.all(InformationRecorded)) == (not held)


@pytest.mark.parametrize(
    "fields", [{"sender": "mallory"}, {"account": "NOBODY"}, {"servicer": "NOBODYUS"}, {"of": "TSLA"}]
)
def test_an_undoing_is_believed_as_little_as_a_confirmation(fields: dict[str, str]) -> None:
    spec = book().given(confirmed("60"))
    security = confirmed("60").body.security  # type: ignore[union-attr]
    spec.when(undone("60", **{"security": security, **fields})).then(like(MessageParked))


def test_a_lot_of_a_reversed_receipt_cannot_be_assigned() -> None:
    spec = book().given(requested("60"), confirmed("60"))
    lot = spec.last(LotReceived).lot
    spec.given(undone("60"))
    spec.given(ordered(AssignLot(instrument=AAPL, lot=lot, issuance=issuance_of()), of=AAPL))
    assert spec.all(OrderRefused)[-2].code == "lot_unknown"


def test_a_mint_that_fails_after_its_pool_was_delivered_away_brings_back_what_is_there() -> None:
    spec = minted(final=False).given(confirmed("45", "x", movement="deliver", message_id="d"))
    spec.when(seen_closed(mint_of(spec))).then_among(like(MintFailed), like(DeficitClosed))
    assert sum(lot.shares for lot in spec.state.instruments[AAPL].lots.values()) == 15 * ONE
    assert spec.state.instruments[AAPL].issuances[issuance_of()].missing == 45 * ONE


def test_a_delivery_that_was_dismissed_is_none_that_could_be_undone() -> None:
    spec = book().given(confirmed("60"), confirmed("9", "x", movement="deliver"))
    spec.given(confirmed("9", "x", movement="deliver", message_id="m7"))
    dismissal = DismissMovement(instrument=AAPL, waiting=spec.last(MovementWaits).waiting)
    spec.given(ordered(dismissal, of=AAPL))
    spec.when(undone("9", "x", movement="deliver", previous_confirmation_id="m7"))
    spec.then_among(like(MovementWaits, why="unmatched")).never(SharesReturned)
