"""Redemptions as JSON that people read: what each waits for, and which deliveries are not confirmed yet."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from schemas import amounts, instants
from workers.core.ledger.redeeming import Instruction, Redemption, Return
from workers.core.ledger.rules import Rules
from workers.core.ledger.state import InstrumentBook, State

JSON: TypeAlias = dict[str, Any]


def redemptions_view(state: State, book: InstrumentBook) -> JSON:
    """Return what one instrument's book holds of redemptions."""
    rules, time = state.rules, state.time
    standing = (each for each in book.instructions.values() if each.left)
    return {
        "promised": amounts.text(book.promised),
        "open_redemptions": [
            _redemption(rules, book, each) for each in book.redemptions.values() if not _is_over(book, each)
        ],
        "ended_redemptions": sum(each.stage == "ended" for each in book.redemptions.values()),
        "completed_redemptions": sum(each.stage == "completed" for each in book.redemptions.values()),
        "closed_redemptions": len(book.closed_redemptions),
        "instructions": [_instruction(book.redemptions[each.redemption], each, time) for each in standing],
        "returns": [_return(cause, each) for cause, each in book.returns.items()],
    }


def _is_over(book: InstrumentBook, redemption: Redemption) -> bool:
    """Return whether nothing of it is on its way; one that ended still gives its tokens back."""
    gives_back = redemption.terms.redemption in book.returns
    return redemption.stage == "completed" or (redemption.stage == "ended" and not gives_back)


def _redemption(rules: Rules, book: InstrumentBook, redemption: Redemption) -> JSON:
    terms = redemption.terms
    return {
        "redemption": terms.redemption,
        "client": terms.client,
        "settlement_reference": terms.settlement_reference,
        "stage": redemption.stage,
        "units": terms.units,
        "burn_units": terms.burn_units,
        "shares": terms.shares,
        "promised": amounts.text(redemption.burned),
        "chain": terms.chain,
        "wallet": terms.wallet,
        "kind": terms.kind,
        "expires_at": terms.expires_at,
        "open_because": list(_reasons(rules, book, redemption)),
    }


def _reasons(rules: Rules, book: InstrumentBook, redemption: Redemption) -> Iterator[str]:
    """Yield why a redemption is open."""
    terms = redemption.terms
    if redemption.stage == "accepted":
        yield f"{terms.units} units from {terms.wallet} have not arrived"
    if terms.redemption in book.unfounded:
        yield f"the {terms.units} units that had come are not there: it waits for them again"
    if redemption.burn is not None:
        yield f"attempt {redemption.burn_attempts} of its burn is authorized and not final"
    if redemption.to_instruct:
        yield f"{amounts.text(redemption.to_instruct)} shares are promised and not instructed"
    left = sum(book.instructions[each].left for each in redemption.deliveries)
    if left:
        yield f"{amounts.text(left)} shares are instructed and not delivered"
    if terms.redemption in book.returns:
        yield f"{amounts.text(book.returns[terms.redemption].units)} units are not returned yet"
    if terms.redemption in book.ready and not book.wants(rules, terms.redemption):
        reasons = sorted({hold.reason for hold in book.holds.values()}) or ["operators"]
        yield f"it is held: {', '.join(reasons)}"
    elif terms.redemption in book.ready:
        yield "a tick takes it up: one decision was long enough"


def _instruction(redemption: Redemption, instruction: Instruction, time: str | None) -> JSON:
    terms = redemption.terms
    age = 0 if time is None else instants.seconds_between(instruction.instructed_at, time)
    return {
        "delivery": instruction.delivery,
        "redemption": instruction.redemption,
        "attempt": redemption.deliveries.index(instruction.delivery) + 1,
        "settlement_reference": instruction.reference,
        "kind": terms.kind,
        "servicer": terms.servicer,
        "account": terms.account,
        "counterparty": terms.counterparty,
        "counterparty_account": terms.counterparty_account,
        "left": amounts.text(instruction.left),
        "instructed_at": instruction.instructed_at,
        "age_seconds": age,
    }


def _return(cause: str, returned: Return) -> JSON:
    return {
        "cause": cause,
        "chain": returned.chain,
        "recipient": returned.recipient,
        "units": amounts.text(returned.units),
        "attempts": returned.attempts,
        "transfer": returned.transfer,
    }
