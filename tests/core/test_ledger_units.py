"""Units that others moved: a holder's burn leaves shares unclaimed, tokens without a request are parked."""

from typing import Any

import pytest
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    ACCOUNT,
    BLOCK,
    CHAIN,
    NOW,
    RECORD,
    TSLA,
    confirmed,
    house,
    instrument,
    message,
    reference_of,
    requested,
    seen_closed,
    seen_final,
    undone,
)

from schemas.envelope import Message
from schemas.events import (
    BurnRecorded,
    DeficitChanged,
    DeficitClosed,
    HoldPlaced,
    HoldReleased,
    IssuanceCompleted,
    MessageParked,
    MessageSetAside,
    MintAuthorized,
    MintFinalized,
    ReceiptParked,
    SightingRepeated,
)
from schemas.messages import UnitsBurnedSeen, UnitsReceivedSeen
from workers.core.ids import sighting_id

ONE = 10**18


def burned(units: str, transaction: str = "0xburn", **changes: Any) -> Message:
    told = {"units": units, "transaction": transaction, "holder": "0xabc", **changes}
    return _told(UnitsBurnedSeen, "units_burned_seen", told)


def received(units: str, transaction: str = "0xsent", **changes: Any) -> Message:
    told = {"units": units, "transaction": transaction, "sender": "0xstranger", **changes}
    return _told(UnitsReceivedSeen, "units_received_seen", told)


def _told(body: Any, name: str, told: dict[str, Any]) -> Message:
    """A message whose `speaker` is the account, and that is about the first instrument (`of`)."""
    of, speaker = told.pop("of", AAPL), told.pop("speaker", ACCOUNT)
    fields: dict[str, Any] = {
        "sighting": sighting_id(CHAIN, told["transaction"], 3),
        "account": ACCOUNT,
        "chain": CHAIN,
        "token": "AAPLx",
        "index": 3,
        **BLOCK,
        "record": RECORD,
    }
    return message(name, body(**{**fields, **told}), at=NOW, sender=speaker, instrument=of)


def minted(shares: str = "100", **terms: Any) -> Specification:
    """A book in which so many shares are behind units that exist."""
    spec = authorized(shares, **terms)
    return spec.given(seen_final(spec.last(MintAuthorized)))


def authorized(shares: str = "100", **terms: Any) -> Specification:
    spec = Specification().given(house(terms=instrument(**terms)), requested(shares))
    return spec.given(confirmed(shares, owner_id=reference_of()))


def amounts_of(spec: Specification) -> tuple[int, int, int]:
    """Pool, unclaimed shares and supply."""
    book = spec.state.instruments[AAPL]
    return book.pool, book.unclaimed, book.supply[CHAIN]


def test_a_holders_burn_takes_the_units_off_and_leaves_their_shares_unclaimed() -> None:
    spec = minted("100")
    spec.when(burned("40")).then(
        like(BurnRecorded, instrument=AAPL, chain=CHAIN, holder="0xabc", units="40", shares="40")
    )
    assert amounts_of(spec) == (60 * ONE, 40 * ONE, 60 * ONE)
    assert spec.state.instruments[AAPL].free_total == 0


def test_the_shares_behind_a_burn_follow_the_multiplier_and_the_dust_stays() -> None:
    spec = minted("100", multiplier="1.5", decimals=2)
    assert spec.state.instruments[AAPL].supply[CHAIN] == 66_66 * 10**16
    spec.when(burned("0.01")).then(like(BurnRecorded, units="0.01", shares="0.015"))
    assert spec.state.instruments[AAPL].pool == 100 * ONE - 15 * 10**15


def test_a_burn_of_less_than_the_smallest_share_releases_nothing() -> None:
    spec = minted("100", multiplier="0.333333333333333333")
    spec.when(burned("0.000000000000000001")).then(like(BurnRecorded, shares="0"))


def test_all_of_it_may_be_burned() -> None:
    spec = minted("100", multiplier="3", decimals=6)
    supply = spec.state.instruments[AAPL].supply[CHAIN]
    assert supply == 33_333333 * 10**12
    spec.when(burned("33.333333")).then(like(BurnRecorded, shares="99.999999"))
    assert amounts_of(spec) == (10**12, 99_999999 * 10**12, 0)


def test_a_burn_closes_a_deficit_before_it_frees_any_share() -> None:
    spec = minted("100").given(undone("100"))
    assert spec.state.instruments[AAPL].deficit == 100 * ONE
    spec.when(burned("40")).then(
        like(BurnRecorded, units="40", shares="0"), like(DeficitChanged, shares="60", cure_units="60")
    )
    spec.when(burned("60", "0xsecond")).then(
        like(BurnRecorded, units="60", shares="0"), like(DeficitClosed), like(HoldReleased)
    )
    assert amounts_of(spec) == (0, 0, 0)


def test_the_same_burn_told_again_counts_once() -> None:
    spec = minted("100").given(burned("40"))
    spec.when(burned("40")).then(like(SightingRepeated))
    assert amounts_of(spec) == (60 * ONE, 40 * ONE, 60 * ONE)


def test_another_burn_of_the_same_units_counts_as_well() -> None:
    spec = minted("100").given(burned("40"))
    spec.when(burned("40", "0xother")).then(like(BurnRecorded, units="40"))
    assert amounts_of(spec) == (20 * ONE, 80 * ONE, 20 * ONE)


def test_the_same_burn_told_otherwise_contradicts() -> None:
    spec = minted("100").given(burned("40"))
    spec.when(burned("41")).then(like(MessageSetAside, code="receipt_contradicts"), like(HoldPlaced))
    assert amounts_of(spec) == (60 * ONE, 40 * ONE, 60 * ONE)


def test_one_place_on_a_chain_is_not_a_burn_and_a_receipt() -> None:
    spec = minted("100").given(burned("40"))
    spec.when(received("40", "0xburn")).then(
        like(MessageSetAside, code="receipt_contradicts"), like(HoldPlaced)
    )


def test_more_than_can_be_on_the_chain_was_never_burned_there() -> None:
    spec = minted("100")
    spec.when(burned("100.000000000000000001")).then(
        like(MessageSetAside, code="receipt_contradicts"), like(HoldPlaced, instrument=AAPL)
    )
    assert amounts_of(spec) == (100 * ONE, 0, 100 * ONE)


def test_a_burn_may_be_told_before_the_mint_of_what_it_burned() -> None:
    spec = authorized("100")
    mint = spec.last(MintAuthorized)
    spec.when(burned("40")).then(like(BurnRecorded, units="40", shares="40"))
    assert amounts_of(spec) == (60 * ONE, 40 * ONE, -40 * ONE)
    spec.when(seen_final(mint)).then(like(MintFinalized), like(IssuanceCompleted))
    assert amounts_of(spec) == (60 * ONE, 40 * ONE, 60 * ONE)


def test_what_is_still_authorized_keeps_its_shares_when_others_burn() -> None:
    spec = minted("100").given(requested("50", "r2"), confirmed("50", "t2", reference_of("r2")))
    mint = spec.last(MintAuthorized)
    spec.when(burned("100")).then(like(BurnRecorded, shares="100"))
    assert amounts_of(spec) == (50 * ONE, 100 * ONE, 0)
    spec.given(seen_closed(mint))
    book = spec.state.instruments[AAPL]
    assert book.pool + sum(lot.shares for lot in book.lots.values()) == 50 * ONE


def test_tokens_without_a_request_are_parked_and_the_supply_is_what_it_was() -> None:
    spec = minted("100")
    spec.when(received("40")).then(
        like(ReceiptParked, instrument=AAPL, chain=CHAIN, sender="0xstranger", units="40")
    )
    assert amounts_of(spec) == (100 * ONE, 0, 100 * ONE)
    (parked,) = spec.state.instruments[AAPL].parked_receipts.values()
    assert (parked.sender, parked.units, parked.transaction) == ("0xstranger", 40 * ONE, "0xsent")


def test_a_receipt_told_again_is_parked_once() -> None:
    spec = minted("100").given(received("40"))
    spec.when(received("40")).then(like(SightingRepeated))
    assert len(spec.state.instruments[AAPL].parked_receipts) == 1


@pytest.mark.parametrize("say", [burned, received])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"speaker": "sim-2"}, "sender_not_allowed"),
        ({"speaker": "sim-2", "account": "sim-2"}, "sender_not_allowed"),
        ({"token": "TSLAx"}, "sender_not_allowed"),
        ({"chain": "mars"}, "sender_not_allowed"),
        ({"of": TSLA}, "sender_not_allowed"),
        ({"of": "GHOST"}, "sender_not_allowed"),
        ({"of": None}, "misrouted"),
        ({"index": 4}, "malformed"),
        ({"transaction": "0xother", "sighting": "e" * 64}, "malformed"),
    ],
)
def test_only_the_tokens_account_tells_of_its_units(say: Any, changes: dict[str, Any], code: str) -> None:
    spec = minted("100")
    spec.when(say("40", **changes)).then(like(MessageParked, code=code))
    assert amounts_of(spec) == (100 * ONE, 0, 100 * ONE)


@pytest.mark.parametrize("say", [burned, received])
def test_a_sighting_in_another_partition_is_misrouted(say: Any) -> None:
    told = []
    for partition in (0, 1):
        spec = Specification(partition)
        spec.given(each for each in house(partitions=2) if each.type != "genesis")
        event = spec.when(say("1")).records[-1][0]
        told.append(event.type == "message_parked" and event.code == "misrouted")
    assert sorted(told) == [False, True]
