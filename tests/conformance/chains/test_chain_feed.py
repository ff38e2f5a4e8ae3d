"""The feed: what happened to units without us, told at finality, all of it, in the chain's order."""

import hashlib

from chain_grounds import Ground, feed, mint_to, send

from workers.chains.base import BridgedOut, BurnCall, Burned, Chain, Received, TransferCall

OPERATION = hashlib.sha256(b"operation 1").hexdigest()


def test_units_that_came_to_the_account_are_told_with_who_sent_them_and_where(
    ground: Ground, chain: Chain
) -> None:
    mint_to(ground, chain, ground.recipient, 1_000)
    transaction = ground.holder_sends(ground.address, 40)
    ground.finalise()
    (event,) = feed(ground, chain).events
    assert isinstance(event, Received)
    assert (event.sender, event.base_amount) == (ground.recipient, 40)
    assert event.place.transaction == transaction
    assert 0 < event.place.block.height <= chain.finalized().height
    assert chain.supply(ground.token) == 1_000


def test_units_that_a_holder_burned_are_told(ground: Ground, chain: Chain) -> None:
    mint_to(ground, chain, ground.recipient, 1_000)
    ground.holder_burns(40)
    ground.finalise()
    (event,) = feed(ground, chain).events
    assert isinstance(event, Burned)
    assert (event.holder, event.base_amount) == (ground.recipient, 40)
    assert chain.supply(ground.token) == 960


def test_units_that_were_bridged_out_are_told_with_where_they_shall_be(ground: Ground, chain: Chain) -> None:
    mint_to(ground, chain, ground.recipient, 1_000)
    ground.holder_bridges_out(40, "mars", "0xwallet on mars")
    ground.finalise()
    (event,) = feed(ground, chain).events
    assert isinstance(event, BridgedOut)
    assert (event.holder, event.base_amount) == (ground.recipient, 40)
    assert (event.destination, event.recipient) == ("mars", "0xwallet on mars")
    assert chain.supply(ground.token) == 960


def test_what_our_own_operations_did_is_not_told(ground: Ground, chain: Chain) -> None:
    mint_to(ground, chain, ground.address, 1_000)
    deadline = ground.now() + 86_400
    other = hashlib.sha256(b"operation 2").hexdigest()
    burning = BurnCall(operation=OPERATION, token=ground.token, base_amount=10, deadline=deadline)
    returning = TransferCall(
        operation=other, token=ground.token, recipient=ground.recipient, base_amount=10, deadline=deadline
    )
    for asked in (burning, returning):
        send(chain, chain.sign(ground.account, asked))
    ground.finalise()
    assert chain.supply(ground.token) == 990
    assert feed(ground, chain).events == ()


def test_what_holders_send_one_another_is_nobodys_business(ground: Ground, chain: Chain) -> None:
    mint_to(ground, chain, ground.recipient, 1_000)
    ground.holder_sends("wallet-2", 40)
    ground.finalise()
    assert feed(ground, chain).events == ()


def test_more_than_a_holder_has_does_nothing_and_is_not_told(ground: Ground, chain: Chain) -> None:
    mint_to(ground, chain, ground.recipient, 1_000)
    ground.holder_burns(1_001)
    ground.holder_sends(ground.address, 1_001)
    ground.holder_bridges_out(1_001, "mars", "0x")
    ground.finalise()
    assert feed(ground, chain).events == ()
    assert chain.supply(ground.token) == 1_000


def test_nothing_is_told_before_it_is_final(ground: Ground, chain: Chain) -> None:
    mint_to(ground, chain, ground.recipient, 1_000)
    ground.holder_burns(40)
    ground.produce_block()
    told = feed(ground, chain)
    assert told.events == ()
    assert told.through == chain.finalized()
    ground.finalise()
    assert len(feed(ground, chain, after_height=told.through.height).events) == 1


def test_what_a_reorg_lost_is_never_told_and_what_it_moved_is_told_once(ground: Ground, chain: Chain) -> None:
    mint_to(ground, chain, ground.recipient, 1_000)
    ground.holder_burns(40)
    ground.produce_block()
    ground.reorg(1, lose=True)
    ground.holder_sends(ground.address, 7)
    ground.produce_block()
    ground.reorg(1)
    ground.produce_block()
    ground.finalise()
    assert [event.base_amount for event in feed(ground, chain).events] == [7]
    assert chain.supply(ground.token) == 1_000


def test_reading_on_from_where_the_last_answer_ended_tells_each_event_once(
    ground: Ground, chain: Chain
) -> None:
    mint_to(ground, chain, ground.recipient, 1_000)
    for base_amount in range(1, 9):
        ground.holder_burns(base_amount)
        ground.holder_sends(ground.address, base_amount)
        if base_amount % 2:
            ground.produce_block()
    ground.finalise()
    whole = feed(ground, chain).events
    places = [(event.place.block.height, event.place.index) for event in whole]
    assert places == sorted(set(places)), "in the chain's order, no place twice"
    assert len(whole) == 16
    pieces, height = [], 0
    while (piece := chain.feed(ground.account, ground.token, after_height=height, blocks_max=2)) is not None:
        assert height < piece.through.height <= height + 2
        assert all(height < event.place.block.height <= piece.through.height for event in piece.events)
        height = piece.through.height
        pieces += piece.events
    assert tuple(pieces) == whole
    assert height == chain.finalized().height


def test_there_is_nothing_to_tell_beyond_finality(ground: Ground, chain: Chain) -> None:
    ground.finalise()
    height = chain.finalized().height
    assert chain.feed(ground.account, ground.token, after_height=height, blocks_max=5) is None
    assert chain.feed(ground.account, ground.token, after_height=height + 9, blocks_max=5) is None


def test_arrivals_are_told_to_whom_they_came_and_burns_to_everybody(ground: Ground, chain: Chain) -> None:
    mint_to(ground, chain, ground.recipient, 1_000)
    ground.holder_sends(ground.address, 3)
    ground.holder_burns(4)
    ground.finalise()
    others = chain.feed(ground.other_account, ground.token, after_height=0, blocks_max=10_000)
    assert others is not None
    assert [event.base_amount for event in others.events] == [4]
    assert [event.base_amount for event in feed(ground, chain).events] == [3, 4]


def test_of_another_token_nothing_is_told(ground: Ground, chain: Chain) -> None:
    mint_to(ground, chain, ground.recipient, 1_000)
    ground.holder_burns(4)
    ground.finalise()
    found = chain.feed(ground.account, ground.unknown_token, after_height=0, blocks_max=10_000)
    assert found is not None
    assert found.events == ()
