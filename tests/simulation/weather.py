"""What happens to processes, membership, networks and time."""

from random import Random

from schemas.streams import HOUSE_BOOK, transactions_book
from tests.simulation import operators
from tests.simulation.networks import DECIMALS, account_of
from tests.simulation.world import PROCESSES, World
from workers.chains.base import ChainError, MintCall
from workers.chains.simulated import SimulatedChain

ROUNDS_AHEAD_MAX = 4
ZOMBIE_WRITES_AT_ONCE = 0.7
SNAPSHOTS_BEFORE = 0.5


def rounds(world: World, random: Random) -> None:
    """Let a process finish its round, and do another."""
    process = world.processes[random.choice(PROCESSES)]
    process.end_all_rounds()
    process.begin_round()
    process.end_round()


def pause(world: World, random: Random) -> None:
    """Let a process decide a round whose appends wait, behind those that wait already."""
    process = world.processes[random.choice(PROCESSES)]
    if process.waiting < ROUNDS_AHEAD_MAX:
        process.begin_round()
        world.coverage.happened("pause in the middle of a round")
    if process.waiting > 1:
        world.coverage.happened("round decided ahead of the last one's appends")


def go_on(world: World, random: Random) -> None:
    """Let a process that was stopped go on as if nothing had happened."""
    world.processes[random.choice(PROCESSES)].end_round()


def crash(world: World, random: Random) -> None:
    """End a process, whatever it was doing; the next may begin at a snapshot."""
    if random.random() < SNAPSHOTS_BEFORE:
        world.write_snapshots()
    world.restart(random.choice(PROCESSES))
    world.coverage.happened("crash")


def move(world: World, random: Random) -> None:
    """Give a book to another process; the one that had it may not know yet."""
    _give(world, random.choice(world.books), random.choice(PROCESSES))
    if random.random() < 0.4:
        tell(world, random)


def overtake(world: World, random: Random) -> None:
    """Give a book away whose owner has decided rounds that it has not appended, and let it append them."""
    book = random.choice((HOUSE_BOOK, *world.books))
    stopped = world.processes[world.owners[book]]
    operators.furnish(world, random)
    for _ in range(random.randint(1, 3)):
        stopped.begin_round()
    successor = world.processes[random.choice([name for name in PROCESSES if name != stopped.name])]
    _give(world, book, successor.name)
    for _ in range(random.randint(2, 5)):
        world.clock.pass_by(1.0)
        successor.end_all_rounds()
        successor.begin_round()
        successor.end_round()
    if random.random() < ZOMBIE_WRITES_AT_ONCE:
        stopped.end_all_rounds()
        _inform(world, stopped.name)
    world.coverage.happened("book overtaken")


def _inform(world: World, name: str) -> None:
    world.processes[name].view = {book for book, owner in world.owners.items() if owner == name}


def _give(world: World, book: str, owner: str) -> None:
    world.owners[book] = owner
    world.processes[owner].view.add(book)
    world.coverage.happened("membership moved")


def tell(world: World, random: Random) -> None:
    """Let a process learn what it owns."""
    _inform(world, random.choice(PROCESSES))


def land(world: World, random: Random) -> None:
    """Let what was under way to the log arrive, or never arrive."""
    if random.random() < 0.7:
        world.log.land()
    else:
        world.log.drop()


def resend(world: World, _random: Random) -> None:
    """Let a sender send again what was not answered."""
    world.resend()


def blocks(world: World) -> None:
    """Let every chain produce the block that is due, unless it stands still."""
    for network in world.networks.values():
        if world.clock.seconds >= network.next_block_at:
            network.producer.produce_block(world.clock.epoch_seconds())
            network.next_block_at = world.clock.seconds + network.block_seconds


def stand_still(world: World, random: Random) -> None:
    """Stop a chain for long enough that mints miss their deadlines."""
    network = world.networks[random.choice(list(world.networks))]
    network.next_block_at = world.clock.seconds + random.choice((20, 60, 150))
    world.coverage.happened("chain stood still")


def jump(world: World, random: Random) -> None:
    """Let the clock jump ahead, beyond policy more often than not."""
    world.clock.pass_by(random.choice((30, 200, 1500, 4000)))
    world.coverage.happened("clock jumped")


def cancel_by_hand(world: World, random: Random) -> None:
    """Let somebody with the key use up the guard of a mint that is on its way."""
    chain = random.choice(list(DECIMALS))
    taken = world.facts.books[transactions_book(account_of(chain))].taken
    open_mints = [mint for mint, facts in taken.items() if not facts.closed]
    if not open_mints:
        return
    network = world.networks[chain]
    client = SimulatedChain(network.network, entropy=network.entropy.randbytes)
    client.broadcast(client.sign_cancel(account_of(chain), random.choice(open_mints)).data)
    world.coverage.happened("guard cancelled by hand")


def bad_broadcast(world: World, random: Random) -> None:
    """Let strangers bother a chain: bytes that are no transaction, and a key that is not the account's."""
    chain = random.choice(list(DECIMALS))
    client = SimulatedChain(world.networks[chain].network, entropy=random.randbytes)
    call = MintCall(operation="0" * 64, token="none", recipient="0x0", base_amount=1, deadline=0)
    try:
        client.broadcast(b"no transaction")
    except ChainError:
        client.sign(account_of(chain), call)
