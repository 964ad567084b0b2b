"""`herald deliver`: further delivery workers beside a server, on any machine that reaches the same database."""

import signal
from pathlib import Path
from threading import Event
from types import FrameType

from recommender.adapters.settings import read_settings
from serving import logs
from serving.assembling import assemble
from serving.runtime import DELIVERING, PUBLISHING, Herald
from serving.settings import ServingSettings, check_safe


def run(descriptor_file: Path, var: Path | None) -> None:
    """Deliver until SIGTERM or SIGINT. Raises SetupError when something that must be there is not."""
    settings = read_settings(ServingSettings)
    check_safe(settings)
    logs.configure(settings.log_level)
    deliver(assemble(descriptor_file, var, settings))


def deliver(herald: Herald) -> None:
    """Run the delivery workers of assembled parts until SIGTERM or SIGINT, and close them."""
    asked = Event()

    def leave(_signal: int, _frame: FrameType | None) -> None:
        asked.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, leave)
    workers = [*(w for w in herald.workers if w.name in (DELIVERING, PUBLISHING)), *herald.carriers]
    try:
        for worker in workers:
            worker.start()
        asked.wait()
    finally:
        for worker in workers:
            worker.stop()
        herald.database.close()
