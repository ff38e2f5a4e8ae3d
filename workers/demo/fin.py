"""SWIFT FIN as the demo's custodian sends it: MT544 and MT546, new, as a copy, or as a reversal."""

from random import Random

from workers.demo.movement import Movement

TYPES = {"RECE": "544", "DELI": "546"}
REFERENCE_CHARACTERS_MAX = 16


def told(movement: Movement, _chance: Random) -> bytes:
    """Return the message in an output envelope, as the network delivers it."""
    sender = f"{movement.custodian.bic}AXXX"
    application = f"{{2:O{TYPES[movement.direction]}1700261123{sender}00000000012611231700N}}"
    lines = "\r\n".join(
        ("{4:", *_general(movement), *_trade(movement), *_account(movement), *_settlement(movement))
    )
    return f"{{1:F01ISSRCHZZAXXX0000000001}}{application}{lines}\r\n-}}".encode("ascii")


def _general(movement: Movement) -> list[str]:
    function = "RVSL" if movement.undoes else "NEWM/COPY" if movement.copy else "NEWM"
    links = {"RELA": movement.reference, "PREV": movement.previous, "MITI": movement.transaction}
    lines = [":16R:GENL", f":20C::SEME//{short(movement.message_id)}", f":23G:{function}"]
    if movement.remaining is not None:
        lines.append(f":22F::PARS//{'PARC' if movement.remaining == '0' else 'PAIN'}")
    for qualifier, reference in links.items():
        if reference is not None:
            lines += [":16R:LINK", f":20C::{qualifier}//{short(reference)}", ":16S:LINK"]
    return [*lines, ":16S:GENL"]


def _trade(movement: Movement) -> list[str]:
    day = movement.day.replace("-", "")
    return [
        ":16R:TRADDET",
        f":98A::ESET//{day}",
        f":98A::SETT//{day}",
        f":35B:ISIN {movement.isin}",
        ":16S:TRADDET",
    ]


def _account(movement: Movement) -> list[str]:
    quantities = {"ESTT": movement.quantity, "PSTT": movement.previously_settled, "RSTT": movement.remaining}
    return [
        ":16R:FIAC",
        *(f":36B::{name}//UNIT/{_decimal(value)}" for name, value in quantities.items() if value is not None),
        f":97A::SAFE//{movement.account}",
        ":16S:FIAC",
    ]


def _settlement(movement: Movement) -> list[str]:
    return [":16R:SETDET", f":22F::SETR//{movement.transaction_type}", ":16S:SETDET"]


def _decimal(value: str) -> str:
    """Return a quantity with the comma that FIN wants, also where nothing follows it."""
    whole, _, places = value.partition(".")
    return f"{whole},{places}"


def short(reference: str) -> str:
    """Return as much of a reference as the field takes: its end, which tells messages apart."""
    return reference[-REFERENCE_CHARACTERS_MAX:]
