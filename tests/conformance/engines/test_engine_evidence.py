"""Evidence: what came in, byte for byte, once, under its digest."""

import hashlib

from workers.log.engine import Engine


def test_evidence_is_found_under_its_sha256(engine: Engine) -> None:
    digest = engine.keep_evidence(b"a confirmation")
    assert digest == hashlib.sha256(b"a confirmation").hexdigest()
    assert engine.evidence(digest) == b"a confirmation"


def test_the_same_bytes_are_kept_once(engine: Engine) -> None:
    assert engine.keep_evidence(b"same") == engine.keep_evidence(b"same")
    assert len(engine.evidence_digests()) == 1


def test_unknown_evidence_is_none(engine: Engine) -> None:
    assert engine.evidence("0" * 64) is None
    assert engine.evidence("not a digest") is None
    assert engine.evidence_digests() == []


def test_empty_and_large_evidence_come_back_whole(engine: Engine) -> None:
    large = bytes(range(256)) * 8192
    kept = [engine.keep_evidence(data) for data in (b"", large)]
    assert [engine.evidence(digest) for digest in kept] == [b"", large]


def test_digests_are_listed_in_order(engine: Engine) -> None:
    kept = {engine.keep_evidence(b"%d" % number) for number in range(20)}
    assert engine.evidence_digests() == sorted(kept)


def test_evidence_is_no_stream(engine: Engine) -> None:
    engine.keep_evidence(b"a confirmation")
    assert engine.streams() == []


def test_many_pieces_are_kept_together_and_named_in_order(engine: Engine) -> None:
    one = engine.keep_evidence(b"1")
    digests = engine.keep_all_evidence(data for data in (b"2", b"1", b"2", b"3"))
    assert digests[1] == one
    assert digests[0] == digests[2]
    assert [engine.evidence(digest) for digest in digests] == [b"2", b"1", b"2", b"3"]
    assert engine.evidence_digests() == sorted(set(digests))


def test_nothing_to_keep_is_nothing_kept(engine: Engine) -> None:
    assert engine.keep_all_evidence([]) == []
    assert engine.evidence_digests() == []
