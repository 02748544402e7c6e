#!/usr/bin/env python3
"""Builds the wheel: build_wheel.py FOLDER. pip calls it too, as a build backend (PEP 517).

LEIBNIZ_BUILD names the folder of a finished release build to take the objects from; without it one is made, for any processor
of the machine's kind. Standard library only (Python 3.11).
"""

import base64
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import tomllib

from link_tool import built, linked, minimum_libc

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Writes the wheel into a folder and returns its name."""
    objects = built(ROOT)
    with tempfile.TemporaryDirectory() as work:
        tool = linked(objects, Path(work))
        version = subprocess.run([tool, "--version"], check=True, capture_output=True, text=True).stdout.strip()
        name = f"leibniz-{version}-py3-none-{platform_tag(tool)}.whl"
        pack(Path(wheel_directory) / name, version, tool, licences(objects))
    return name


def platform_tag(tool):
    """The oldest systems that the tool runs on."""
    machine = platform.machine()
    if sys.platform == "darwin":
        return f"macosx_15_0_{machine}"
    return f"manylinux_{minimum_libc(tool).replace('.', '_')}_{machine}"


def pack(wheel, version, tool, licence_files):
    """Writes a wheel: the package, the tool in it, and what pip wants to know. The same files give the same bytes."""
    info = f"leibniz-{version}.dist-info"
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    entries = {f"leibniz/{file.name}": file.read_bytes() for file in sorted((HERE / "leibniz").glob("*.*")) if file.is_file()}
    entries["leibniz/bin/leibniz"] = tool.read_bytes()
    entries |= {f"{info}/licenses/{name}": file.read_bytes() for name, file in licence_files.items()}
    entries[f"{info}/METADATA"] = metadata(project, version, licence_files).encode()
    tag = wheel.stem.split("-", 2)[2]
    entries[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: leibniz\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    entries[f"{info}/entry_points.txt"] = b"[console_scripts]\nleibniz = leibniz._tool:main\n"
    entries[f"{info}/RECORD"] = record(entries, f"{info}/RECORD").encode()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, content in entries.items():
            entry = zipfile.ZipInfo(path)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if "/bin/" in path else 0o100644) << 16
            archive.writestr(entry, content)


def metadata(project, version, licence_files):
    """What pip shows, of the project's table."""
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {version}",
        f"Summary: {project['description']}",
        f"Requires-Python: {project['requires-python']}",
        f"License-Expression: {project['license']}",
        *(f"License-File: {name}" for name in licence_files),
        "Description-Content-Type: text/markdown",
    ]
    for extra, packages in project["optional-dependencies"].items():
        lines += [
            f"Provides-Extra: {extra}",
            *(f'Requires-Dist: {package}; extra == "{extra}"' for package in packages),
        ]
    return "\n".join([*lines, "", (HERE / project["readme"]).read_text()])


def record(entries, own):
    """Each file with its SHA-256 and its size."""

    def digest(content):
        return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()

    lines = [f"{path},sha256={digest(content)},{len(content)}" for path, content in entries.items()]
    return "\n".join([*lines, f"{own},,", ""])


def licences(objects):
    """The licences of what the tool holds, by the names that the wheel gives them."""
    found = {"LICENSE": ROOT / "LICENSE"}
    for file in sorted(objects.parent.glob("checkouts/*/LICENSE*")):
        found[f"{file.parent.name}.txt"] = file
    for package in ("libopenblas-dev", "liblapacke-dev", "libssl-dev", "libstdc++6"):
        found[f"{package}.txt"] = Path("/usr/share/doc") / package / "copyright"
    found["swift.txt"] = Path(os.path.realpath(shutil.which("swiftc"))).parent.parent / "share/swift/LICENSE.txt"
    return {name: file for name, file in found.items() if file.is_file()}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: build_wheel.py FOLDER")
    os.makedirs(sys.argv[1], exist_ok=True)
    print(build_wheel(sys.argv[1]))
