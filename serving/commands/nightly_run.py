"""`herald nightly`: the nightly run over a dataset's workspace, beside a running server or without one."""

from contextlib import suppress
from pathlib import Path

from features.facts import read_citizens
from recommender.adapters.settings import read_settings
from recommender.errors import WorkspaceError
from recommender.identifiers import CitizenId
from serving import logs
from serving.assembling import assemble
from serving.database import facts
from serving.deciding.nightly import Counts, Nightly, Told
from serving.place import Place
from serving.settings import ServingSettings, check_safe

MARK = "nightly.json"


def run(descriptor_file: Path, var: Path | None, told: Told) -> Counts:
    """Decide on everybody of the dataset's tables and of the log; a server or `herald deliver` delivers.

    Raises SetupError when something that must be there is not.
    """
    settings = read_settings(ServingSettings)
    check_safe(settings)
    logs.configure(settings.log_level)
    place = Place.find(descriptor_file, var)
    herald = assemble(descriptor_file, var, settings)
    try:
        ids = set(read_citizens(place.workspace)["citizen_id"].to_list())
        with herald.database.read() as conn:
            ids.update(facts.citizens_told_of(conn))
        nightly = Nightly(herald.decider, place.workspace.root / MARK, herald.wording.zone)

        def keep_up(done: int, of: int) -> None:
            with suppress(WorkspaceError):  # what was published or rolled back meanwhile; else the next mark asks again
                herald.in_force.step()
            told(done, of)

        return nightly.run([CitizenId(citizen_id) for citizen_id in sorted(ids)], keep_up)
    finally:
        herald.database.close()
