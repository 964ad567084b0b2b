"""Private PostgreSQL, Redis and NATS for tests: on free loopback ports, in temporary folders, stopped at the end."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POSTGRES = "postgres"


def free_port() -> int:
    """A port of loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def private_postgres() -> Iterator[str]:
    """A PostgreSQL cluster of our own; its address, without a database. It refuses root, so root becomes postgres."""
    bin_folder = _postgres_bin()
    with tempfile.TemporaryDirectory(prefix="herald-postgres-") as folder:
        data, port = Path(folder) / "data", free_port()
        if os.getuid() == 0:
            owner = pwd.getpwnam(POSTGRES)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        _run([bin_folder / "initdb", "-D", data, "-U", POSTGRES, "-A", "trust", "-E", "UTF8", "--no-sync"])
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
        _run([bin_folder / "pg_ctl", "-D", data, "-o", options, "-l", Path(folder) / "log", "-w", "start"])
        try:
            yield f"postgresql://{POSTGRES}@127.0.0.1:{port}"
        finally:
            _run([bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])


@contextmanager
def private_redis() -> Iterator[str]:
    """A Redis server of our own; `host:port`."""
    binary = shutil.which("redis-server")
    if binary is None:
        raise RuntimeError("redis-server is missing; install it (Debian, Ubuntu: apt-get install redis-server)")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="herald-redis-") as folder:
        command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def private_nats(config: str = "") -> Iterator[str]:
    """A NATS server of our own with JetStream; `host:port`. config: what else its configuration file says."""
    binary = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin")
    if binary is None:
        raise RuntimeError("nats-server is missing; install it (Debian, Ubuntu: apt-get install nats-server)")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="herald-nats-") as folder:
        file = Path(folder) / "nats.conf"
        file.write_text(f'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{folder}/store" }}\n{config}\n')
        process = subprocess.Popen([binary, "-c", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


def _postgres_bin() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise RuntimeError("initdb is missing; install PostgreSQL (Debian, Ubuntu: apt-get install postgresql)")
    return (found[-1] if found else Path(str(on_path))).parent


def _run(command: list[Path | str]) -> None:
    as_postgres = {"user": POSTGRES, "group": POSTGRES, "extra_groups": []} if os.getuid() == 0 else {}
    # output goes to no pipe: the server that pg_ctl leaves behind would hold it open for ever
    subprocess.run(
        command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, **as_postgres
    )  # type: ignore[call-overload]


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")
