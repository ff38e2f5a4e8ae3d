"""Playing the day: everything goes through the same submission as everybody's.

The demo's own worker is killed on the way; on a log that others work on, nobody is.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from schemas.house import AssignLot, CoverShortfall, ReleaseHold, ReleaseLot
from workers.bootstrap import acts_folder, now, partitions_of
from workers.chains.simulated.acts import Congest, Reorganise, lay
from workers.cli.output import Finding, progress_console
from workers.core.ledger.issued import Lot
from workers.core.ledger.redeeming import Instruction
from workers.demo.bridging import SOURCE, Bridging
from workers.demo.day import Day, Delivery, order_pair
from workers.demo.market import BROKER
from workers.demo.mishaps import CONGESTED, Mishaps
from workers.demo.redeeming import CHAIN, Redeeming, deliveries
from workers.demo.worker import Worker
from workers.ingest.profiles import Profile, Profiles
from workers.intake import Intake
from workers.ledger_view import LedgerView
from workers.log.commit import GroupCommit
from workers.log.engine import Engine

STILL_SECONDS_MAX = 120.0
LOOK_SECONDS = 0.03
BURST = 25
PROFILES = Profiles(
    (
        Profile(
            name=BROKER.bic,
            accounts=(BROKER.backing, BROKER.treasury, BROKER.other),
            reversals="original",
        ),
    )
)


class DayNotOver(Finding):
    """For a long while nothing was decided, and the day has not come to rest."""


@dataclass(slots=True)
class Played:
    """What the player did."""

    deliveries: int = 0
    kills: int = 0
    undecided_at_kill: int = 0


class Player:
    """Sends the day's files, plays the operators, and waits until everything is decided and closed."""

    def __init__(self, engine: Engine, data: Path, worker: Worker | None = None) -> None:
        """Take a log; `data` is where its simulated chains are. Without a `worker` others work on it."""
        partitions = partitions_of(engine)
        self.engine = engine
        self.view = LedgerView(engine, partitions)
        self.played = Played()
        self._data = data
        self._worker = worker
        self._intake = Intake(self.engine, partitions=partitions, profiles=PROFILES, now=now)
        console = progress_console()
        self._progress = Progress(
            TextColumn("{task.description:<34}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("messages decided"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def play(self, day: Day) -> None:
        """Play the whole day."""
        with self._progress:
            self._stage("house rules, by two operators", day.house, self._rules_stand)
            self._stage("shares for the treasury", day.treasury)
            self._stage("clients request issuances", day.requests)
            half = len(day.settlement) // 2
            self._stage("custodians confirm settlement", day.settlement[:half], wait=False)
            killed = self._kill_and_restart()
            going_on = "custodians go on after the kill" if killed else "custodians confirm the rest"
            self._stage(going_on, day.settlement[half:])
            self._stage("operators assign what has no link", self._desk_orders(), self._closed)
            self._mishaps(day.mishaps)
            self._redeem(day.redeeming)
            self._bridge(day.bridging)

    def _mishaps(self, mishaps: Mishaps) -> None:
        """Let custodians take minted shares back, and the issuer put that right."""
        self._stage("shares are reversed after their mint", mishaps.reversals, self._short)
        self._stage("some of them settle again", mishaps.resettlement)
        self._stage("operators look, and cover the rest", mishaps.purchase)
        self._stage("", [*self._desk_orders(), *self._cover_orders()], self._whole)
        lay(acts_folder(self._data, CONGESTED), "congested", Congest(blocks=15))
        self._stage("mints wait on a congested chain", mishaps.stopped, self._minting)
        self._stage("a hold asks them back", mishaps.surprise, self._closed)
        self._stage("operators release it", self._hold_orders(), self._closed)

    def _redeem(self, redeeming: Redeeming) -> None:
        """Let a client send tokens back, and the custodian deliver what they stood for."""
        self._stage("a client asks to redeem", [redeeming.request])
        lay(acts_folder(self._data, CHAIN), "redemption", redeeming.transfer)
        self._stage("its tokens arrive and are burned", [], lambda: bool(self._instructions()))
        parts = [part for each in self._instructions() for part in deliveries(each, Random(0))]  # noqa: S311
        self._stage("the custodian delivers the shares", parts, lambda: not self._instructions())

    def _bridge(self, bridging: Bridging) -> None:
        """Let a holder bridge, and the source chain reorganise while its burn is not final."""
        folder = acts_folder(self._data, SOURCE)
        lay(folder, "bridge-1", bridging.burn)
        self._stage("a holder bridges out", [], lambda: not any(folder.iterdir()))
        lay(folder, "bridge-2", Reorganise(depth_blocks=3))
        self._stage("its burn survives a reorganisation", [], lambda: self._bridged() > 0)
        self._stage("its units arrive on the other chain", [], self._nothing_in_flight)

    def _bridged(self) -> int:
        return sum(
            book.in_flight.units + book.in_flight.remainder
            for state in self.view.states
            for book in state.instruments.values()
        )

    def _nothing_in_flight(self) -> bool:
        return not any(
            book.in_flight.units for state in self.view.states for book in state.instruments.values()
        )

    def _instructions(self) -> list[Instruction]:
        return [
            instruction
            for state in self.view.states
            for book in state.instruments.values()
            for instruction in book.instructions.values()
            if instruction.left
        ]

    def _stage(
        self,
        name: str,
        deliveries: Iterable[Delivery],
        done: Callable[[], bool] | None = None,
        *,
        wait: bool = True,
    ) -> None:
        task = self._progress.add_task(name, total=None)
        if self._progress.disable and name:  # where no bars are drawn, lines say how far the day is
            self._progress.console.print(f"{self.view.decided():5} decided; {name}")
        waiting = list(deliveries)
        before = self.view.decided()
        for first in range(0, len(waiting), BURST):
            self._deliver(waiting[first : first + BURST])
            self._look(task, before)
        if wait:
            self._wait(task, before, lambda: self.view.undecided() == 0 and (done is None or done()))

    def _deliver(self, deliveries: list[Delivery]) -> None:
        taken = self._intake.take([(data, sender) for sender, data in deliveries])
        commit = GroupCommit()
        for placed in taken:
            for each in placed:
                commit.append(each.stream, [each.data])
        commit.flush(self.engine)
        self.played.deliveries += len(deliveries)

    def _kill_and_restart(self) -> bool:
        """Kill the worker in the middle of its work; False where it is not ours to kill."""
        if self._worker is None:
            return False
        self.view.advance()
        self.played.undecided_at_kill = self.view.undecided()
        self._worker.kill()
        self.played.kills += 1
        self._worker.start()
        return True

    def _desk_orders(self) -> list[Delivery]:
        """Return what operators do about lots that wait for them: give each to somebody, or accept it."""
        self.view.advance()
        orders: list[Delivery] = []
        for state in self.view.states:
            for instrument, book in sorted(state.instruments.items()):
                missing = {each.issuance: each.missing for each in book.issuances.values()}
                for lot in sorted(book.lots.values(), key=lambda each: each.lot):
                    order = _desk_order(instrument, lot, missing)
                    if order is not None:
                        orders += order_pair(f"desk-{lot.lot[:12]}", order, instrument)
        return orders

    def _cover_orders(self) -> list[Delivery]:
        """Return the orders that give free lots to pools that are short."""
        return [
            delivery
            for state in self.view.states
            for instrument, book in sorted(state.instruments.items())
            if book.deficit and book.free
            for lot in [next(iter(book.free))]
            for delivery in order_pair(
                f"cover-{lot[:12]}", CoverShortfall(instrument=instrument, lot=lot), instrument
            )
        ]

    def _hold_orders(self) -> list[Delivery]:
        """Return the orders that release what operators may release."""
        self.view.advance()
        return [
            delivery
            for state in self.view.states
            for instrument, book in sorted(state.instruments.items())
            for hold, of in sorted(book.holds.items())
            if of.reason == "delivery_not_instructed"
            for delivery in order_pair(
                f"release-{hold[:12]}", ReleaseHold(instrument=instrument, hold=hold), instrument
            )
        ]

    def _short(self) -> bool:
        return any(book.deficit for state in self.view.states for book in state.instruments.values())

    def _whole(self) -> bool:
        return not self._short()

    def _rules_stand(self) -> bool:
        house = self.view.states[0].house.number
        return house > 1 and all(state.rules.number == house for state in self.view.states)

    def _minting(self) -> bool:
        return self.view.open_mints() > 0

    def _closed(self) -> bool:
        return self.view.open_mints() == 0

    def _wait(self, task: int, before: int, done: Callable[[], bool]) -> None:
        decided, limit = -1, 0.0
        while True:
            self._look(task, before)
            if done():
                return
            if self.view.decided() != decided:
                decided, limit = self.view.decided(), time.monotonic() + STILL_SECONDS_MAX
            elif time.monotonic() > limit:
                raise DayNotOver(
                    f"for {STILL_SECONDS_MAX:.0f} seconds nothing was decided; {self.view.undecided()} "
                    f"messages and {self.view.open_mints()} mints are open; see what the workers say"
                )
            time.sleep(LOOK_SECONDS)

    def _look(self, task: int, before: int) -> None:
        """Read what was decided, and show it."""
        if self._worker is not None:
            self._worker.check()
        self.view.advance()
        decided = self.view.decided() - before
        self._progress.update(task, completed=decided, total=decided + self.view.undecided())  # type: ignore[arg-type]  # rich names its task ids


def _desk_order(instrument: str, lot: Lot, missing: dict[str, int]) -> ReleaseLot | AssignLot | None:
    """Return what the desk orders for a lot; `missing` counts what it has promised to issuances."""
    if lot.state == "provisional":
        return ReleaseLot(instrument=instrument, lot=lot.lot)
    if lot.state != "unassigned":
        return None
    issuance = next((name for name, shares in missing.items() if shares >= lot.shares), None)
    if issuance is not None:
        missing[issuance] -= lot.shares
    return AssignLot(instrument=instrument, lot=lot.lot, issuance=issuance)
