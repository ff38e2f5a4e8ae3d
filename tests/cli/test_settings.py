"""Settings: options beat variables beat the file, and a wrong one is named with its fix."""

from pathlib import Path

import pytest
from command_line import CommandLine, working
from pydantic import SecretStr

from workers.bootstrap import cluster_of
from workers.settings import KafkaSettings, Settings
from workers.stream.application import credentials

KAFKA = '[kafka]\nbootstrap_servers = ["127.0.0.1:9"]\n'
CHAIN = '[[chains]]\nname = "ethereum"\naccounts = ["ethereum-1"]\n'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('poll_milliseconds = "soon"', "poll_milliseconds: Input should be a valid integer"),
        ("poll_milliseconds = 0", "poll_milliseconds: Input should be greater than or equal to 1"),
        ("partitions = 65", "partitions: Input should be less than or equal to 64"),
        ("poll = 1", "poll: no such setting; the settings are chains, data, kafka, log, metrics,"),
        ("data = 3", "data: "),
        ('log = "two words"', "log: String should match pattern"),
        ("chains = 3", "chains: "),
        (CHAIN + "colour = 1", "chains.0.colour: no such setting"),
        (CHAIN.replace("accounts", "account"), "chains.0.accounts: Field required"),
        (CHAIN + "block_time_milliseconds = 1", "chains.0.block_time_milliseconds: "),
        ("profiles = [{ servicer = 1, accounts = [] }]", "profiles.0.servicer: "),
        (
            KAFKA + 'certificate_file = "c"\nkey_file = "k"',
            "kafka: Value error, a certificate_file is shown ",
        ),
        (
            KAFKA + 'ca_file = "a"\ncertificate_file = "c"',
            "kafka: Value error, certificate_file and key_file ",
        ),
        (KAFKA + 'ca_file = "a"\nkey_file = "k"', "kafka: Value error, certificate_file and key_file "),
        (KAFKA + 'username = "u"', "kafka: Value error, a username and a password go together"),
        (KAFKA + 'password = "secret"', "kafka: Value error, a username and a password go together"),
        ("poll = = 1", "not TOML: "),
        ("poll", "not TOML: "),
        ("\x00", "not TOML: "),
    ],
)
@pytest.mark.parametrize("command", ["run", "read"])
def test_a_wrong_setting_in_the_file_is_named_with_the_file(
    tallystick: CommandLine, command: str, content: str, says: str
) -> None:
    tallystick.file("wrong.toml", content)
    tallystick.file("message", b"x")
    files = ["message"] if command == "read" else ["--data", "never-made"]
    said = tallystick(command, "--config", "wrong.toml", *files).refusal()
    assert said.startswith("wrong.toml: ")
    assert says in said
    assert sorted(path.name for path in tallystick.folder.iterdir()) == ["message", "wrong.toml"]


def test_a_password_is_in_no_text_of_the_settings_nor_of_what_is_made_of_them() -> None:
    kafka = KafkaSettings(bootstrap_servers=("kafka:9092",), username="u", password=SecretStr("hush-hush"))
    cluster = cluster_of(kafka)
    assert cluster.password == "hush-hush"
    for each in (kafka, Settings(kafka=kafka), cluster, credentials(cluster)):
        assert "hush" not in f"{each!r} {each!s}"


def test_a_file_that_is_not_utf_8_is_no_toml(tallystick: CommandLine) -> None:
    tallystick.file("wrong.toml", b'log = "\xff"')
    assert tallystick("run", "--config", "wrong.toml").refusal().startswith("wrong.toml: not TOML: ")


def test_a_settings_file_that_cannot_be_read_is_named(tallystick: CommandLine) -> None:
    for name, why in (("gone.toml", "No such file or directory"), (".", "Is a directory")):
        said = tallystick("run", "--config", name).refusal()
        assert said == f"{name}: {why}; name a file that can be read"


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("TALLYSTICK_POLL", "1", "TALLYSTICK_POLL: no such setting; the variables are TALLYSTICK_CHAINS"),
        ("TALLYSTICK_PARTITIONS", "many", "TALLYSTICK_PARTITIONS: "),
        ("TALLYSTICK_CHAINS", "[oops", "TALLYSTICK_CHAINS: not JSON: "),
        ("TALLYSTICK_CHAINS", "[1]", "TALLYSTICK_CHAINS: chains.0: "),
    ],
)
def test_a_wrong_variable_is_named(tallystick: CommandLine, variable: str, value: str, says: str) -> None:
    assert tallystick("run", variables={variable: value}).refusal().startswith(says)
    assert list(tallystick.folder.iterdir()) == []


def test_two_profiles_that_claim_one_account_are_refused(tallystick: CommandLine) -> None:
    one = '[[profiles]]\nservicer = "A"\naccounts = ["X"]\n'
    tallystick.file("wrong.toml", one + one.replace("A", "B"))
    tallystick.file("message", b"x")
    said = tallystick("read", "--config", "wrong.toml", "message").refusal()
    assert "give each account to one servicer" in said


def test_an_option_beats_a_variable_and_a_variable_beats_the_file(tallystick: CommandLine) -> None:
    tallystick.file("given.toml", 'data = "of-the-file"\n')
    variable = {"TALLYSTICK_DATA": "of-the-variable"}
    config, option = ["--config", "given.toml"], ["--data", "of-the-option"]
    show = ["log", "show"]
    assert "no log in tallystick-data;" in tallystick(*show).refusal()
    assert "no log in of-the-file;" in tallystick(*show, *config).refusal()
    assert "no log in of-the-variable;" in tallystick(*show, *config, variables=variable).refusal()
    assert "no log in of-the-option;" in tallystick(*show, *config, *option, variables=variable).refusal()


def test_a_log_is_created_as_file_and_variables_say_together(tallystick: CommandLine, tmp_path: Path) -> None:
    config = tallystick.file("given.toml", 'log = "of-the-file"\npartitions = 2\n' + CHAIN)
    data = tmp_path / "data"
    show = ["log", "show", "--data", data, "--json"]
    with working(data, "--config", config, variables={"TALLYSTICK_LOG": "of-the-variable"}) as worker:
        worker.until("the log is created", lambda: "house_rule_decided" in tallystick(*show).out)
    records = tallystick(*show).objects()
    (rule,) = (
        event["rule"]
        for record in records
        for event in record["events"]
        if event["type"] == "house_rule_decided"
    )
    assert (rule["log"], rule["partitions"]) == ("of-the-variable", 2)
    assert sorted(path.name for path in (data / "chains").glob("*.sqlite")) == ["ethereum.sqlite"]
