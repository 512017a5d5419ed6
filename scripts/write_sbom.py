"""Write the bill of materials (CycloneDX 1.6) of an image: its Python and Debian packages.

    /opt/storyfold/bin/python scripts/write_sbom.py /var/lib/dpkg/status sbom.cdx.json

Lists what is installed beside the running Python, and not what was asked for. Needs only the
standard library, since it runs while the image is built.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterable, Iterator
from email import message_from_string
from importlib.metadata import Distribution, distributions, version
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

PROJECT: Final = "storyfold"


def python_components(installed: Iterable[Distribution]) -> Iterator[dict[str, Any]]:
    """Describe Python packages, except for the project itself."""
    for package in installed:
        name = package.metadata["Name"].lower().replace("_", "-")
        if name != PROJECT:
            yield component(name, package.version, f"pkg:pypi/{quote(name)}")


def debian_components(status: str) -> Iterator[dict[str, Any]]:
    """Describe the packages of a status file of dpkg that are installed."""
    for paragraph in status.split("\n\n"):
        fields = message_from_string(paragraph)
        if fields["Status"] == "install ok installed":
            yield component(
                fields["Package"], fields["Version"], f"pkg:deb/debian/{quote(fields['Package'])}"
            )


def component(name: str, version: str, purl: str) -> dict[str, Any]:
    """Describe one package; its package URL identifies it for scanners."""
    full_purl = f"{purl}@{quote(version, safe='')}"
    return {
        **{"type": "library", "bom-ref": full_purl},
        **{"name": name, "version": version, "purl": full_purl},
    }


def make_sbom(components: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the bill of materials. Its serial number depends on its content alone."""
    listed = sorted(
        {part["bom-ref"]: part for part in components}.values(), key=lambda part: part["bom-ref"]
    )
    content = json.dumps(listed)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": PROJECT, "version": version(PROJECT)}
        },
        "components": listed,
    }


def main(dpkg_status: str, output: str) -> None:
    """Write the bill of materials of this Python and the packages of a status file."""
    status = Path(dpkg_status).read_text(encoding="utf-8")
    sbom = make_sbom([*python_components(distributions()), *debian_components(status)])
    Path(output).write_text(json.dumps(sbom, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
