"""A forger who hashes everything anew and rewrites the manifest still contradicts what else is there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.canonical import digest, encode
from tests.audit.forging import (
    JSON,
    event_of,
    forge,
    lines_of,
    messages_of,
    record_where,
    rehash,
    renew_manifest,
    with_event,
    write_lines,
    write_messages,
)
from workers.audit import Finding, verify

TRANSACTIONS = "transactions.minter-1"


def codes(folder: Path, book: str, seq: int | None = None) -> set[str]:
    return {
        each.code
        for each in verify(folder).findings
        if each.book == book and (seq is None or each.seq == seq)
    }


def changed_event(name: str, **fields: Any) -> Callable[[JSON], None]:
    return lambda record: event_of(record, name).update(fields)


def spaced(record: Any) -> bytes:
    return json.dumps(record, sort_keys=True).encode()


def with_key_twice(record: Any) -> bytes:
    return encode(record).replace(b'{"book":', b'{"book":"ledger-1","book":')


def with_a_float(record: Any) -> bytes:
    return encode(record).replace(b'"v":1}', b'"v":1.0}')


@pytest.mark.parametrize("write", [spaced, with_key_twice, with_a_float])
def test_a_record_in_another_form_is_found(exported: Path, write: Callable[[Any], bytes]) -> None:
    seq = record_where(exported, "ledger-1", with_event("lot_received"))
    forge(exported, "ledger-1", seq, lambda _: None, write=write)
    assert "not_canonical" in codes(exported, "ledger-1", seq)


@pytest.mark.parametrize("fields", [{"amount": 1.5}, {"memo": "x"}, {"memo": 2**60}])
def test_a_field_that_no_type_has_is_found(exported: Path, fields: JSON) -> None:
    seq = record_where(exported, "ledger-1", with_event("lot_received"))
    forge(exported, "ledger-1", seq, changed_event("lot_received", **fields))
    assert codes(exported, "ledger-1", seq) >= {"not_canonical", "record_malformed"}


@pytest.mark.parametrize("shares", ["1e3", "-5", "1.50", "many"])
def test_a_field_against_its_constraints_is_found(exported: Path, shares: str) -> None:
    seq = record_where(exported, "ledger-1", with_event("lot_received"))
    forge(exported, "ledger-1", seq, changed_event("lot_received", shares=shares))
    assert "record_malformed" in codes(exported, "ledger-1", seq)


def test_an_event_of_another_kind_of_book_is_found(exported: Path) -> None:
    seq = record_where(exported, TRANSACTIONS, with_event("transaction_sent"))
    stranger = {"code": "malformed", "text": "", "type": "message_parked", "v": 1}
    forge(exported, TRANSACTIONS, seq, lambda record: record["events"].append(stranger))
    assert "foreign_event" in codes(exported, TRANSACTIONS, seq)


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.update(v=2),
        lambda record: record["events"][0].update(v=2),
        lambda record: record["events"][0].update(type="lot_teleported"),
    ],
)
def test_what_a_newer_program_wrote_asks_for_one(exported: Path, change: Callable[[JSON], None]) -> None:
    forge(exported, "ledger-1", 20, change)
    found = [each for each in verify(exported).findings if each.code == "newer_program_needed"]
    assert [(each.book, each.seq) for each in found] == [("ledger-1", 20)]
    assert "use a newer one" in found[0].text


def test_a_message_exchanged_together_with_its_digest_is_an_invariants_matter(exported: Path) -> None:
    rows = messages_of(exported, "inbox.custody-1")
    rows[0]["message"]["body"]["quantity"] = "1000000"
    write_messages(exported, "inbox.custody-1", rows)

    def decides(record: JSON) -> bool:
        source = record["source"]
        return bool(source) and (source["topic"], source["offset"]) == ("inbox.custody", 0)

    seq = record_where(exported, "ledger-1", decides)
    forged = digest(encode(rows[0]["message"]))
    forge(exported, "ledger-1", seq, lambda record: record["source"].update(sha256=forged))
    assert any(code.startswith("INV-") for code in codes(exported, "ledger-1", seq))


def test_a_void_record_that_points_at_nothing_here_is_found(exported: Path) -> None:
    lines = lines_of(exported, "ledger-1")
    stray = json.loads(lines[-1]) | {"prev": "ab" * 32, "seq": 500}
    write_lines(exported, "ledger-1", [*lines, encode(stray)])
    renew_manifest(exported)
    found = [each for each in verify(exported).findings if each.code == "chain_broken"]
    assert [(each.book, each.line) for each in found] == [("ledger-1", len(lines) + 1)]


def test_a_void_record_that_forks_off_is_honest(exported: Path) -> None:
    lines = lines_of(exported, "ledger-1")
    fork = json.loads(lines[4]) | {"owner": "late"}
    write_lines(exported, "ledger-1", [*lines, encode(fork)])
    renew_manifest(exported)
    assert verify(exported).holds


def test_a_torn_batch_after_which_somebody_went_on_is_honest(exported: Path) -> None:
    lines = lines_of(exported, "ledger-1")
    torn = json.loads(lines[-1]) | {"prev": "ab" * 32, "seq": 500}
    write_lines(exported, "ledger-1", [*lines[:-1], encode(torn), lines[-1]])
    renew_manifest(exported)
    assert verify(exported).holds


def test_a_source_of_another_partition_is_found(exported: Path) -> None:
    seq = record_where(exported, "ledger-1", with_event("lot_received"))

    def foreign(record: JSON) -> None:
        record["source"].update(partition=0, offset=0)

    forge(exported, "ledger-1", seq, foreign)
    assert "foreign_source" in codes(exported, "ledger-1", seq)


def test_offsets_called_absent_that_are_there_are_found(exported: Path) -> None:
    seq = record_where(exported, "ledger-1", with_event("lot_received"))

    def hole(record: JSON) -> None:
        record["source"]["sha256"] = None
        record["events"] = [{"count": 1, "type": "offsets_absent", "v": 1}]

    forge(exported, "ledger-1", seq, hole)
    assert "absent_offset_present" in codes(exported, "ledger-1", seq)


def test_a_hole_that_says_something_else_as_well_is_found(exported: Path) -> None:
    seq = record_where(exported, "ledger-1", with_event("lot_received"))
    hole = {"count": 1, "type": "offsets_absent", "v": 1}
    forge(exported, "ledger-1", seq, lambda record: record["events"].append(hole))
    assert "hole_malformed" in codes(exported, "ledger-1", seq)


def work(name: str, value: object) -> Callable[[JSON], None]:
    return changed_event("operation_taken", **{name: value})


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record["source"].update(seq=1),
        lambda record: record["source"].update(
            book="ledger-0" if record["source"]["book"][-1] == "1" else "ledger-1"
        ),
        lambda record: record["source"].update(sha256="ab" * 32),
        lambda record: record.update(source=None),
        work("units", "1000000"),
        work("recipient", "wallet-of-a-thief"),
        work("operation", "ab" * 32),
        work("kind", "burn"),
        work("token", "TSLAx-2"),
    ],
)
def test_work_that_no_record_authorized_is_found(exported: Path, change: Callable[[JSON], None]) -> None:
    seq = record_where(exported, TRANSACTIONS, with_event("operation_taken"))
    forge(exported, TRANSACTIONS, seq, change)
    assert "work_unfounded" in codes(exported, TRANSACTIONS, seq)


def test_an_account_that_takes_anothers_work_is_found(exported: Path) -> None:
    lines = [
        line.replace(TRANSACTIONS.encode(), b"transactions.thief")
        for line in lines_of(exported, TRANSACTIONS)
    ]
    rehash(lines, 0)
    write_lines(exported, "transactions.thief", lines)
    (exported / "books" / f"{TRANSACTIONS}.jsonl").unlink()
    renew_manifest(exported)
    assert "work_unfounded" in codes(exported, "transactions.thief")
    assert "receipt_unfounded" in codes(exported, "inbox.chain-0")


def test_a_receipt_without_its_record_is_found_and_named(exported: Path) -> None:
    seq = record_where(exported, TRANSACTIONS, with_event("operation_confirmed"))
    lines = lines_of(exported, TRANSACTIONS)[: seq - 1]
    write_lines(exported, TRANSACTIONS, lines)
    renew_manifest(exported)
    offsets = {
        (inbox, row["offset"])
        for inbox in ("inbox.chain-0", "inbox.chain-1")
        for row in messages_of(exported, inbox)
    }
    found = {(each.book, each.seq) for each in verify(exported).findings if each.code == "receipt_unfounded"}
    assert found == offsets


@pytest.mark.parametrize(
    "fields",
    [{"units": "7"}, {"transaction": "ab"}, {"block_height": 1}, {"operation": "ab" * 32}, {"kind": "burn"}],
)
def test_a_receipt_that_says_more_than_its_record_is_found(exported: Path, fields: JSON) -> None:
    seq = record_where(exported, TRANSACTIONS, with_event("operation_confirmed"))
    forge(exported, TRANSACTIONS, seq, changed_event("operation_confirmed", **fields))
    found = [each for each in verify(exported).findings if each.code == "receipt_unfounded"]
    assert any(f"{TRANSACTIONS} seq {seq}" in each.text for each in found)


def broadcast_findings(folder: Path) -> list[Finding]:
    return [each for each in verify(folder).findings if each.code == "broadcast_unfounded"]


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["rule"].update(name="Another"),
        lambda body: body["record"].update(seq=1),
        lambda body: body["record"].update(sha256="ab" * 32),
        lambda body: body.update(number=77),
    ],
)
def test_a_relayed_rule_that_was_not_decided_is_found_and_named(
    exported: Path, change: Callable[[JSON], None]
) -> None:
    rows = messages_of(exported, "inbox.broadcast-1")
    change(rows[1]["message"]["body"])
    write_messages(exported, "inbox.broadcast-1", rows)
    assert [(each.book, each.seq) for each in broadcast_findings(exported)] == [("inbox.broadcast-1", 1)]


def test_a_relayed_rule_before_its_decision_is_found(exported: Path) -> None:
    for partition in (0, 1):
        rows = messages_of(exported, f"inbox.broadcast-{partition}")
        late = {**rows[0], "offset": len(rows)}
        late["message"] = json.loads(json.dumps(late["message"]))
        late["message"]["body"].update(number=len(rows) + 1)
        write_messages(exported, f"inbox.broadcast-{partition}", [*rows, late])
    assert {each.book for each in broadcast_findings(exported)} == {"inbox.broadcast-0", "inbox.broadcast-1"}


def test_evidence_that_a_forged_message_names_outside_the_export_is_not_looked_at(exported: Path) -> None:
    rows = messages_of(exported, "inbox.custody-1")
    rows[0]["message"]["evidence"]["sha256"] = "../../../../etc/passwd"
    write_messages(exported, "inbox.custody-1", rows)
    assert "evidence_missing" in codes(exported, "inbox.custody-1", 0)


def test_a_log_of_nonsense_is_a_finding_and_no_traceback(exported: Path) -> None:
    for name in ("lot_moved", "mint_finalized", "issuance_funded", "mint_authorized"):
        seq = record_where(exported, "ledger-1", with_event(name))
        event = {"instrument": "NOBODY", "issuance": "ab" * 32, "mint": "cd" * 32, "lot": "ef" * 32}

        def nonsense(record: JSON, event: JSON = event, name: str = name) -> None:
            fields = event_of(record, name)
            fields.update({key: value for key, value in event.items() if key in fields})

        forge(exported, "ledger-1", seq, nonsense)
        assert not verify(exported).holds
