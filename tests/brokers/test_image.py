"""The image: a worker from it lives without rights and without a disk; its bill of materials holds."""

import importlib.util
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import docker
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from docker.models.containers import Container

from tests.brokers.kafka_broker import KafkaBroker, owned, until
from tests.brokers.log_on_kafka import fresh_log
from tests.brokers.worker_processes import ACCOUNTS, WorkerProcesses, tallystick

ROOT = Path(__file__).parents[2]
PARTITIONS = 4
SECONDS = 300
NOBODYS_CAPABILITIES = "0000000000000000"


@pytest.fixture(scope="module")
def image() -> str:
    """Build the image, and give its id: its name may be another checkout's a moment later."""
    built = subprocess.run([ROOT / "infra" / "image.sh"], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return built.stdout.strip()


@pytest.fixture
def worker(broker: KafkaBroker, image: str, tmp_path: Path) -> Iterator[Container]:
    """Start a settlement worker from the image, as compose.yaml does, in the network of the broker."""
    cluster = fresh_log(broker.bootstrap, partitions=PARTITIONS, accounts=ACCOUNTS)
    with WorkerProcesses(cluster, tmp_path, partitions=PARTITIONS) as nobody_else:
        tallystick("log", "create", "--config", nobody_else.config("host"))
    config = tmp_path / "image.toml"
    config.write_text(
        f'partitions = {PARTITIONS}\n[kafka]\nbootstrap_servers = ["{broker.alias}:9092"]\n'
        f'prefix = "{cluster.prefix}"\nreplication_factor = 1\n[worker]\nfolder = "/tmp/worker"\n'
    )
    config.chmod(0o644)
    client = docker.from_env()
    container = client.containers.run(
        image,
        ["worker", "settlement", "--config", "/etc/tallystick.toml"],
        detach=True,
        network_mode=f"container:{broker.get_wrapped_container().id}",
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true"],
        tmpfs={"/tmp": "uid=10001,gid=10001"},
        volumes={str(config): {"bind": "/etc/tallystick.toml", "mode": "ro"}},
        labels=owned(),
    )
    try:
        yield container
    finally:
        container.remove(force=True, v=True)
        client.close()


def said(container: Container) -> str:
    return container.logs().decode(errors="replace")


def in_it(container: Container, *command: str) -> tuple[int, str]:
    code, out = container.exec_run(list(command))
    return code, out.decode(errors="replace").strip()


def test_a_worker_from_the_image_is_healthy_without_rights_and_ends_when_asked(worker: Container) -> None:
    def healthy() -> bool:
        worker.reload()
        assert worker.status == "running", said(worker)
        return worker.attrs["State"]["Health"]["Status"] == "healthy"

    until("the worker is healthy", SECONDS, healthy)
    until("it owns every book", SECONDS, lambda: said(worker).count('"book_taken_over"') >= PARTITIONS)
    lines = in_it(worker, "cat", "/proc/1/status")[1].splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    assert status["Uid"].split() == ["10001"] * 4
    assert {status[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {NOBODYS_CAPABILITIES}
    assert status["NoNewPrivs"] == "1"
    for place in ("/opt/tallystick/x", "/var/lib/tallystick/x", "/home/tallystick/x"):
        code, out = in_it(worker, "touch", place)
        assert code != 0, place
        assert "Read-only file system" in out
    worker.kill("SIGTERM")
    assert worker.wait(timeout=SECONDS)["StatusCode"] == 0, said(worker)
    assert "Traceback" not in said(worker)


def test_the_image_has_no_tests_no_builders_and_no_volume_that_nobody_named(image: str) -> None:
    client = docker.from_env()
    try:
        config = client.images.get(image).attrs["Config"]
        listed = client.containers.run(
            image,
            ["-c", "import importlib.metadata as m; print(*(d.name.lower() for d in m.distributions()))"],
            entrypoint="python3",
            remove=True,
            labels=owned(),
        )
    finally:
        client.close()
    assert config["User"] == "tallystick"
    assert not config.get("Volumes")
    installed = set(listed.decode().split())
    assert {"tallystick", "faust-streaming", "aiokafka"} <= installed
    assert not {"pip", "setuptools", "pytest", "crc32c"} & installed


@pytest.fixture(scope="module")
def sbom() -> ModuleType:
    """Give the script as a module."""
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "infra" / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_bill_of_materials_is_valid_complete_and_the_same_each_time(
    image: str, sbom: ModuleType, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    assert [sbom.main(image, out) for out in (first, second)] == [0, 0]
    text = first.read_text(encoding="utf-8")
    assert text == second.read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill: dict[str, Any] = json.loads(text)
    assert bill["metadata"]["component"]["name"] == "tallystick"
    purls = {each["purl"] for each in bill["components"]}
    lock = sbom.locked(sbom.LOCK.read_text(encoding="utf-8"))
    locked = {f"pkg:pypi/{name}@{version}" for name, version in lock.items()}
    assert locked <= purls
    assert len(locked) > 30
    debian = {purl.partition("@")[0] for purl in purls if purl.startswith("pkg:deb/debian/")}
    assert {"pkg:deb/debian/libc6", "pkg:deb/debian/ca-certificates"} <= debian
    assert "://" not in text.replace(bill["$schema"], ""), "it names hosts"


def test_what_the_lock_does_not_name_is_a_finding(
    image: str, sbom: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    lock = sbom.LOCK.read_text(encoding="utf-8")
    other = tmp_path / "requirements.lock"
    other.write_text(lock.replace("aiokafka==", "aiokafka==9."), encoding="utf-8")
    monkeypatch.setattr(sbom, "LOCK", other)
    assert sbom.main(image, tmp_path / "none.json") == 1
    assert "not in requirements.lock: aiokafka 0." in capsys.readouterr().err
    assert not (tmp_path / "none.json").exists()
