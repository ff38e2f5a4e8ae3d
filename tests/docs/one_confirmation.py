"""Makes docs/one-confirmation.md from a run of the real program: `python -m tests.docs.one_confirmation`.

The clock, the owner ids and the signatures of this run are fixed, so the page is the same on every machine.
"""

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from schemas import canonical, instants
from schemas.dialects import IssuanceFile
from schemas.envelope import Message, encode_message
from schemas.house import (
    Alias,
    CreateLog,
    Operator,
    Policy,
    RegisterClient,
    RegisterCustodyAccount,
    RegisterInstrument,
    RegisterWallet,
    Token,
)
from schemas.messages import OPERATOR, Genesis
from schemas.streams import inbox_stream
from workers.authorizations import Authorizations
from workers.chains.simulated import Genesis as ChainGenesis
from workers.chains.simulated import Network, SimulatedChain
from workers.executor import Executor
from workers.ingest.profiles import NO_PROFILES
from workers.intake import Intake
from workers.log.commit import GroupCommit
from workers.log.memory import MemoryEngine
from workers.runner import Surroundings
from workers.settlement import Settlement

PAGE = Path(__file__).parents[2] / "docs" / "one-confirmation.md"
START = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)

SESE_025 = """\
<?xml version="1.0" encoding="UTF-8"?>
<BizMsgEnvlp>
  <AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02">
    <Fr><FIId><FinInstnId><BICFI>NORBUS33XXX</BICFI></FinInstnId></FIId></Fr>
    <To><FIId><FinInstnId><BICFI>ISSRCHZZXXX</BICFI></FinInstnId></FIId></To>
    <BizMsgIdr>NB20261123-000417</BizMsgIdr>
    <MsgDefIdr>sese.025.001.11</MsgDefIdr>
    <CreDt>2026-11-23T16:59:58Z</CreDt>
  </AppHdr>
  <Document xmlns="urn:iso:std:iso:20022:tech:xsd:sese.025.001.11">
    <SctiesSttlmTxConf>
      <TxIdDtls>
        <AcctOwnrTxId>{reference}</AcctOwnrTxId>
        <AcctSvcrTxId>NB-T-88123</AcctSvcrTxId>
        <SctiesMvmntTp>RECE</SctiesMvmntTp>
        <Pmt>APMT</Pmt>
      </TxIdDtls>
      <TradDtls>
        <TradDt><Dt><Dt>2026-11-20</Dt></Dt></TradDt>
        <FctvSttlmDt><Dt><Dt>2026-11-23</Dt></Dt></FctvSttlmDt>
      </TradDtls>
      <FinInstrmId><ISIN>US1912161007</ISIN></FinInstrmId>
      <QtyAndAcctDtls>
        <SttldQty><Qty><Unit>100</Unit></Qty></SttldQty>
        <SfkpgAcct><Id>NB-7710-BACKING</Id></SfkpgAcct>
      </QtyAndAcctDtls>
      <SttlmParams><SctiesTxTp><Cd>TRAD</Cd></SctiesTxTp></SttlmParams>
    </SctiesSttlmTxConf>
  </Document>
</BizMsgEnvlp>
"""

WALLET = "AtLaSwALLeT1111111111111111111111111111111"
HOUSE = (
    RegisterInstrument(
        instrument="KOx",
        name="Coca-Cola",
        multiplier="1.0274918",
        aliases=(Alias(scheme="ISIN", id="US1912161007"),),
        tokens=(Token(chain="solana", token="KOx@solana", decimals=8, account="solana-1"),),
    ),
    RegisterCustodyAccount(
        servicer="NORBUS33",
        account="NB-7710-BACKING",
        purpose="backing",
        feed="iso20022",
        senders=("northbank",),
    ),
    RegisterClient(client="atlas-markets", eligible=True),
    RegisterWallet(client="atlas-markets", chain="solana", address=WALLET),
)
REQUEST = IssuanceFile(
    dialect="tallystick.request",
    v=1,
    type="issuance",
    client="atlas-markets",
    client_request_id="req-0042",
    instrument="KOx",
    shares="100",
    chain="solana",
    wallet=WALLET,
)


class Run:
    """One book, one signing account, one chain, and a clock that moves a second a round."""

    def __init__(self) -> None:
        self.seconds = 0
        owners = itertools.count(1)
        around = Surroundings(
            now=self.now,
            monotonic=lambda: float(self.seconds),
            new_owner=lambda: f"owner-{next(owners)}",
            pause=lambda: 0.0,
        )
        self.engine = MemoryEngine()
        self._genesis()
        self.network = Network(
            ChainGenesis(
                name="solana",
                accounts={"solana-1": b"a development key, 32 bytes long"},
                tokens=("KOx@solana",),
                finality_depth_blocks=2,
                timestamp=int(START.timestamp()),
            )
        )
        chain = SimulatedChain(self.network, entropy=Random(1).randbytes)
        self.authorizations = Authorizations(self.engine, 1)
        self.settlement = Settlement(self.engine, 0, around)
        self.executor = Executor(self.engine, "solana-1", chain, self.authorizations, around)
        self.intake = Intake(self.engine, partitions=1, profiles=NO_PROFILES, now=self.now)

    def now(self) -> str:
        return instants.text(START + timedelta(seconds=self.seconds))

    def submit(self, data: bytes, sender: str) -> None:
        commit = GroupCommit()
        for placed in self.intake.take([(data, sender)])[0]:
            commit.append(placed.stream, [placed.data])
        commit.flush(self.engine)

    def rounds(self, count: int) -> None:
        for _ in range(count):
            commit = GroupCommit()
            self.settlement.advance(commit)
            self.authorizations.advance()
            self.executor.advance(commit)
            commit.flush(self.engine)
            self.seconds += 1
            self.network.produce_block(int(START.timestamp()) + self.seconds)

    def last(self, stream: str, event: str | None = None) -> dict[str, Any]:
        """Return the newest entry of a stream (that holds an event of this type)."""
        for entry in reversed(self.engine.read(stream, 0, 10_000)):
            value: dict[str, Any] = json.loads(entry.value)
            if event is None or event in [each["type"] for each in value["events"]]:
                return value
        raise LookupError(f"{stream} holds no {event}")

    def _genesis(self) -> None:
        policy = Policy(
            rules_version=1,
            largest_time_jump_seconds=86_400,
            issuance_expiry_seconds=864_000,
            mint_deadline_seconds=900,
            mint_attempts_max=3,
            events_per_decision_max=200,
        )
        operators = (Operator(operator="alice", public_key=None), Operator(operator="bob", public_key=None))
        rule = CreateLog(log="one-confirmation", partitions=1, operators=operators, policy=policy)
        message = Message(
            type="genesis",
            received_at=self.now(),
            sender="tallystick",
            instrument=None,
            evidence=None,
            reader=None,
            body=Genesis(rule=rule),
        )
        self.engine.append({inbox_stream(OPERATOR, 0): [encode_message(message)]})


def play(run: Run | None = None) -> Run:
    """Return the run that the page shows."""
    run = run or Run()
    run.rounds(4)
    for number, rule in enumerate(HOUSE, 1):
        proposal = {"dialect": "tallystick.operator", "v": 1, "id": f"house-{number}"}
        first = proposal | {"type": "proposal", "operator": "alice", "order": rule}
        second = proposal | {"type": "confirmation", "operator": "bob", "proposer": "alice"}
        run.submit(canonical.encode(first), "desk")
        run.submit(canonical.encode(second), "desk")
    run.rounds(4)
    run.submit(canonical.encode(REQUEST), "atlas-markets")
    run.rounds(3)
    accepted = run.last("ledger-0", "issuance_accepted")
    reference = accepted["events"][-1]["settlement_reference"]
    run.submit(SESE_025.format(reference=reference).encode(), "northbank")
    run.rounds(12)
    return run


def page() -> str:
    """Return the page."""
    run = play()
    accepted = run.last("ledger-0", "issuance_accepted")
    reference = accepted["events"][-1]["settlement_reference"]
    template = (Path(__file__).parent / "one_confirmation.template.md").read_text(encoding="utf-8")
    parts = {
        "request": canonical.decode(canonical.encode(REQUEST)),
        "accepted": accepted,
        "message": run.last("inbox.custody-0"),
        "authorized": run.last("ledger-0", "mint_authorized"),
        "signed": run.last("transactions.solana-1", "transaction_signed"),
        "sent": run.last("transactions.solana-1", "transaction_sent"),
        "included": run.last("transactions.solana-1", "transaction_included"),
        "confirmed": run.last("transactions.solana-1", "operation_confirmed"),
        "receipt": run.last("inbox.chain-0"),
        "completed": run.last("ledger-0", "issuance_completed"),
    }
    text = template.replace("{{sese}}", SESE_025.format(reference=reference).rstrip())
    for name, value in parts.items():
        text = text.replace("{{" + name + "}}", json.dumps(value, indent=2, ensure_ascii=False))
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
