"""`python -m serving.testing.town_server FOLDER PORT`: the town behind a real server, to be killed and restarted.

Without PORT: a further delivery worker of the town.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from recommender.adapters.settings import read_settings
from recommender.facts import Scalar
from serving import logs
from serving.bootstrap import put_together
from serving.commands.deliver_run import deliver
from serving.database.connect import open_database
from serving.listening import bind, listen
from serving.place import clock_of
from serving.runtime import Herald
from serving.settings import ServingSettings
from serving.testing.town import TownFeatures, add_portals, champion, parts

START = datetime(2031, 3, 5, 9, 0, tzinfo=UTC)
CROWD = 1000


def main(folder: Path, port: int) -> None:
    """Serve until stopped; everybody named c0 to c999 lives here."""
    settings = read_settings(ServingSettings, development=True, port=port, log_level="warning")
    logs.configure(settings.log_level)
    herald = town(folder, settings)
    herald.champion.follow(champion("fixed-1"))
    add_portals(herald.database, START)
    listen(herald, bind(settings.host, settings.port))


def town(folder: Path, settings: ServingSettings) -> Herald:
    """The town over the folder's database, or the setting's."""
    database = open_database(settings.database_url or f"sqlite:///{folder}/herald.db")
    crowd: dict[str, dict[str, Scalar | None]] = {f"c{i}": {"resident": True} for i in range(CROWD)}
    return put_together(parts(folder, settings, database, clock_of(START, database), TownFeatures(crowd)))


def work(folder: Path) -> None:
    """Deliver, as `herald deliver` does, until stopped."""
    settings = read_settings(ServingSettings, development=True, log_level="warning")
    logs.configure(settings.log_level)
    deliver(town(folder, settings))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        work(Path(sys.argv[1]))
    else:
        main(Path(sys.argv[1]), int(sys.argv[2]))
