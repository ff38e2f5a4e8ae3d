"""Settings: options first, then `TALLYSTICK_...` variables, then the file that `--config` names.

What influences a decision is not here but in the log. This says where things are and how to reach them.
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableVariable

from schemas.envelope import first_error
from schemas.identifiers import Name, SigningAccount
from workers.ingest.profiles import Profile, Profiles

PREFIX = "TALLYSTICK_"


class SettingsError(Exception):
    """A setting that cannot be used: one line that names the field and the fix."""


class SimulatedChainSettings(BaseModel):
    """A chain for development, in this process or, with a `url`, in that of `tallystick chain serve`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    kind: Literal["simulated"] = "simulated"
    accounts: Annotated[tuple[SigningAccount, ...], Field(min_length=1)]
    block_time_milliseconds: Annotated[int, Field(ge=10, le=600_000)] = 1_000
    finality_depth_blocks: Annotated[int, Field(ge=0, le=1_000)] = 4
    url: Annotated[str, Field(pattern=r"\Ahttp://[A-Za-z0-9.-]+:[0-9]{1,5}\z")] | None = None


class ProfileSettings(BaseModel):
    """A servicer whose messages leave out who they are: its name, and which accounts are ours there.

    `reversals`: which movement its reversals state, the `original` that they undo or the `reversing` one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    servicer: Annotated[str, Field(min_length=1, max_length=256)]
    accounts: tuple[str, ...]
    reversals: Literal["original", "reversing"] | None = None


class KafkaSettings(BaseModel):
    """A cluster that holds the log; without it the log is the embedded one.

    `ca_file` is TLS, `certificate_file` and `key_file` mutual TLS, `username` SASL/SCRAM. The password stands
    in a file of its own, or in TALLYSTICK_KAFKA__PASSWORD. `prefix` stands before every topic's name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    bootstrap_servers: Annotated[tuple[str, ...], Field(min_length=1)]
    prefix: Annotated[str, Field(pattern=r"\A[A-Za-z0-9._-]{0,64}\z")] = ""
    replication_factor: Annotated[int, Field(ge=1, le=9)] = 3
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    timeout_milliseconds: Annotated[int, Field(ge=1_000, le=120_000)] = 10_000

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse half of what secures a connection: the other half would be missed without a word."""
        if self.certificate_file is not None and self.ca_file is None:
            raise ValueError("a certificate_file is shown over TLS alone; set ca_file too")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file go together; set both")
        has_password = self.password is not None or self.password_file is not None
        if has_password != (self.username is not None):
            raise ValueError("a username and a password go together; set username, and password_file")
        return self

    @property
    def secret(self) -> str | None:
        """Return the password; `SettingsError` where its file cannot be read."""
        if self.password_file is None:
            return None if self.password is None else self.password.get_secret_value()
        try:
            return self.password_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"kafka.password_file: {self.password_file} cannot be read: {error}"
            ) from error


class WorkerSettings(BaseModel):
    """One process of a role on Kafka: where it answers for its health, its name if it restarts in place.

    `session_seconds`: how long nobody misses it; a restart of an `instance` within it moves no book.
    `stand_by`: it reads the books of others on, to take them over at once, for the memory that they take.
    `snapshots` is the folder where `tallystick log snapshot` writes, and where reading a book begins.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    web_port: Annotated[int, Field(ge=1, le=65_535)] = 6066
    web_bind: str = "127.0.0.1"
    instance: Name | None = None
    session_seconds: Annotated[int, Field(ge=6, le=1_800)] = 6
    folder: Path = Path("tallystick-worker")
    stand_by: bool = True
    snapshots: Path | None = None


class MetricsSettings(BaseModel):
    """Where `tallystick run` serves `/metrics`; without a port it does not. Workers have theirs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    bind: str = "127.0.0.1"


class TracingSettings(BaseModel):
    """Where spans go, as `http://HOST:4318/v1/traces`; without an endpoint nothing is traced.

    `percent` of the messages are, the same ones in every process.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: Annotated[str, Field(pattern=r"\Ahttps?://[^\s]+\z")] | None = None
    percent: Annotated[int, Field(ge=1, le=100)] = 100


def _development_chains() -> tuple[SimulatedChainSettings, ...]:
    names = ("ethereum", "solana", "bnb", "tron", "mantle")
    return tuple(SimulatedChainSettings(name=name, accounts=(f"{name}-1",)) for name in names)


class Settings(BaseSettings):
    """Everything that a process is told from outside.

    `data` is the embedded log's folder. `log` and `partitions` name and divide a log that is created here.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    data: Path = Path("tallystick-data")
    log: Name = "development"
    partitions: Annotated[int, Field(ge=1, le=64)] = 4
    poll_milliseconds: Annotated[int, Field(ge=1, le=600_000)] = 500
    chains: tuple[SimulatedChainSettings, ...] = Field(default_factory=_development_chains)
    profiles: tuple[ProfileSettings, ...] = ()
    kafka: KafkaSettings | None = None
    worker: WorkerSettings = Field(default_factory=WorkerSettings)
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    tracing: TracingSettings = Field(default_factory=TracingSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let variables win over the file, which comes in as if it were given to the constructor."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    def reading_profiles(self) -> Profiles:
        """Return the profiles as readers take them."""
        try:
            return Profiles(
                tuple(
                    Profile(name=each.servicer, accounts=each.accounts, reversals=each.reversals)
                    for each in self.profiles
                )
            )
        except ValueError as error:
            raise SettingsError(f"profiles: {error}; give each account to one servicer") from error


def load(config: Path | None, **options: Any) -> Settings:  # noqa: ANN401 - any option of a command
    """Return the settings; `SettingsError` names the field, where it came from and what to do."""
    values = {} if config is None else _file(config)
    _refuse_unknown_variables()
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise _refused(config, error) from error
    except UnreadableVariable as error:
        field = str(error).split('"')[1]
        raise SettingsError(f"{PREFIX}{field.upper()}: not JSON: {error.__cause__}") from error
    given = {name: value for name, value in options.items() if value is not None}
    return settings.model_copy(update=given)


def _refused(config: Path | None, error: ValidationError) -> SettingsError:
    """Name the field, and the variable or file that it came from."""
    found = error.errors(include_url=False, include_context=False)[0]
    variable = PREFIX + str(found["loc"][0]).upper() if found["loc"] else ""
    where = f"{variable}: " if variable in os.environ else "" if config is None else f"{config}: "
    if found["type"] != "extra_forbidden":
        return SettingsError(f"{where}{first_error(error)}")
    known = ""
    if len(found["loc"]) == 1:
        known = f"; the settings are {', '.join(sorted(Settings.model_fields))}"
    return SettingsError(f"{where}{'.'.join(map(str, found['loc']))}: no such setting{known}")


def _file(config: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{config}: {error.strerror}; name a file that can be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{config}: not TOML: {error}") from error


def _refuse_unknown_variables() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in os.environ:
        if name.startswith(PREFIX) and name.partition("__")[0] not in known:
            raise SettingsError(f"{name}: no such setting; the variables are {', '.join(sorted(known))}")
