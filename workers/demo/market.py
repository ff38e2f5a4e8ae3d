"""Who and what the demo's day is about: instruments, custodians, clients, wallets, chains."""

from dataclasses import dataclass
from typing import Literal

from schemas.house import Alias, RegisterClient, RegisterCustodyAccount, RegisterInstrument, RegisterWallet
from schemas.house import Token as TokenTerms


@dataclass(frozen=True, slots=True)
class Custodian:
    """A custodian or broker, our accounts there, and the dialect that it speaks.

    Its messages come in under the sender `name`; a broker is known by that name, custodians by their BIC.
    """

    name: str
    bic: str
    backing: str
    treasury: str
    other: str
    dialect: Literal["iso20022", "mt", "alpaca"] = "iso20022"


CHAINS = {"ethereum": 18, "solana": 8, "bnb": 18, "tron": 6, "mantle": 18}
"""The places of a token's smallest unit on each chain."""

INSTRUMENTS = (
    ("AAPLx", "Apple", "US0378331005", "1"),
    ("MSFTx", "Microsoft", "US5949181045", "1"),
    ("NVDAx", "NVIDIA", "US67066G1040", "1"),
    ("TSLAx", "Tesla", "US88160R1014", "1"),
    ("AMZNx", "Amazon", "US0231351067", "1"),
    ("GOOGLx", "Alphabet Class A", "US02079K3059", "1.0031"),
    ("METAx", "Meta Platforms", "US30303M1027", "1.0012"),
    ("KOx", "Coca-Cola", "US1912161007", "1.0274918"),
    ("JPMx", "JPMorgan Chase", "US46625H1005", "1.0198"),
    ("Vx", "Visa", "US92826C8394", "1.0055"),
    ("SPYx", "SPDR S&P 500 ETF", "US78462F1030", "1.011375"),
    ("NFLXx", "Netflix", "US64110L1061", "10"),
)
"""Id, name, ISIN, shares per unit."""

CUSTODIANS = (
    Custodian("northbank", "NORBUS33", "NB-7710-BACKING", "NB-7710-TREASURY", "NB-7710-CASHSWEEP"),
    Custodian("alpdepot", "ALPDCHZZ", "CH930076-B", "CH930076-T", "CH930076-X"),
    Custodian("harbortrust", "HARBLULL", "HT0042B", "HT0042T", "HT0042X", "mt"),
    Custodian("brokerline", "brokerline", "b0c5f1d5-7a35", "b0c5f1d5-7a36", "b0c5f1d5-7a37", "alpaca"),
)
SYMBOLS = {isin: instrument.removesuffix("x") for instrument, _, isin, _ in INSTRUMENTS}
"""The broker's symbol of each ISIN."""
WITHOUT_TREASURY = INSTRUMENTS[-1][0]
"""The instrument of which the issuer has bought no shares for itself."""
CLIENTS = ("atlas-markets", "birch-trading", "cedar-capital", "dune-liquidity")
BARRED_CLIENT = "elm-finance"


BROKER = CUSTODIANS[-1]


def address(client: str, chain: str) -> str:
    """Return a client's wallet on a chain; simulated chains take any text."""
    return f"{chain}:{client}"


def terms() -> list[RegisterInstrument | RegisterCustodyAccount | RegisterClient]:
    """Return the day's instruments, custody accounts and clients."""
    barred = RegisterClient(client=BARRED_CLIENT, eligible=False)
    clients = [RegisterClient(client=client, eligible=True) for client in CLIENTS]
    return [*_instruments(), *_accounts(), barred, *clients]


def wallets() -> list[RegisterWallet]:
    """Return every client's wallet on every chain; a wallet is registered once its client is."""
    return [
        RegisterWallet(client=client, chain=chain, address=address(client, chain))
        for client in CLIENTS
        for chain in CHAINS
    ]


def _instruments() -> list[RegisterInstrument]:
    return [
        RegisterInstrument(
            instrument=instrument,
            name=name,
            multiplier=multiplier,
            aliases=(
                Alias(scheme="ISIN", id=isin),
                Alias(scheme="SYMBOL", id=SYMBOLS[isin], servicer=BROKER.bic),
            ),
            tokens=tuple(
                TokenTerms(
                    chain=chain,
                    token=f"{instrument}@{chain}",
                    decimals=decimals,
                    account=f"{chain}-1",
                )
                for chain, decimals in CHAINS.items()
            ),
        )
        for instrument, name, isin, multiplier in INSTRUMENTS
    ]


def _accounts() -> list[RegisterCustodyAccount]:
    return [
        account
        for custodian in CUSTODIANS
        for account in (
            _account(custodian, custodian.backing, "backing"),
            _account(custodian, custodian.treasury, "treasury"),
            _account(custodian, custodian.other, "other"),
        )
    ]


def _account(
    custodian: Custodian, account: str, purpose: Literal["backing", "treasury", "other"]
) -> RegisterCustodyAccount:
    return RegisterCustodyAccount(
        servicer=custodian.bic,
        account=account,
        purpose=purpose,
        feed=custodian.dialect,
        senders=(custodian.name,),
    )
