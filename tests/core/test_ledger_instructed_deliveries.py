"""Instructed deliveries: whole, in parts, too much, reversed, cancelled and instructed again."""

from typing import Any

import pytest
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    BACKING,
    TREASURY,
    confirmed,
    details,
    house,
    ordered,
    proposed,
    received,
    redeemed,
    redemption_of,
    reference_of,
    requested,
    seen_final,
    undone,
)

from schemas.confirmation import SettledAmount
from schemas.envelope import Message
from schemas.events import (
    BurnAuthorized,
    ConfirmationRepeated,
    DeliveryCancelled,
    DeliveryConfirmed,
    DeliveryInstructed,
    DeliveryRestored,
    DeliverySettled,
    HoldPlaced,
    HoldReleased,
    LotSplit,
    MintAuthorized,
    MovementAccepted,
    MovementUndone,
    MovementWaits,
    OrderRefused,
    ProposalConfirmed,
    RedemptionCompleted,
    SharesReturned,
    SharesTaken,
)
from schemas.house import AcceptMovement, ConfirmDeliveryCancelled, DismissMovement, ReleaseHold
from workers.core.ids import settlement_reference

ONE = 10**18


def instructed(units: str = "50", **terms: Any) -> Specification:
    """The delivery of these shares is instructed; sixty were minted, five are in treasury."""
    spec = Specification().given(house(details(**terms)), requested("60"))
    spec.given(confirmed("60", owner_id=reference_of()))
    spec.given(confirmed("5", "t5", account=TREASURY, message_id="m5"))
    spec.given(seen_final(spec.last(MintAuthorized)), redeemed(units), received(units))
    return spec.given(seen_final(spec.last(BurnAuthorized)))


def delivered(
    spec: Specification, shares: str, servicer_id: str = "d1", *, reference: str | None = None, **fields: Any
) -> Message:
    """A confirmation under the reference that was instructed last, or another one."""
    owner_id = reference or spec.last(DeliveryInstructed).settlement_reference
    terms = {"movement": "deliver", "message_id": f"m-{servicer_id}", **fields}
    return confirmed(shares, servicer_id, owner_id, **terms)


def cancelled(spec: Specification, order_id: str = "c1") -> Specification:
    """Two operators confirm that the last instruction is cancelled."""
    order = ConfirmDeliveryCancelled(instrument=AAPL, delivery=spec.last(DeliveryInstructed).delivery)
    return spec.given(ordered(order, order_id, of=AAPL))


def promised(spec: Specification) -> int:
    return spec.state.instruments[AAPL].promised


def test_a_whole_delivery_completes_the_redemption() -> None:
    spec = instructed()
    instruction = spec.last(DeliveryInstructed)
    spec.when(delivered(spec, "50")).then(
        like(DeliveryConfirmed, shares="50", instructed=instruction.delivery),
        like(DeliverySettled, redemption=redemption_of(), delivery=instruction.delivery, shares="50"),
        like(RedemptionCompleted, redemption=redemption_of(), units="50", shares="50", proceeds=()),
    )
    assert promised(spec) == 0


def test_partial_deliveries_reduce_what_is_promised_until_nothing_is_left() -> None:
    spec = instructed()
    spec.when(delivered(spec, "20")).then(like(DeliveryConfirmed), like(DeliverySettled, shares="20"))
    assert promised(spec) == 30 * ONE
    more = delivered(spec, "30", previously_settled="20", message_id="m-d2")
    spec.when(more).then(
        like(DeliveryConfirmed), like(DeliverySettled, shares="30"), like(RedemptionCompleted, shares="50")
    )


def test_more_than_was_instructed_is_nobodys_order_and_holds() -> None:
    spec = instructed()
    spec.when(delivered(spec, "53")).then(
        like(DeliveryConfirmed, shares="53"),
        like(DeliverySettled, shares="50"),
        like(RedemptionCompleted),
        like(LotSplit),
        like(SharesTaken, state="free", shares="3"),
        like(HoldPlaced, reason="delivery_not_instructed"),
    )


@pytest.mark.parametrize(
    "fields",
    [{"account": TREASURY}, {"reference": "ABCDEFGHIJKLMNOP"}, {"reference": "other"}],
    ids=["another account", "another reference", "no reference of ours"],
)
def test_a_delivery_elsewhere_or_under_another_reference_settles_nothing(fields: dict[str, Any]) -> None:
    spec = instructed()
    spec.when(delivered(spec, "4", **fields)).then_among(
        like(DeliveryConfirmed, instructed=None), like(HoldPlaced, reason="delivery_not_instructed")
    )
    assert promised(spec) == 50 * ONE


def test_a_delivery_under_the_accepted_reference_before_the_burn_is_final_is_not_instructed() -> None:
    spec = Specification().given(house(details()), requested("60"))
    spec.given(confirmed("60", owner_id=reference_of()))
    spec.given(seen_final(spec.last(MintAuthorized)), redeemed("50"), received("50"))
    early = delivered(spec, "50", reference=settlement_reference(redemption_of(), 0))
    spec.when(early).then_among(
        like(DeliveryConfirmed, instructed=None),
        like(HoldPlaced, reason="delivery_not_instructed"),
        like(HoldPlaced, reason="deficit"),
    ).never(DeliverySettled)


def test_the_same_delivery_told_again_settles_once() -> None:
    spec = instructed().given(delivered(instructed(), "20"))
    spec.when(delivered(spec, "20")).then(like(ConfirmationRepeated))
    assert promised(spec) == 30 * ONE


def test_a_delivery_that_may_be_told_twice_waits_and_settles_when_operators_accept_it() -> None:
    spec = instructed()
    spec.given(delivered(spec, "20"))
    spec.when(delivered(spec, "20", message_id="m-other")).then(
        like(MovementWaits, why="identity_shared"), like(HoldPlaced, reason="movement_waits")
    )
    waiting = spec.last(MovementWaits).waiting
    accept = ordered(AcceptMovement(instrument=AAPL, waiting=waiting), of=AAPL)
    spec.given(accept).then(
        like(ProposalConfirmed),
        like(MovementAccepted),
        like(HoldReleased),
        like(DeliverySettled, confirmation=waiting, shares="20"),
    )
    assert promised(spec) == 10 * ONE


def test_a_waiting_delivery_that_operators_dismiss_settles_nothing() -> None:
    spec = instructed()
    spec.given(delivered(spec, "20"), delivered(spec, "20", message_id="m-other"))
    dismiss = DismissMovement(instrument=AAPL, waiting=spec.last(MovementWaits).waiting)
    spec.given(ordered(dismiss, of=AAPL)).never(DeliverySettled)
    assert promised(spec) == 30 * ONE


# -- what is undone --


def test_a_reversed_delivery_is_promised_again_under_its_instruction() -> None:
    spec = instructed()
    spec.given(delivered(spec, "20"), delivered(spec, "30", "d2"))
    reference = spec.last(DeliveryInstructed).settlement_reference
    spec.when(undone("20", "d1", reference, movement="deliver")).then(
        like(MovementUndone), like(DeliveryRestored, redemption=redemption_of(), shares="20")
    )
    assert promised(spec) == 20 * ONE
    assert len(spec.all(DeliveryInstructed)) == 1
    spec.when(delivered(spec, "20", "d3")).then(
        like(DeliveryConfirmed), like(DeliverySettled, shares="20"), like(RedemptionCompleted)
    )


def test_a_reversal_of_too_much_gives_both_parts_back() -> None:
    spec = instructed()
    spec.given(delivered(spec, "53"))
    reference = spec.last(DeliveryInstructed).settlement_reference
    spec.when(undone("53", "d1", reference, movement="deliver")).then(
        like(MovementUndone),
        like(DeliveryRestored, shares="50"),
        like(SharesReturned, state="free", shares="3"),
    )


def test_a_withdrawn_delivery_is_promised_again() -> None:
    spec = instructed()
    spec.given(delivered(spec, "50"))
    reference = spec.last(DeliveryInstructed).settlement_reference
    withdrawn = undone("50", "d1", reference, movement="deliver", type_said="confirmation_withdrawn")
    spec.when(withdrawn).then_among(like(DeliveryRestored, shares="50"))


def test_a_delivery_whose_reversal_came_first_settles_nothing() -> None:
    spec = instructed()
    reference = spec.last(DeliveryInstructed).settlement_reference
    spec.given(undone("50", "d1", reference, movement="deliver"))
    spec.when(delivered(spec, "50")).then(
        like(DeliveryConfirmed), like(HoldReleased), like(MovementUndone)
    ).never(DeliverySettled)
    assert promised(spec) == 50 * ONE


# -- what failed --


def test_what_is_left_of_a_cancelled_instruction_is_instructed_under_another_reference() -> None:
    spec = instructed()
    spec.given(delivered(spec, "20"))
    first = spec.last(DeliveryInstructed)
    cancelled(spec).then(
        like(ProposalConfirmed),
        like(DeliveryCancelled, delivery=first.delivery, shares="30"),
        like(
            DeliveryInstructed,
            attempt=2,
            shares="30",
            settlement_reference=settlement_reference(redemption_of(), 1),
        ),
    )
    assert promised(spec) == 30 * ONE
    spec.when(delivered(spec, "30", "d2")).then_among(like(RedemptionCompleted, shares="50"))


def test_a_delivery_under_a_cancelled_reference_is_not_instructed() -> None:
    spec = instructed()
    first = spec.last(DeliveryInstructed)
    cancelled(spec)
    spec.when(delivered(spec, "50", reference=first.settlement_reference)).then_among(
        like(DeliveryConfirmed, instructed=None),
        like(HoldPlaced, reason="delivery_not_instructed"),
        like(HoldPlaced, reason="deficit"),
    )
    assert promised(spec) == 50 * ONE


def test_what_a_cancelled_instruction_had_delivered_and_is_reversed_is_instructed_anew() -> None:
    spec = instructed()
    first = spec.last(DeliveryInstructed)
    spec.given(delivered(spec, "20"))
    cancelled(spec).given(delivered(spec, "30", "d2"))
    spec.when(undone("20", "d1", first.settlement_reference, movement="deliver")).then(
        like(MovementUndone),
        like(DeliveryRestored, shares="20"),
        like(DeliveryInstructed, attempt=3, shares="20"),
    )
    assert promised(spec) == 20 * ONE


def test_under_a_hold_a_cancelled_instruction_waits_to_be_instructed_again() -> None:
    spec = instructed().given(confirmed("1", "gone", movement="deliver", message_id="m9"))
    hold = spec.last(HoldPlaced).hold
    cancelled(spec).then(like(ProposalConfirmed), like(DeliveryCancelled, shares="50"))
    spec.given(ordered(ReleaseHold(instrument=AAPL, hold=hold), "o9", of=AAPL)).then_among(
        like(HoldReleased), like(DeliveryInstructed, attempt=2, shares="50")
    )


def test_only_an_instruction_that_has_a_rest_can_be_cancelled() -> None:
    spec = instructed()
    order = ConfirmDeliveryCancelled(instrument=AAPL, delivery=spec.last(DeliveryInstructed).delivery)
    unknown = ConfirmDeliveryCancelled(instrument=AAPL, delivery="0" * 64)
    spec.when(proposed(unknown, "o1", of=AAPL)).then(like(OrderRefused, code="delivery_unknown"))
    spec.given(delivered(spec, "50"))
    spec.when(proposed(order, "o2", of=AAPL)).then(like(OrderRefused, code="delivery_not_open"))


# -- cash --


def test_what_a_sale_was_paid_is_recorded_at_its_completion() -> None:
    spec = instructed(kind="cash")
    assert spec.last(DeliveryInstructed).kind == "cash"
    first = SettledAmount(value="4000", currency="USD", direction="credit")
    second = SettledAmount(value="6100.5", currency="USD", direction="credit")
    spec.given(delivered(spec, "20", payment="against_payment", amount=first))
    spec.when(delivered(spec, "30", "d2", payment="against_payment", amount=second)).then_among(
        like(DeliverySettled, proceeds=second), like(RedemptionCompleted, proceeds=(first, second))
    )


def test_what_a_reversed_sale_was_paid_is_not_proceeds_and_a_waiting_ones_are() -> None:
    spec = instructed(kind="cash")
    paid = [SettledAmount(value=value, currency="USD", direction="credit") for value in ("1", "2", "3")]
    reference = spec.last(DeliveryInstructed).settlement_reference
    spec.given(delivered(spec, "20", amount=paid[0]), delivered(spec, "30", "d2", amount=paid[1]))
    spec.given(undone("20", "d1", reference, movement="deliver", amount=paid[0]))
    spec.given(delivered(spec, "20", message_id="again", amount=paid[2]))
    accept = AcceptMovement(instrument=AAPL, waiting=spec.last(MovementWaits).waiting)
    spec.given(ordered(accept, of=AAPL)).then_among(like(RedemptionCompleted, proceeds=(paid[1], paid[2])))


def test_the_instructed_account_is_the_one_of_the_details() -> None:
    spec = instructed(account=TREASURY)
    spec.when(delivered(spec, "50", account=BACKING)).then_among(like(DeliveryConfirmed, instructed=None))
