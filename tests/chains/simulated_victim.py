"""The process that a test kills: it says what was accepted or made, after the chain said so.

python simulated_victim.py FILE
"""

import itertools
import sys
from pathlib import Path

from simulated_worlds import blocks, call, client, in_file


def main() -> None:
    network = in_file(Path(sys.argv[1]))
    chain = client(network)
    for number in itertools.count():
        transaction = chain.sign("minter-1", call(f"mint {number}"))
        chain.broadcast(transaction.data)
        print("accepted", transaction.hash, flush=True)
        if number % 3 == 0:
            blocks(network, 1)
            final = network.finalized()
            print("final", final.height, final.hash, flush=True)
        if number % 20 == 0:
            network.reorg(1)
            network.pass_quietly(3, 200)


if __name__ == "__main__":
    main()
