"""What the tests need besides Python (Chromium, PostgreSQL, Pango for PDFs): install it as root, else say what to."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from pathlib import Path


def missing() -> list[str]:
    """The Debian packages that are not here."""
    packages = []
    if not (shutil.which("chromium") or os.environ.get("CHROMIUM")):
        packages.append("chromium")
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        packages.append("postgresql")
    if not all(ctypes.util.find_library(name) for name in ("pango-1.0", "pangoft2-1.0")):
        packages += ["libpango-1.0-0", "libpangoft2-1.0-0"]
    return packages


def main() -> int:
    """Install what is missing; 1 when it cannot be."""
    packages = missing()
    if not packages:
        return 0
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"The tests need: {' '.join(packages)}. On Debian or Ubuntu: sudo apt-get install {' '.join(packages)}")
        return 1
    print(f"Installing what the tests need: {' '.join(packages)}", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", *packages], check=True, env=environment, stdout=subprocess.DEVNULL
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
