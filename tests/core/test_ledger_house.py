"""The house: genesis, two operators, and rules that all books apply in one order."""

from typing import Any

import pytest
from ledger_specification import Expected, OnTopic, Specification, like
from ledger_words import (
    AAPL,
    ACCOUNT,
    BACKING,
    CHAIN,
    CLIENT,
    CUSTODIAN,
    HOUSE_RULES,
    ISIN,
    TREASURY,
    TSLA,
    account,
    alias,
    confirmed,
    confirmed_by,
    creation,
    house,
    information,
    instrument,
    issuance_of,
    later,
    message,
    ordered,
    parked,
    policy,
    proposed,
    published,
    reference_of,
    requested,
    seen_final,
    tick,
)

from schemas.events import (
    BroadcastIgnored,
    HouseRuleApplied,
    HouseRuleDecided,
    LotMoved,
    LotReceived,
    LotSplit,
    MessageParked,
    MintAuthorized,
    OrderRefused,
    OrderRepeated,
    ProposalConfirmed,
    ProposalMade,
    TimeAdvanced,
)
from schemas.house import (
    AssignLot,
    CreateLog,
    Operator,
    RegisterClient,
    RegisterOperator,
    RegisterWallet,
    ReleaseHold,
    ReleaseLot,
    SetPolicy,
    Token,
)
from schemas.messages import BODIES, TOPICS, Genesis
from schemas.messages import CHAIN as CHAIN_TOPIC

NEW_CLIENT = RegisterClient(client="client-2", eligible=True)


def book(*more: Any, **changes: Any) -> Specification:
    return Specification().given(house(*more, **changes))


def decided_house(*rules: Any) -> Specification:
    """A book 0 that decided these rules; none of them came back yet."""
    spec = Specification().given(message("genesis", Genesis(rule=creation())))
    for number, rule in enumerate(rules):
        spec.given(ordered(rule, f"h{number}"))
        assert spec.records[-1][-1].type == "house_rule_decided", spec.records[-1]
    return spec


def refused(code: str, subject: str | None = None) -> Expected:
    return like(OrderRefused, code=code, **({} if subject is None else {"subject": subject}))


# The beginning.


def test_genesis_is_the_first_rule_of_book_zero() -> None:
    Specification().when(message("genesis", Genesis(rule=creation()))).then(
        like(TimeAdvanced), like(HouseRuleDecided, number=1, rule=creation())
    )


def test_a_second_genesis_changes_nothing() -> None:
    other = CreateLog(**{**_fields(creation()), "log": "other"})
    spec = decided_house().when(message("genesis", Genesis(rule=other)))
    spec.then(like(MessageParked, code="log_exists"))
    assert spec.state.house.log == "test"


def test_genesis_in_another_book_than_the_first_changes_nothing() -> None:
    Specification(1).when(message("genesis", Genesis(rule=creation(2)))).then(
        like(TimeAdvanced), like(MessageParked, code="log_exists")
    )


def _fields(rule: CreateLog) -> dict[str, Any]:
    names = ("log", "partitions", "operators", "policy")
    return {name: getattr(rule, name) for name in names}


@pytest.mark.parametrize(
    "changes",
    [
        {"operators": (Operator(operator="alice", public_key=None),) * 2},
        {"policy": policy(rules_version=2)},
    ],
)
def test_a_log_that_nobody_could_work_with_is_not_created_and_can_be_begun_again(
    changes: dict[str, Any],
) -> None:
    rule = CreateLog(**{**_fields(creation()), **changes})
    spec = Specification().when(message("genesis", Genesis(rule=rule)))
    spec.then(like(TimeAdvanced), like(MessageParked, code="malformed"))
    spec.when(message("genesis", Genesis(rule=creation()))).then(like(HouseRuleDecided, number=1))


@pytest.mark.parametrize("partition", [0, 1])
@pytest.mark.parametrize(
    "said",
    [
        confirmed("60"),
        requested("60"),
        information(),
        parked(),
        tick(later(0)),
        proposed(NEW_CLIENT),
        confirmed_by("bob"),
    ],
)
def test_nothing_is_decided_before_the_log_exists(said: Any, partition: int) -> None:
    spec = Specification(partition).when(said).then(like(MessageParked, code="log_not_created"))
    assert spec.state.time is None


@pytest.mark.parametrize("said", [confirmed("60"), requested("60"), tick(later(0))])
def test_book_zero_waits_for_its_own_broadcast_before_it_decides_facts_and_requests(said: Any) -> None:
    decided_house().when(said).then(like(MessageParked, code="log_not_created"))


def test_book_zero_decides_orders_before_its_broadcast_comes_back() -> None:
    decided_house().given(proposed(NEW_CLIENT)).when(confirmed_by("bob")).then(
        like(ProposalConfirmed), like(HouseRuleDecided, number=2, rule=NEW_CLIENT)
    )


def test_an_order_about_an_instrument_needs_the_operators_that_were_relayed() -> None:
    order = AssignLot(instrument=AAPL, lot="a" * 64, issuance=None)
    decided_house().when(proposed(order, of=AAPL)).then(refused("operator_unknown", "alice"))


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(
    "said",
    [confirmed("60"), requested("60"), tick(later(0)), proposed(NEW_CLIENT), published(1, creation())],
)
def test_a_message_in_another_topic_than_its_own_has_no_effect(said: Any, topic: str) -> None:
    if topic == BODIES[said.type][1]:
        return
    spec = book()
    before = spec.state.time
    spec.when(OnTopic(topic, said)).then(like(MessageParked, code="wrong_topic"))
    assert spec.state.time == before


def test_a_receipt_in_the_clients_topic_mints_nothing() -> None:
    spec = book().given(requested("60"), confirmed("60", owner_id=reference_of()))
    receipt = seen_final(spec.last(MintAuthorized))
    for topic in set(TOPICS) - {CHAIN_TOPIC}:
        spec.when(OnTopic(topic, receipt)).then(like(MessageParked, code="wrong_topic"))


# The broadcast.


def test_a_book_applies_the_next_rule() -> None:
    book().when(published(HOUSE_RULES + 1, NEW_CLIENT)).then(
        like(HouseRuleApplied, number=HOUSE_RULES + 1, rule=NEW_CLIENT)
    )


@pytest.mark.parametrize("number", [1, HOUSE_RULES, HOUSE_RULES + 2, 10**6])
def test_any_other_number_changes_nothing(number: int) -> None:
    spec = book().when(published(number, NEW_CLIENT))
    spec.then(like(BroadcastIgnored, number=number, expected=HOUSE_RULES + 1))
    assert "client-2" not in spec.state.rules.clients


def test_a_rule_that_was_left_out_is_applied_when_it_comes_and_those_after_it_again() -> None:
    spec = book()
    one, two = (RegisterClient(client=f"late-{n}", eligible=True) for n in (1, 2))
    first, second = published(HOUSE_RULES + 1, one), published(HOUSE_RULES + 2, two)
    spec.given(second, first).when(second).then(like(HouseRuleApplied, number=HOUSE_RULES + 2))
    spec.when(first).then(like(BroadcastIgnored))


# Two operators.


def test_an_order_takes_effect_when_a_second_operator_confirms_it() -> None:
    spec = decided_house().when(proposed(NEW_CLIENT)).then(like(ProposalMade, operator="alice"))
    assert "client-2" not in spec.state.house.clients
    spec.when(confirmed_by("bob")).then(
        like(ProposalConfirmed, operator="bob"), like(HouseRuleDecided, number=2)
    )
    assert "client-2" in spec.state.house.clients
    assert "client-2" not in spec.state.rules.clients, "book 0 obeys its own rules when they were relayed"


def test_nobody_confirms_their_own_order() -> None:
    decided_house().given(proposed(NEW_CLIENT)).when(confirmed_by("alice")).then(refused("own_proposal"))


@pytest.mark.parametrize("operator", ["mallory"])
def test_a_stranger_neither_proposes_nor_confirms(operator: str) -> None:
    spec = decided_house().when(proposed(NEW_CLIENT, by=operator)).then(refused("operator_unknown", operator))
    spec.given(proposed(NEW_CLIENT)).when(confirmed_by(operator)).then(refused("operator_unknown", operator))
    spec.when(confirmed_by("bob", proposer=operator)).then(refused("proposal_unknown"))


@pytest.mark.parametrize(("proposer", "order_id"), [("bob", "o1"), ("alice", "o2"), ("carol", "o1")])
def test_what_nobody_proposed_cannot_be_confirmed(proposer: str, order_id: str) -> None:
    decided_house().given(proposed(NEW_CLIENT)).when(
        confirmed_by("carol" if proposer == "bob" else "bob", order_id, proposer=proposer)
    ).then(refused("proposal_unknown"))


def test_saying_the_same_again_changes_nothing() -> None:
    spec = decided_house().given(proposed(NEW_CLIENT)).when(proposed(NEW_CLIENT)).then(like(OrderRepeated))
    spec.given(confirmed_by("bob"))
    for said in (confirmed_by("bob"), confirmed_by("carol"), proposed(NEW_CLIENT)):
        spec.when(said).then(like(OrderRepeated))
    assert len(spec.all(HouseRuleDecided)) == 2


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_another_order_under_the_same_id_is_refused(is_confirmed: bool) -> None:  # noqa: FBT001
    spec = decided_house().given(proposed(NEW_CLIENT))
    if is_confirmed:
        spec.given(confirmed_by("bob"))
    spec.when(proposed(RegisterClient(client="client-2", eligible=False))).then(
        refused("order_id_reused", "o1")
    )
    spec.when(confirmed_by("bob"))
    assert spec.state.house.clients == {"client-2": True}


def test_two_operators_may_use_the_same_id_for_different_orders() -> None:
    other = RegisterClient(client="client-3", eligible=True)
    spec = decided_house().given(proposed(NEW_CLIENT), proposed(other, by="bob"))
    spec.when(confirmed_by("alice", proposer="bob"))
    spec.then(like(ProposalConfirmed), like(HouseRuleDecided, rule=other))


def test_a_new_operator_counts_from_the_decision_on_in_book_zero() -> None:
    spec = decided_house(RegisterOperator(operator="dave", public_key=None))
    spec.given(proposed(NEW_CLIENT, by="dave")).when(confirmed_by("bob", proposer="dave"))
    spec.then(like(ProposalConfirmed), like(HouseRuleDecided))


def test_an_order_that_became_impossible_before_it_was_confirmed_is_refused() -> None:
    taken = instrument(TSLA, aliases=(alias(ISIN[AAPL]),))
    spec = decided_house().given(proposed(instrument(AAPL), "o1"), proposed(taken, "o2"))
    spec.given(confirmed_by("bob", "o1")).when(confirmed_by("bob", "o2")).then(refused("alias_taken"))


def test_decided_rules_are_numbered_without_gaps() -> None:
    spec = decided_house(NEW_CLIENT, account(BACKING, "backing"), SetPolicy(policy=policy()))
    spec.given(proposed(instrument(multiplier="0"), "bad"))
    spec.given(ordered(instrument(), "good"))
    assert [each.number for each in spec.all(HouseRuleDecided)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("said", [proposed(NEW_CLIENT), confirmed_by("bob")])
def test_a_rule_of_the_house_is_decided_in_book_zero_only(said: Any) -> None:
    spec = Specification(1).given(published(1, creation(2)))
    code = "wrong_book" if said.type == "order_proposed" else "proposal_unknown"
    spec.when(said).then(refused(code))


# Which rules can follow.


TERMS = instrument()


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (RegisterOperator(operator="alice", public_key="f" * 64), "operator_exists"),
        (RegisterWallet(client="client-9", chain=CHAIN, address="0x1"), "client_unknown"),
        (SetPolicy(policy=policy(rules_version=2)), "policy_unusable"),
        (instrument(TSLA, multiplier="0"), "instrument_terms_unusable"),
        (instrument(TSLA, tokens=TERMS.tokens), "instrument_terms_unusable"),
        (instrument(TSLA, tokens=(*instrument(TSLA).tokens,) * 2), "instrument_terms_unusable"),
        (instrument(TSLA, aliases=(alias("US0378331006"),)), "instrument_terms_unusable"),
        (instrument(TSLA, aliases=(alias("037833101", scheme="CUSIP"),)), "instrument_terms_unusable"),
        (instrument(TSLA, aliases=(alias("0263495", scheme="SEDOL"),)), "instrument_terms_unusable"),
        (instrument(TSLA, aliases=(alias("TSLA", scheme="SYMBOL"),)), "instrument_terms_unusable"),
        (instrument(TSLA, aliases=(alias(ISIN[AAPL]),)), "alias_taken"),
        (instrument(multiplier="2"), "instrument_terms_fixed"),
        (instrument(tokens=()), "instrument_terms_fixed"),
        (instrument(decimals=6), "instrument_terms_fixed"),
        (
            instrument(tokens=(Token(chain=CHAIN, token="AAPLx", decimals=18, account="sim-2"),)),
            "instrument_terms_fixed",
        ),
    ],
)
def test_a_rule_that_cannot_follow_is_refused_when_it_is_proposed(rule: Any, code: str) -> None:
    decided_house(TERMS).when(proposed(rule)).then(refused(code))


@pytest.mark.parametrize(
    "rule",
    [
        TERMS,
        instrument(aliases=()),
        instrument(aliases=(alias(ISIN[AAPL]), alias("037833100", scheme="CUSIP"))),
        instrument(tokens=(*TERMS.tokens, Token(chain="mars", token="m", decimals=0, account=ACCOUNT))),
        instrument(TSLA, aliases=(alias("AAPL", scheme="SYMBOL", servicer=CUSTODIAN),)),
        account(BACKING, "treasury"),
        RegisterClient(client=CLIENT, eligible=False),
        SetPolicy(policy=policy(mint_attempts_max=1)),
    ],
)
def test_a_rule_that_can_follow_is_taken_down(rule: Any) -> None:
    decided_house(TERMS, account(BACKING, "backing")).when(proposed(rule)).then(like(ProposalMade))


@pytest.mark.parametrize(
    ("mine", "theirs", "overlaps"),
    [
        ((None, None), (None, None), True),
        ((None, "2026-06-01"), ("2026-06-01", None), False),
        ((None, "2026-06-02"), ("2026-06-01", None), True),
        (("2026-06-01", None), (None, "2026-06-01"), False),
        (("2026-06-01", "2026-07-01"), ("2026-06-15", "2026-06-16"), True),
        (("2026-06-01", "2026-07-01"), ("2026-07-01", "2026-08-01"), False),
        (("2026-06-01", "2026-07-01"), (None, None), True),
    ],
)
def test_an_identifier_is_one_instruments_on_any_day(
    mine: tuple[str | None, str | None], theirs: tuple[str | None, str | None], *, overlaps: bool
) -> None:
    first, second = (
        instrument(name, aliases=(alias(ISIN[AAPL], valid_from=days[0], valid_until=days[1]),))
        for name, days in ((AAPL, mine), (TSLA, theirs))
    )
    expected = refused("alias_taken") if overlaps else like(ProposalMade)
    decided_house(first).when(proposed(second)).then(expected)


def test_a_symbol_of_another_servicer_is_another_alias() -> None:
    first, second, third = (
        instrument(name, aliases=(alias("X", scheme="SYMBOL", servicer=servicer),), tokens=())
        for name, servicer in ((AAPL, "A"), (TSLA, "B"), (TSLA, "A"))
    )
    spec = decided_house(first)
    spec.when(proposed(second, "o1")).then(like(ProposalMade))
    spec.when(proposed(third, "o2")).then(refused("alias_taken"))


# Orders about one instrument.


def with_lots() -> Specification:
    return book().given(confirmed("60"), requested("100"))


def test_two_operators_assign_a_lot_to_an_issuance() -> None:
    spec = with_lots()
    lot = spec.last(LotReceived).lot
    proposal, confirmation = ordered(AssignLot(instrument=AAPL, lot=lot, issuance=issuance_of()), of=AAPL)
    spec.given(proposal).when(confirmation).then(
        like(ProposalConfirmed),
        like(LotMoved, lot=lot, to_state="reserved", cause="assignment", issuance=issuance_of()),
    )


def test_an_assigned_lot_is_split_at_what_the_issuance_misses() -> None:
    spec = with_lots().given(confirmed("90", "t2", reference_of()))
    lot = spec.all(LotReceived)[0].lot
    proposal, confirmation = ordered(AssignLot(instrument=AAPL, lot=lot, issuance=issuance_of()), of=AAPL)
    spec.given(proposal).when(confirmation).then_among(
        like(LotSplit, lot=lot), like(LotMoved, to_state="reserved"), like(MintAuthorized, units="100")
    )


def test_two_operators_assign_a_lot_to_treasury() -> None:
    spec = with_lots()
    order = AssignLot(instrument=AAPL, lot=spec.last(LotReceived).lot, issuance=None)
    proposal, confirmation = ordered(order, of=AAPL)
    spec.given(proposal).when(confirmation).then_among(
        like(LotMoved, from_state="unassigned", to_state="free", cause="assignment")
    )
    assert spec.state.instruments[AAPL].free_shares == 60 * 10**18


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (AssignLot(instrument=AAPL, lot="e" * 64, issuance=None), "lot_unknown"),
        (ReleaseLot(instrument=AAPL, lot="e" * 64), "lot_unknown"),
        (ReleaseHold(instrument=AAPL, hold="e" * 64), "hold_unknown"),
    ],
)
def test_an_order_about_what_is_not_there_is_refused(order: Any, code: str) -> None:
    with_lots().when(proposed(order, of=AAPL)).then(refused(code, "e" * 64))


def test_an_order_about_a_lot_in_another_state_is_refused() -> None:
    spec = with_lots()
    unassigned = spec.last(LotReceived).lot
    spec.when(proposed(ReleaseLot(instrument=AAPL, lot=unassigned), of=AAPL)).then(
        refused("lot_not_provisional", unassigned)
    )
    spec.given(confirmed("5", "t9", account=TREASURY))
    free = spec.last(LotReceived).lot
    order = AssignLot(instrument=AAPL, lot=free, issuance=None)
    spec.when(proposed(order, "o2", of=AAPL)).then(refused("lot_not_unassigned", free))


def test_a_lot_is_assigned_to_an_open_issuance_only() -> None:
    spec = with_lots()
    lot = spec.last(LotReceived).lot
    unknown = AssignLot(instrument=AAPL, lot=lot, issuance="e" * 64)
    spec.when(proposed(unknown, of=AAPL)).then(refused("issuance_unknown", "e" * 64))
    spec.given(confirmed("100", "t2", reference_of()))
    funded = AssignLot(instrument=AAPL, lot=lot, issuance=issuance_of())
    spec.when(proposed(funded, "o2", of=AAPL)).then(refused("issuance_not_open", issuance_of()))


def test_a_proposal_whose_lot_is_gone_by_then_is_refused() -> None:
    spec = with_lots()
    lot = spec.last(LotReceived).lot
    one = AssignLot(instrument=AAPL, lot=lot, issuance=issuance_of())
    other = AssignLot(instrument=AAPL, lot=lot, issuance=None)
    spec.given(proposed(one, "o1", of=AAPL), proposed(other, "o2", of=AAPL))
    spec.given(confirmed_by("bob", "o1", of=AAPL))
    spec.when(confirmed_by("bob", "o2", of=AAPL)).then(refused("lot_not_unassigned", lot))


@pytest.mark.parametrize("of", [None, TSLA])
def test_an_order_under_another_key_than_its_instrument_is_refused(of: str | None) -> None:
    order = AssignLot(instrument=AAPL, lot="e" * 64, issuance=None)
    with_lots().when(proposed(order, of=of)).then(refused("wrong_book", AAPL))


@pytest.mark.parametrize("of", [None, TSLA])
def test_a_confirmation_under_another_key_than_its_order_is_refused(of: str | None) -> None:
    spec = with_lots()
    order = AssignLot(instrument=AAPL, lot=spec.last(LotReceived).lot, issuance=None)
    spec.given(proposed(order, of=AAPL)).when(confirmed_by("bob", of=of)).then(refused("wrong_book", AAPL))


def test_an_order_about_an_instrument_that_this_book_never_met_is_refused() -> None:
    order = ReleaseHold(instrument=TSLA, hold="e" * 64)
    book().when(proposed(order, of=TSLA)).then(refused("instrument_unknown", TSLA))
