"""Journals as the demo's broker reports them: Alpaca's, of shares that it moves between accounts."""

import hashlib
import json
from random import Random

from workers.demo.market import SYMBOLS
from workers.demo.movement import Movement

FIRM_ACCOUNT = "6be14a90-2f0d-4c8e-8f57-71c0a9d3b211"


def told(movement: Movement, _chance: Random) -> bytes:
    """Return the journal; one that is corrected undoes what it executed."""
    receives = movement.direction == "RECE"
    accounts = (FIRM_ACCOUNT, movement.account)
    journal = {
        "id": _identifier(movement.transaction or movement.message_id),
        "entry_type": "JNLS",
        "from_account": accounts[0] if receives else accounts[1],
        "to_account": accounts[1] if receives else accounts[0],
        "symbol": SYMBOLS[movement.isin],
        "qty": movement.quantity,
        "status": "correct" if movement.undoes else "executed",
        "settle_date": movement.day,
        "system_date": movement.day,
        "currency": "USD",
        "description": movement.reference or "",
    }
    return json.dumps(journal).encode()


def _identifier(seed: str) -> str:
    """Return an identifier of the broker's form."""
    digits = hashlib.sha256(seed.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"
