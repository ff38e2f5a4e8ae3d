"""INV-012 what a redemption burns and delivers, INV-015 its stages, INV-003 and INV-017 whose tokens come."""

from collections.abc import Iterator

from schemas import amounts
from schemas.canonical import digest, encode
from schemas.events import (
    ReceiptMatched,
    ReceiptReturnOrdered,
    RedemptionAccepted,
    RedemptionCancelled,
    RedemptionCompleted,
    RedemptionEnded,
    RedemptionExpired,
    RedemptionRefused,
    RedemptionRepeated,
    TokensReceived,
)
from schemas.house import EndRedemption, MatchReceipt, ReturnReceipt
from schemas.messages import CancellationRequested, RedemptionRequested
from workers.core.invariants.facts import Facts
from workers.core.invariants.house_facts import token_of
from workers.core.invariants.predicate import Predicate, Record
from workers.core.invariants.redemption_facts import RedemptionFacts

_AS_ASKED = ("client", "client_request_id", "instrument", "units", "chain", "wallet", "details")
_AS_APPROVED = (
    "kind",
    "servicer",
    "account",
    "counterparty",
    "counterparty_account",
    "increment",
)


def redemption_is_new(facts: Facts, record: Record, event: RedemptionAccepted) -> Iterator[str]:
    """A request is accepted once, as it was made, under a reference that nothing else has."""
    found = facts.instruments[event.instrument]
    if event.redemption in found.requests:
        yield f"redemption {event.redemption} was answered before"
    if event.settlement_reference in found.references | found.delivery_references:
        yield f"the settlement reference {event.settlement_reference} was given before"
    asked: RedemptionRequested | None = record.body("redemption_requested")
    if asked is None or any(getattr(asked, name) != getattr(event, name) for name in _AS_ASKED):
        yield f"redemption {event.redemption} is not what was requested"


def redeemer_may_ask(facts: Facts, record: Record, event: RedemptionAccepted) -> Iterator[str]:
    """Only an eligible client redeems, from a wallet of theirs, to where two operators approved."""
    rules = facts.books[record.book].rules
    if not rules.clients.get(event.client, False):
        yield f"{event.client} may not ask"
    if (event.client, event.chain, event.wallet) not in rules.wallets:
        yield f"{event.wallet} is no wallet of {event.client} on {event.chain}"
    details = rules.delivery_details.get((event.client, event.details))
    if details is None:
        yield f"{event.client} has no delivery details {event.details}"
    elif any(getattr(details, name) != getattr(event, name) for name in _AS_APPROVED):
        yield f"redemption {event.redemption} is not delivered as approved under {event.details}"


def redemption_rounds_for_the_backing(
    facts: Facts, record: Record, event: RedemptionAccepted
) -> Iterator[str]:
    """What is delivered is rounded down to the increment, and the least units that cover it are burned."""
    rules = facts.books[record.book].rules
    token, now = (
        token_of(rules, event.instrument, event.chain),
        facts.instruments[event.instrument].multiplier,
    )
    if token is None or amounts.text(now) != event.multiplier:
        yield f"{event.instrument} is not of {event.multiplier} shares a unit on {event.chain}"
        return
    step = 10 ** (amounts.PLACES - token.decimals)
    units, burned = amounts.parse(event.units), amounts.parse(event.burn_units)
    multiplier, increment = amounts.parse(event.multiplier), amounts.parse(event.increment)
    # In 10^-36, exact.
    shares = amounts.parse(event.shares)
    worth = shares * amounts.ONE
    if shares <= 0 or shares % increment or not worth <= units * multiplier < worth + increment * amounts.ONE:
        yield f"{event.units} units are not {event.shares} shares in steps of {event.increment}"
    covers = (burned - step) * multiplier < worth <= burned * multiplier
    if not covers or burned % step or units % step or burned > units:
        yield f"{event.burn_units} of {event.units} units are not the least that cover {event.shares} shares"


def redemption_has_one_answer(
    facts: Facts, record: Record, event: RedemptionRefused | RedemptionRepeated
) -> Iterator[str]:
    """The same request is answered as it was; the same id with another body is refused."""
    asked: RedemptionRequested | None = record.body("redemption_requested")
    if asked is None:
        yield f"nobody requested redemption {event.redemption}"
        return
    first = facts.instruments[asked.instrument].requests.get(event.redemption)
    if isinstance(event, RedemptionRepeated):
        if first != digest(encode(asked)):
            yield f"redemption {event.redemption} was not requested like this before"
    elif (event.refusal.code == "request_id_reused") != (first is not None):
        yield f"redemption {event.redemption} was refused as {event.refusal.code}"


def expired_redemption_waited(facts: Facts, record: Record, event: RedemptionExpired) -> Iterator[str]:
    """Only what waits for its tokens expires, when its time has come."""
    redemption = facts.instruments[event.instrument].redemptions.get(event.redemption)
    time = facts.books[record.book].time or ""
    if not _waits(redemption) or redemption is None or time < redemption.event.expires_at:
        yield f"redemption {event.redemption} does not expire at {time}: {_describe(redemption)}"


def cancelled_redemption_waited(facts: Facts, record: Record, event: RedemptionCancelled) -> Iterator[str]:
    """Only its own client takes a redemption back, before its tokens arrive."""
    redemption = facts.instruments[event.instrument].redemptions.get(event.redemption)
    if not _waits(redemption):
        yield f"redemption {event.redemption} waits for nothing: {_describe(redemption)}"
    asked: CancellationRequested | None = record.body("cancellation_requested")
    name = None
    if asked is not None:
        name = digest(encode(["redemption", asked.client, asked.instrument, asked.client_request_id]))
    if asked is None or asked.kind != "redemption" or name != event.redemption:
        yield f"nobody cancelled redemption {event.redemption}"


def tokens_are_the_awaited(facts: Facts, _record: Record, event: TokensReceived) -> Iterator[str]:
    """Tokens are the oldest redemption's that waits for exactly so many, from this wallet, on this chain."""
    said = (event.chain, event.sender, amounts.parse(event.units))
    found = facts.instruments[event.instrument].redemptions
    unfounded = facts.instruments[event.instrument].unfounded
    waiting = (name for name, each in found.items() if _waits(each) or name in unfounded)
    oldest = next((name for name in waiting if _awaited(found[name]) == said), None)
    if oldest != event.redemption:
        yield f"{event.units} units of {event.sender} are for {oldest}, not for {event.redemption}"


def match_was_ordered(facts: Facts, record: Record, event: ReceiptMatched) -> Iterator[str]:
    """Parked tokens become a redemption's by two operators, where they are as many and on its chain."""
    found = facts.instruments[event.instrument]
    ordered = facts.books[record.book].ordered
    order = MatchReceipt(instrument=event.instrument, sighting=event.sighting, redemption=event.redemption)
    if ordered != order:
        yield f"two operators did not match {event.sighting}"
    parked, redemption = found.parked.get(event.sighting), found.redemptions.get(event.redemption)
    waits = _waits(redemption) or event.redemption in found.unfounded
    if parked is None or redemption is None or not waits:
        yield f"{event.sighting} is not parked, or {event.redemption} waits for nothing"
    elif (parked.chain, amounts.parse(parked.units)) != (_awaited(redemption)[0], _awaited(redemption)[2]):
        yield f"{parked.units} units on {parked.chain} are not what {event.redemption} waits for"


def return_was_ordered(facts: Facts, record: Record, event: ReceiptReturnOrdered) -> Iterator[str]:
    """Parked tokens are returned by two operators."""
    order = ReturnReceipt(instrument=event.instrument, sighting=event.sighting)
    if facts.books[record.book].ordered != order:
        yield f"two operators did not return {event.sighting}"
    if event.sighting not in facts.instruments[event.instrument].parked:
        yield f"{event.sighting} is not parked"


def ended_gives_everything_back(facts: Facts, record: Record, event: RedemptionEnded) -> Iterator[str]:
    """Two operators end what was not burned, while nothing of it can act, and all that is left goes back."""
    found = facts.instruments[event.instrument]
    order = EndRedemption(instrument=event.instrument, redemption=event.redemption)
    if facts.books[record.book].ordered != order:
        yield f"two operators did not end {event.redemption}"
    redemption, rest = found.redemptions.get(event.redemption), found.returns.get(event.redemption)
    if redemption is None or redemption.stage != "received" or redemption.promised:
        yield f"redemption {event.redemption} cannot end: {_describe(redemption)}"
        return
    if redemption.open is not None or (rest is not None and rest.open is not None):
        yield f"redemption {event.redemption} ends while operations of it may act"
    if event.redemption in found.unfounded:
        yield f"redemption {event.redemption} ends without its tokens"
    left = amounts.parse(redemption.event.burn_units) + (0 if rest is None else rest.units)
    if amounts.parse(event.units) != left:
        yield f"{event.units} of the {amounts.text(left)} units of {event.redemption} go back"


def completed_is_delivered(facts: Facts, _record: Record, event: RedemptionCompleted) -> Iterator[str]:
    """Complete means that its burn is final, and all of it is delivered and returned."""
    found = facts.instruments[event.instrument]
    redemption = found.redemptions.get(event.redemption)
    if redemption is None or redemption.stage != "burned" or event.redemption in found.returns:
        yield f"redemption {event.redemption} is not complete: {_describe(redemption)}"
        return
    if redemption.promised != redemption.delivered or redemption.instructed:
        yield f"redemption {event.redemption} is not delivered: {_describe(redemption)}"
    said = (event.units, amounts.parse(event.shares))
    if said != (redemption.event.burn_units, redemption.delivered):
        yield f"redemption {event.redemption} delivered otherwise: {_describe(redemption)}"
    paid = tuple(proceeds for _, _, proceeds in redemption.settled.values() if proceeds is not None)
    if event.proceeds != paid:
        yield f"redemption {event.redemption} was paid {paid}"


def _waits(redemption: RedemptionFacts | None) -> bool:
    return redemption is not None and redemption.stage == "accepted"


def _awaited(redemption: RedemptionFacts) -> tuple[str, str, int]:
    terms = redemption.event
    return terms.chain, terms.wallet, amounts.parse(terms.units)


def _describe(redemption: RedemptionFacts | None) -> str:
    if redemption is None:
        return "it was never accepted"
    promised, delivered, instructed = (
        amounts.text(each) for each in (redemption.promised, redemption.delivered, redemption.instructed)
    )
    return f"it is {redemption.stage}, {promised} promised, {delivered} delivered, {instructed} instructed"


PREDICATES = (
    Predicate("INV-015", RedemptionAccepted, redemption_is_new),
    Predicate("INV-015", RedemptionAccepted, redeemer_may_ask),
    Predicate("INV-012", RedemptionAccepted, redemption_rounds_for_the_backing),
    Predicate("INV-015", RedemptionRefused, redemption_has_one_answer),
    Predicate("INV-015", RedemptionRepeated, redemption_has_one_answer),
    Predicate("INV-015", RedemptionExpired, expired_redemption_waited),
    Predicate("INV-015", RedemptionCancelled, cancelled_redemption_waited),
    Predicate("INV-014", TokensReceived, tokens_are_the_awaited),
    Predicate("INV-017", ReceiptMatched, match_was_ordered),
    Predicate("INV-017", ReceiptReturnOrdered, return_was_ordered),
    Predicate("INV-017", RedemptionEnded, ended_gives_everything_back),
    Predicate("INV-015", RedemptionCompleted, completed_is_delivered),
)
