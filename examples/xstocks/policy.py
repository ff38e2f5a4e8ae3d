"""Makes policy.jsonl from the tables beside it: `python -m examples.xstocks.policy`.

    instruments.csv   symbol, ticker, name, kind (share or fund), isin (empty: to fill in), multiplier
                      (shares per unit); a further column named after a chain gives the tokens' addresses
    chains.csv        chain, decimals, account: where every instrument has a token, and who mints it there

Each instrument is proposed by one operator and confirmed by another. An order's id carries a digest of the
order, so that an edited table can be submitted whole again: what is unchanged is a repetition. A column of
another name is an error: an address under a misspelt chain would leave a placeholder on the log for good.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from schemas import canonical
from schemas.dialects import ConfirmationFile, ProposalFile
from schemas.house import Alias, RegisterInstrument, Token

FOLDER = Path(__file__).parent
POLICY = FOLDER / "policy.jsonl"
PROPOSER, CONFIRMER = "alice", "bob"

COLUMNS = frozenset(("symbol", "ticker", "name", "kind", "isin", "multiplier"))

Row = dict[str, str]


def policy() -> str:
    """Return the orders as one JSON object a line, an instrument's proposal before its confirmation."""
    chains = rows("chains.csv")
    lines = (line for row in rows("instruments.csv") for line in orders(instrument(row, chains)))
    return "".join(canonical.encode(line).decode() + "\n" for line in lines)


def rows(name: str) -> list[Row]:
    """Return a table's rows by the names of its columns."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, strict=True))


def instrument(row: Row, chains: list[Row]) -> RegisterInstrument:
    """Return an instrument's terms; a token without an address gets the placeholder `SYMBOL@CHAIN`."""
    symbol = row["symbol"]
    unknown = row.keys() - COLUMNS - {each["chain"] for each in chains}
    if unknown:
        raise ValueError(
            f"instruments.csv, {symbol}: no chain or column is called {sorted(map(str, unknown))}"
        )
    return RegisterInstrument(
        instrument=symbol,
        name=row["name"],
        multiplier=row["multiplier"],
        aliases=tuple(aliases(row["isin"])),
        tokens=tuple(
            Token(
                chain=each["chain"],
                token=row.get(each["chain"]) or f"{symbol}@{each['chain']}",
                decimals=int(each["decimals"]),
                account=each["account"],
            )
            for each in chains
        ),
    )


def aliases(isin: str) -> Iterator[Alias]:
    """Yield the ISIN and, of an American one, the CUSIP inside (ISO 6166: prefix, CUSIP, check digit)."""
    if isin:
        yield Alias(scheme="ISIN", id=isin)
    if isin.startswith("US"):
        yield Alias(scheme="CUSIP", id=isin[2:11])


def orders(rule: RegisterInstrument) -> tuple[ProposalFile, ConfirmationFile]:
    """Return the proposal of a rule and its confirmation."""
    order_id = f"{rule.instrument}-{canonical.digest(canonical.encode(rule))[:16]}"
    return (
        ProposalFile(
            dialect="tallystick.operator", v=1, type="proposal", operator=PROPOSER, id=order_id, order=rule
        ),
        ConfirmationFile(
            dialect="tallystick.operator",
            v=1,
            type="confirmation",
            operator=CONFIRMER,
            proposer=PROPOSER,
            id=order_id,
        ),
    )


if __name__ == "__main__":
    POLICY.write_text(policy(), encoding="utf-8")
