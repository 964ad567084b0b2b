"""`python -m serving.testing.town_intake FOLDER`: the town's intake from a broker, to be killed and restarted."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from recommender.adapters.settings import read_settings
from recommender.facts import Scalar
from serving import logs
from serving.bootstrap import put_together
from serving.commands.intake_run import take
from serving.database.connect import open_database
from serving.intake.settings import IntakeSettings
from serving.place import clock_of
from serving.settings import ServingSettings
from serving.testing.town import TownFeatures, add_portals, parts

START = datetime(2031, 3, 5, 9, 0, tzinfo=UTC)
CROWD = 1000


def main(folder: Path) -> None:
    """Take facts until stopped; everybody named c0 to c999 lives here."""
    settings = read_settings(ServingSettings, development=True, log_level="warning")
    logs.configure(settings.log_level)
    database = open_database(f"sqlite:///{folder}/herald.db")
    crowd: dict[str, dict[str, Scalar | None]] = {f"c{i}": {"resident": True} for i in range(CROWD)}
    herald = put_together(parts(folder, settings, database, clock_of(START, database), TownFeatures(crowd)))
    add_portals(database, START)
    take(herald, read_settings(IntakeSettings))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
