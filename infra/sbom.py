#!/usr/bin/env python3
"""Writes what is in the image as CycloneDX JSON: sbom.py IMAGE FILE.

It is read off the image: Python's distributions and Debian's packages. What is installed for the program
and not in infra/requirements.lock, in that version, is a finding (exit 1). The same image gives the same
file.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from os import environ
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

DOCKER = environ.get("DOCKER", "/usr/bin/docker")
LOCK = Path(__file__).with_name("requirements.lock")
PROGRAM = "tallystick"

# What runs inside. The base image has distributions of its own, beside those of the program.
LOOK = r"""
import importlib.metadata, json, platform, subprocess, sysconfig

def found(path):
    return sorted(
        [each.name, each.version, each.metadata.get("License-Expression")]
        for each in importlib.metadata.distributions(path=[path])
    )

query = ["dpkg-query", "--show", "--showformat", "${Package}\t${Version}\t${Architecture}\n"]
debian = subprocess.run(query, capture_output=True, text=True, check=True).stdout
print(json.dumps({
    "python": platform.python_version(),
    "release": platform.freedesktop_os_release()["VERSION_ID"],
    "program": found(sysconfig.get_path("purelib")),
    "base": found("/usr/local/lib/python3.11/site-packages"),
    "debian": [line.split("\t") for line in debian.splitlines()],
}))
"""


def main(image: str, out: Path) -> int:
    """Write the file; return 1 where the image holds what the lock does not name."""
    inspected = json.loads(_docker("image", "inspect", image))[0]
    run = ("run", "--rm", "--network", "none", "--read-only", "--entrypoint", "python3", image)
    inside = json.loads(_docker(*run, "-c", LOOK))
    strangers = list(_unlocked(inside["program"], LOCK.read_text(encoding="utf-8")))
    if strangers:
        sys.stderr.write(f"sbom: not in {LOCK.name}: {', '.join(strangers)}; build the image again\n")
        return 1
    bom = _bom(inside, image_id=inspected["Id"], created=datetime.fromisoformat(inspected["Created"]))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(JsonV1Dot6(bom).output_as_string(indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{out}: {len(bom.components)} components of {image}\n")
    return 0


def _docker(*words: str) -> str:
    done = subprocess.run([DOCKER, *words], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        sys.exit(f"sbom: {done.stderr.strip()}")
    return done.stdout


def locked(lock: str) -> dict[str, str]:
    """Return the versions that a lock names."""
    named = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", lock, re.MULTILINE)
    return {_normal(name): version for name, version in named}


def _unlocked(distributions: list[list[str]], lock: str) -> Iterator[str]:
    """Yield what is installed and not locked in that version."""
    named = locked(lock)
    for name, version, _ in distributions:
        if _normal(name) != PROGRAM and named.get(_normal(name)) != version:
            yield f"{name} {version}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _bom(inside: dict[str, Any], *, image_id: str, created: datetime) -> Bom:
    """Return the bill: the program, and all else as what it is made of."""
    own = next(each for each in inside["program"] if _normal(each[0]) == PROGRAM)
    root = _component(PackageURL("pypi", None, PROGRAM, own[1]), own[2], ComponentType.APPLICATION)
    parts = {
        part.bom_ref.value: part
        for part in (
            _component(PackageURL("generic", None, "python", inside["python"]), "Python-2.0.1"),
            *(
                _component(PackageURL("pypi", None, _normal(name), version), licence)
                for name, version, licence in [*inside["program"], *inside["base"]]
                if _normal(name) != PROGRAM
            ),
            *(_debian(*each, release=inside["release"]) for each in inside["debian"]),
        )
    }
    bom = Bom(
        components=parts.values(),
        serial_number=uuid5(NAMESPACE_URL, image_id),
        metadata=BomMetaData(component=root, timestamp=created),
    )
    bom.register_dependency(root, parts.values())
    return bom


def _debian(name: str, version: str, architecture: str, *, release: str) -> Component:
    qualifiers = {"arch": architecture, "distro": f"debian-{release}"}
    return _component(PackageURL("deb", "debian", name, version, qualifiers), None)


def _component(
    purl: PackageURL, licence: str | None, kind: ComponentType = ComponentType.LIBRARY
) -> Component:
    return Component(
        name=purl.name,
        version=purl.version,
        type=kind,
        purl=purl,
        bom_ref=purl.to_string(),
        licenses=[LicenseExpression(licence)] if licence else [],
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:  # noqa: PLR2004 - the program, and two words
        sys.exit("sbom: name an image and a file: sbom.py IMAGE FILE")
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
