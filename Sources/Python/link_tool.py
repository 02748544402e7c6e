"""Links the tool so that it needs nothing but the system's C library: the Swift runtime, OpenBLAS with the kernels of all
processors, LAPACKE and libcrypto are inside. On a Mac it is the tool that was built; delocate-wheel brings its libraries along.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

#: The archives that the tool holds, by the package that pkg-config knows them by.
ARCHIVES = {"openblas": "libopenblas.a", "lapacke": "liblapacke.a", "libcrypto": "libcrypto.a"}
#: What Foundation's own archives call and do not name where a build means to find them in shared libraries.
FOUNDATION = ["FoundationEssentials", "FoundationInternationalization", "CoreFoundation"]
FOUNDATION += ["_FoundationCShims", "_FoundationCollections", "_FoundationICU"]


def built(root):
    """The release folder of a build: the one that LEIBNIZ_BUILD names, or one that is made here, of code for any processor."""
    named = os.environ.get("LEIBNIZ_BUILD")
    scratch = (Path(named) if named else root / ".build-wheel").resolve()
    if not named:
        build = ["swift", "build", "-c", "release", "--product", "leibniz", "--scratch-path", scratch]
        subprocess.run(build, cwd=root, check=True)
    return scratch / "release"


def linked(release, work):
    """The tool of a release folder, made in a folder to work in."""
    if sys.platform == "darwin":
        return release / "leibniz"
    tool, fortran = work / "leibniz", work / "fortran.o"
    archives = work / "archives"
    archives.mkdir()
    for archive in [*(library(package) / name for package, name in ARCHIVES.items()), compiler_file("libstdc++.a")]:
        (archives / archive.name).symlink_to(archive)
    subprocess.run(["clang", "-O2", "-c", Path(__file__).parent / "native/fortran.c", "-o", fortran], check=True)
    options = ["--gc-sections", "--strip-all", "--defsym=main=LeibnizCLI_main"]
    command = ["swiftc", "-emit-executable", "-static-stdlib", "-use-ld=lld", "-o", tool, "-L", archives]
    command += [f"@{release}/leibniz.product/Objects.LinkFileList", fortran, *(f"-l{name}" for name in FOUNDATION)]
    command += [word for option in options for word in ("-Xlinker", option)]
    command += ["-Xclang-linker", "-static-libgcc"]
    subprocess.run(command, check=True)
    return tool


def library(package):
    """Where pkg-config says that a package's libraries are."""
    command = ["pkg-config", "--variable=libdir", package]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()).resolve()


def compiler_file(name):
    """A file of the C++ compiler's own."""
    command = [shutil.which("c++") or "clang++", f"-print-file-name={name}"]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()).resolve()


def minimum_libc(tool):
    """The oldest version of the C library that has all that the tool calls."""
    versions = subprocess.run(["readelf", "--version-info", tool], check=True, capture_output=True, text=True).stdout
    found = {tuple(map(int, version.split("."))) for version in re.findall(r"\bGLIBC_([0-9.]+)", versions)}
    return ".".join(map(str, max(found)[:2]))
