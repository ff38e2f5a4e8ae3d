"""Everything that can happen in one step, by name and weight."""

from collections.abc import Callable
from random import Random

from tests.simulation import (
    clients,
    collateral,
    custodians,
    deliverers,
    holders,
    holds,
    limits,
    mischief,
    multiplier,
    operators,
    redeemers,
    weather,
)
from tests.simulation.world import World

Action = Callable[[World, Random], None]

ACTIONS: dict[str, tuple[float, Action]] = {
    "round": (36, weather.rounds),
    "pause": (6, weather.pause),
    "go_on": (4, weather.go_on),
    "crash": (0.7, weather.crash),
    "move": (1.2, weather.move),
    "overtake": (1.2, weather.overtake),
    "tell": (3, weather.tell),
    "land": (1.5, weather.land),
    "resend": (4, weather.resend),
    "stand_still": (0.3, weather.stand_still),
    "break_finality": (7, weather.break_finality),
    "jump": (0.3, weather.jump),
    "cancel_by_hand": (0.7, weather.cancel_by_hand),
    "settle": (9, custodians.settle),
    "stray": (1.5, custodians.stray),
    "treasury": (2, custodians.treasury),
    "tell_again": (3, custodians.again),
    "immaterial": (1.5, custodians.immaterial),
    "misdirected": (1.5, custodians.misdirected),
    "delivery": (0.8, custodians.delivery),
    "undo": (1.2, custodians.undo),
    "undo_delivery": (0.9, custodians.undo_delivery),
    "settle_late": (0.2, custodians.settle_late),
    "settle_again": (1.0, custodians.settle_again),
    "unread": (2, custodians.unread),
    "request": (7, clients.request),
    "all_of_treasury": (1.5, clients.all_of_treasury),
    "request_again": (1.5, clients.again),
    "hopeless": (2.5, clients.hopeless),
    "cancel": (2.5, clients.cancel),
    "redeem": (5, redeemers.redeem),
    "redeem_parked": (2, redeemers.redeem_parked),
    "hand_in": (3, redeemers.hand_in),
    "redeem_again": (1, redeemers.again),
    "redeem_hopeless": (2, redeemers.hopeless),
    "cancel_redemption": (1.2, redeemers.cancel),
    "deliver_instructed": (9, deliverers.deliver),
    "deliver_wrongly": (1.5, deliverers.deliver_wrongly),
    "undo_settled": (1.5, deliverers.undo_settled),
    "cancel_delivery": (2.5, deliverers.cancel_delivery),
    "judge_receipt": (4, deliverers.judge_receipt),
    "unusable_redemption": (1.2, deliverers.unusable),
    "approve_details": (0.4, deliverers.approve),
    "send_tokens": (2.5, holders.send),
    "burn_tokens": (1.5, holders.burn),
    "bridge_tokens": (5, holders.bridge_out),
    "change_lane": (0.8, operators.change_lane),
    "assign": (2.5, operators.assign),
    "release_lot": (1.5, operators.release_lot),
    "release_hold": (6, operators.release_hold),
    "judge": (3, operators.judge),
    "cover": (2.5, operators.cover),
    "place_hold": (0.7, holds.place),
    "place_wide_hold": (1.0, holds.place_wide),
    "release_wide_hold": (1.6, holds.release_wide),
    "set_limits": (1.2, limits.set_limits),
    "approve": (2, limits.approve),
    "change_multiplier": (1.8, multiplier.change),
    "cancel_multiplier": (0.5, multiplier.cancel),
    "set_collateral": (0.7, collateral.set_rules),
    "hopeless_hold": (0.4, holds.hopeless),
    "furnish": (1.2, operators.furnish),
    "unusable": (2, operators.unusable),
    "order_again": (1.2, operators.again),
    "garbage": (0.8, mischief.garbage),
    "wrong_topic": (0.5, mischief.wrong_topic),
    "second_genesis": (0.2, mischief.second_genesis),
    "strange_time": (0.4, mischief.strange_time),
    "forged_record": (0.4, mischief.forged_record),
    "forged_rule": (0.4, mischief.forged_rule),
    "strange_sighting": (1.5, holders.strange_sighting),
    "strange_receipt": (0.5, mischief.strange_receipt),
}
_NAMES = tuple(ACTIONS)
_WEIGHTS = tuple(weight for weight, _ in ACTIONS.values())


def choose(random: Random) -> str:
    """Return what happens in a step."""
    return random.choices(_NAMES, _WEIGHTS)[0]
