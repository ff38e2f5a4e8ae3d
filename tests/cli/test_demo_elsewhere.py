"""The demo's day on a log that others work on: played once, on a new log, where its chains are."""

from pathlib import Path

from chain_serving import serving, unused_port
from command_line import CommandLine, working

from schemas.house import CreateLog, Operator
from workers.bootstrap import DEVELOPMENT_POLICY, create_log
from workers.demo.market import CHAINS


def settings(
    tallystick: CommandLine, data: Path, chains: tuple[str, ...] = tuple(CHAINS), more: str = ""
) -> Path:
    """Write settings with fast blocks on a folder."""
    named = "".join(
        f'[[chains]]\nname = "{chain}"\naccounts = ["{chain}-1"]\nblock_time_milliseconds = 100\n{more}'
        for chain in chains
    )
    return tallystick.file("elsewhere.toml", f'data = "{data}"\npoll_milliseconds = 50\n{named}')


def lay_out_chains(data: Path) -> None:
    for chain in CHAINS:
        (data / "chains" / f"{chain}.acts").mkdir(parents=True)


def test_the_day_is_played_once_through_a_worker_and_chains_of_other_processes(
    tallystick: CommandLine,
) -> None:
    data, port = tallystick.folder / "data", unused_port()
    config = settings(tallystick, data, more=f'url = "http://127.0.0.1:{port}"\n')
    with serving(config, port), working(data, "--config", config):
        ran = tallystick("demo", "--config", config, "--seed", 5, "--json")
        assert ran.code == 0, ran.err
        (outcome,) = ran.objects()
        assert outcome["findings"] == []
        assert outcome["kills"] == 0
        assert outcome["deliveries"] > 500
        assert outcome["events"]["mint_finalized"] > 100
        assert outcome["events"]["bridge_completed"] == outcome["events"]["redemption_completed"] == 1
        assert "decided; a client asks to redeem" in ran.err  # no bars are drawn here: lines tell
        records = tallystick("log", "show", "--json", "--config", config).out
        assert "holds more than its genesis" in tallystick("demo", "--config", config).refusal()
        assert tallystick("log", "show", "--json", "--config", config).out == records
    verified = tallystick("audit", "verify", data / "export", "--json")
    assert verified.code == 0, verified.out


def test_a_day_without_its_accounts_or_chains_or_log_is_refused(tallystick: CommandLine) -> None:
    data = tallystick.folder / "data"
    said = tallystick("demo", "--config", settings(tallystick, data, ("ethereum",))).refusal()
    assert said == "the day needs the signing account solana-1; name it in the settings' chains"
    config = settings(tallystick, data)
    said = tallystick("demo", "--config", config).refusal()
    assert said.startswith(f"{data} holds no simulated chain ethereum: play in the folder of")
    lay_out_chains(data)
    assert "there is no log in" in tallystick("demo", "--config", config).refusal()
    assert "leave --data out" in tallystick("demo", "--config", config, "--data", data).refusal()


def test_a_day_whose_operators_are_not_the_logs_is_refused(tallystick: CommandLine) -> None:
    data = tallystick.folder / "data"
    create_log(
        data,
        CreateLog(
            log="live",
            partitions=2,
            operators=tuple(Operator(operator=name, public_key=None) for name in ("alice", "carol")),
            policy=DEVELOPMENT_POLICY,
        ),
    )
    lay_out_chains(data)
    said = tallystick("demo", "--config", settings(tallystick, data)).refusal()
    assert said == "the log live has other operators than the day; play it on a development log"
