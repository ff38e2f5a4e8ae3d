"""Certificate authorities of a test's own, made by the `openssl` command; worth nothing elsewhere."""

import subprocess
from pathlib import Path
from typing import NamedTuple

DAYS = "2"


class Certificate(NamedTuple):
    """A certificate and its key, as files; Java takes both from `pair`."""

    certificate: Path
    key: Path
    pair: Path


class Authority:
    """An authority whose files lie in a folder that a container's user may read."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder / name
        self._folder.mkdir(parents=True)
        self._folder.chmod(0o755)
        self._own = self._make(name, "-addext", "basicConstraints=critical,CA:TRUE")

    @property
    def ca_file(self) -> Path:
        """Return what those trust who trust this authority."""
        return self._own.certificate

    def issue(self, name: str, *, hosts: tuple[str, ...] = ()) -> Certificate:
        """Issue a certificate of this common name, for a server where there are hosts."""
        numbers = ",".join(f"IP:{host}" if host[0].isdigit() else f"DNS:{host}" for host in hosts)
        alternatives = ("-addext", f"subjectAltName={numbers}") if hosts else ()
        signed_by = ("-CA", str(self._own.certificate), "-CAkey", str(self._own.key))
        return self._make(name, "-addext", "basicConstraints=CA:FALSE", *alternatives, *signed_by)

    def _make(self, name: str, *options: str) -> Certificate:
        made = Certificate(*(self._folder / f"{name}.{kind}" for kind in ("crt", "key", "pem")))
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        files = ("-keyout", str(made.key), "-out", str(made.certificate))
        command = ("openssl", "req", "-x509", *curve, "-days", DAYS, "-subj", f"/CN={name}", *files, *options)
        subprocess.run(command, check=True, capture_output=True)
        made.pair.write_bytes(made.key.read_bytes() + made.certificate.read_bytes())
        for file in made:
            file.chmod(0o644)
        return made
