"""The bill of materials is valid CycloneDX, and lists what is installed."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from scripts import write_sbom

STATUS = """Package: libc6
Status: install ok installed
Version: 2.41-12
Description: library
 more of it

Package: removed
Status: deinstall ok config-files
Version: 1

Package: g++
Status: install ok installed
Version: 4:14.2.0-1
"""


def test_sbom_lists_python_and_debian_packages(tmp_path: Path) -> None:
    status, output = tmp_path / "status", tmp_path / "sbom.json"
    status.write_text(STATUS)
    write_sbom.main(str(status), str(output))
    document = output.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(document) is None
    purls = {part["purl"] for part in json.loads(document)["components"]}
    expected = {
        "pkg:deb/debian/libc6@2.41-12",
        "pkg:deb/debian/g%2B%2B@4%3A14.2.0-1",
        f"pkg:pypi/flask@{version('flask')}",
        f"pkg:pypi/flask-login@{version('flask-login')}",
    }
    assert expected <= purls
    assert not any("removed" in purl or "storyfold" in purl for purl in purls)


def test_equal_content_gives_an_equal_document() -> None:
    components = [*write_sbom.debian_components(STATUS)]
    assert write_sbom.make_sbom(components) == write_sbom.make_sbom(reversed(components))
