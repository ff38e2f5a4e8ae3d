"""A broker that asks for credentials and rights: what roles may do, may not do, and how they are told."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from socket import create_server

import pytest

from tests.brokers.certificates import Authority
from tests.brokers.secured_broker import SecuredBroker
from tests.brokers.secured_log import EXECUTORS, FIRST, OTHERS, SecuredLog
from tests.brokers.worker_processes import WorkerProcesses, tallystick
from workers.log.engine import LogError
from workers.log.kafka import Cluster
from workers.log.kafka.engine import KafkaEngine

INPUTS = 500
TIMEOUT_MILLISECONDS = 3_000
COULD_NOT_RUN = 2
ELSEWHERE = "no-such-password-anywhere"

NEEDED_LATER = {("settlement", "TOPIC", "inbox.operator", "WRITE")}
"""Ticks, which nothing asks for as long as nothing is due."""


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    with SecuredBroker(tmp_path_factory.mktemp("certificates")) as started:
        yield started


@pytest.fixture(scope="module")
def idle(secured: SecuredBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredLog]:
    """A log that was created, and on which nobody works."""
    with SecuredLog(secured, tmp_path_factory.mktemp("idle"), seed=42) as created:
        yield created


@pytest.mark.timeout(1800)
def test_each_role_does_its_part_with_the_rights_that_are_printed_and_needs_them_all(
    secured: SecuredBroker, tmp_path: Path
) -> None:
    with SecuredLog(secured, tmp_path, seed=41) as running:
        running.start_all()
        running.send_all("small", INPUTS)
        submit(running, "gateway", tmp_path)
        running.until_decided()
        verdict = running.verdict()
        print(verdict)
        assert verdict.inputs >= INPUTS
        assert {len(running.log.books[f"transactions.{each}"].valid) > 1 for each in EXECUTORS} == {True}
        tallystick("state", "--config", running.config("operator"))
        export = tmp_path / "export"
        tallystick("audit", "export", "--out", export, "--config", running.config("auditor"))
        tallystick("audit", "verify", export)
        for worker in list(running.workers.all):
            assert running.workers.remove(worker) == 0, worker.words()
            assert not any(password in worker.words() for password in secured.passwords())
        asked = secured.asked()
        granted = running.granted()
        assert not {each for each in asked["Denied"] if each[2].startswith(running.cluster.prefix)}
        unused = {
            (user, kind, name.removeprefix(running.cluster.prefix), operation)
            for user, kind, name, operation in granted - asked["Allowed"]
        }
        assert unused == NEEDED_LATER


def submit(running: SecuredLog, user: str, folder: Path, exit_code: int = 0) -> str:
    """Lay a file in as a user, and return what was said."""
    _, data = next(islice(running.sender.load.deliveries(), 1))
    file = folder / "file"
    file.write_bytes(data)
    return tallystick("submit", file, "--config", running.config(user), exit_code=exit_code)


FORBIDDEN = [
    ("gateway", "ledger-0"),
    ("gateway", "inbox.operator-0"),
    ("gateway", "inbox.broadcast-0"),
    ("operator", "ledger-0"),
    ("operator", "inbox.custody-0"),
    ("settlement", "inbox.custody-0"),
    ("settlement", "inbox.requests-0"),
    ("settlement", "inbox.chain-0"),
    ("settlement", f"transactions.{FIRST}"),
    (EXECUTORS[FIRST], "ledger-0"),
    (EXECUTORS[FIRST], "inbox.custody-0"),
    (EXECUTORS[FIRST], "inbox.operator-0"),
    (EXECUTORS[FIRST], f"transactions.{OTHERS[0]}"),
    (EXECUTORS[OTHERS[0]], f"transactions.{FIRST}"),
    ("auditor", "ledger-0"),
    ("auditor", "inbox.custody-0"),
    ("auditor", f"transactions.{FIRST}"),
]
ALLOWED = [
    ("gateway", "inbox.custody-1"),
    ("operator", "inbox.operator-1"),
    ("settlement", "ledger-1"),
    (EXECUTORS[FIRST], "inbox.chain-1"),
    (EXECUTORS[FIRST], f"transactions.{FIRST}"),
]


@pytest.mark.parametrize(("user", "stream"), FORBIDDEN)
def test_what_a_role_may_not_write_is_refused_and_named(idle: SecuredLog, user: str, stream: str) -> None:
    engine, before = KafkaEngine(idle.user(user)), _end(idle, stream)
    try:
        with pytest.raises(LogError) as refused:
            engine.append({stream: [b"forbidden"]})
    finally:
        engine.close()
    topic = idle.cluster.prefix + stream.removesuffix("-0")
    assert f"no right to write {topic}" in str(refused.value)
    assert "tallystick topics plan --acls" in str(refused.value)
    assert _end(idle, stream) == before


@pytest.mark.parametrize(("user", "stream"), ALLOWED)
def test_what_a_role_may_write_is_appended(idle: SecuredLog, user: str, stream: str) -> None:
    engine, before = KafkaEngine(idle.user(user)), _end(idle, stream)
    try:
        engine.append({stream: [b"allowed"]})
    finally:
        engine.close()
    assert _end(idle, stream) == before + 1


def test_of_an_append_to_two_topics_the_one_is_named_that_is_refused(idle: SecuredLog) -> None:
    engine = KafkaEngine(idle.user("gateway"))
    try:
        with pytest.raises(LogError) as refused:
            engine.append({"inbox.custody-2": [b"allowed"], "ledger-2": [b"forbidden"]})
    finally:
        engine.close()
    assert f"no right to write {idle.cluster.prefix}ledger " in str(refused.value)


@pytest.mark.parametrize("user", ["gateway", "operator"])
@pytest.mark.parametrize("stream", [f"transactions.{FIRST}", "inbox.chain-0"])
def test_what_a_role_may_not_read_does_not_look_empty(idle: SecuredLog, user: str, stream: str) -> None:
    engine = KafkaEngine(idle.user(user))
    try:
        with pytest.raises(LogError, match="no right to read"):
            engine.read(stream, 0, 1)
    finally:
        engine.close()


def test_a_command_says_in_one_line_which_right_it_lacks(idle: SecuredLog, tmp_path: Path) -> None:
    said = submit(idle, "auditor", tmp_path, exit_code=COULD_NOT_RUN)
    assert len(said.splitlines()) == 1, said
    assert f"no right to write {idle.cluster.prefix}evidence" in said


def test_a_worker_with_another_roles_rights_says_so_and_ends(idle: SecuredLog) -> None:
    said = tallystick("worker", "settlement", "--config", idle.config("gateway"), exit_code=COULD_NOT_RUN)
    assert len(said.splitlines()) == 1, said
    assert f"no right to describe {idle.cluster.prefix}inbox.chain, " in said


def test_rights_are_printed_as_commands_that_can_be_pasted(idle: SecuredLog) -> None:
    printed = tallystick("topics", "plan", "--acls", "--config", idle.workers.config("printing"))
    lines = printed.splitlines()
    prefix = idle.cluster.prefix
    assert len(lines) == len(idle.rights)
    assert (
        "kafka-acls.sh --bootstrap-server SERVER --add --allow-principal User:gateway "
        f"--operation Describe --operation Write --topic {prefix}inbox.custody"
    ) in lines
    assert (
        "kafka-acls.sh --bootstrap-server SERVER --add --allow-principal User:settlement "
        f"--operation Read --operation Describe --group {prefix}settlement"
    ) in lines


Change = Callable[[SecuredLog, Authority], Cluster]

WRONG: dict[str, tuple[Change, str]] = {
    "a wrong password": (
        lambda log, _: replace(log.user("settlement"), password=ELSEWHERE),
        "user settlement is unknown or its password is wrong",
    ),
    "an unknown user": (
        lambda log, _: replace(log.user("settlement"), username="nobody"),
        "user nobody is unknown or its password is wrong",
    ),
    "no password": (
        lambda log, _: replace(log.user("settlement"), username=None, password=None),
        "the broker ends the connection: it wants TLS or a password",
    ),
    "no TLS": (
        lambda log, _: replace(log.user("settlement"), ca_file=None),
        "the broker ends the connection: it wants TLS or a password",
    ),
    "another authority of theirs": (
        lambda log, other: replace(log.user("settlement"), ca_file=str(other.ca_file)),
        "the broker's certificate is not trusted",
    ),
    "another authority of ours": (
        lambda log, other: _with(log.user(EXECUTORS[FIRST]), other),
        "the broker refuses our certificate (sslv3 alert certificate unknown)",
    ),
    "no certificate": (
        lambda log, _: replace(log.user(EXECUTORS[FIRST]), certificate_file=None, key_file=None),
        "the broker refuses our certificate (tlsv13 alert certificate required)",
    ),
    "nobody there": (
        lambda log, _: replace(log.user("settlement"), bootstrap_servers=("127.0.0.1:9",)),
        "no broker answers",
    ),
}


@pytest.fixture(scope="module")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("others"), "theirs")


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("command", [("topics", "check"), ("log", "create"), ("worker", "settlement")])
def test_who_is_not_let_in_is_told_why_in_one_line_without_the_password(
    idle: SecuredLog, other_authority: Authority, tmp_path: Path, command: tuple[str, ...], wrong: str
) -> None:
    change, expected = WRONG[wrong]
    cluster = replace(change(idle, other_authority), timeout_ms=TIMEOUT_MILLISECONDS)
    config = WorkerProcesses(cluster, tmp_path, partitions=4).config("refused")
    said = tallystick(*command, "--config", config, exit_code=COULD_NOT_RUN)
    assert len(said.splitlines()) == 1, said
    assert expected in said
    assert not any(password in said for password in (*idle.broker.passwords(), ELSEWHERE))


def test_a_broker_that_never_answers_is_given_up(idle: SecuredLog, tmp_path: Path) -> None:
    """The timeout of the settings bounds the wait: without it this would wait for the test's own."""
    with create_server(("127.0.0.1", 0)) as silent:
        cluster = replace(
            idle.user("settlement"),
            bootstrap_servers=(f"127.0.0.1:{silent.getsockname()[1]}",),
            timeout_ms=TIMEOUT_MILLISECONDS,
        )
        config = WorkerProcesses(cluster, tmp_path, partitions=4).config("silent")
        for command in (("topics", "check"), ("log", "create")):
            said = tallystick(*command, "--config", config, exit_code=COULD_NOT_RUN)
            assert "no broker answers (TimeoutError)" in said


def _with(cluster: Cluster, authority: Authority) -> Cluster:
    made = authority.issue("executor-of-theirs")
    return replace(cluster, certificate_file=str(made.certificate), key_file=str(made.key))


def _end(log: SecuredLog, stream: str) -> int:
    engine = KafkaEngine(log.cluster)
    try:
        return engine.end(stream)
    finally:
        engine.close()
