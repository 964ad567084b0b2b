"""A PostgreSQL cluster of our own, on a free loopback port, in a temporary folder, gone at the end."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OWNER = "postgres"


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl; None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return None if on_path is None else Path(on_path).parent


@contextmanager
def cluster(folder: Path, *, durable: bool) -> Iterator[str]:
    """Its address, with the database `postgres`. It refuses root, so root becomes its owner.

    durable : whether a commit waits for the disk, as in real life; tests need not wait.
    """
    place = binaries()
    if place is None:
        raise RuntimeError("initdb is missing; install PostgreSQL (Debian, Ubuntu: apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="herald-postgres-", dir=folder) as made:
        data, port = Path(made) / "data", _free_port()
        if os.getuid() == 0:
            owner = pwd.getpwnam(OWNER)
            os.chown(made, owner.pw_uid, owner.pw_gid)
        _run([place / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync"])
        sync = "" if durable else " -c fsync=off"
        options = f"-p {port} -k {made} -c listen_addresses=127.0.0.1 -c max_connections=200{sync}"
        _run([place / "pg_ctl", "-D", data, "-o", options, "-l", Path(made) / "log", "-w", "start"])
        try:
            yield f"postgresql://{OWNER}@127.0.0.1:{port}/postgres"
        finally:
            _run([place / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[Path | str]) -> None:
    as_owner = {"user": OWNER, "group": OWNER, "extra_groups": []} if os.getuid() == 0 else {}
    # output goes to no pipe: the server that pg_ctl leaves behind would hold it open for ever
    subprocess.run(
        command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, **as_owner
    )  # type: ignore[call-overload]
