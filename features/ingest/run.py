"""`ingest()`: every table of a descriptor into the offline store; what cannot be kept whole is not kept at all."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from features.contacts import keep_contacts
from features.descriptor import Descriptor
from features.erased import Erased
from features.ingest.drafting import Draft, drafting
from features.ingest.extracts import load_extracts
from features.ingest.histories import load_histories
from features.ingest.ledger import AFRESH, Loaded
from features.ingest.loading import Progress, Source
from features.settings import FeatureSettings
from features.workspace import Workspace
from recommender.adapters.settings import read_settings
from recommender.errors import TooManyRejectsError, WorkspaceError


@dataclass(slots=True)
class IngestReport:
    """What one ingest did: per file, and where the rows that were set aside are."""

    files: list[Loaded] = field(default_factory=list)
    rejects: Path | None = None

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.files)

    @property
    def rejected(self) -> int:
        return sum(each.rejected for each in self.files)

    @property
    def facts(self) -> int:
        return sum(each.facts for each in self.files)

    @property
    def erased(self) -> int:
        """Facts dropped because their citizen was erased."""
        return sum(each.erased for each in self.files)


def ingest(
    descriptor: Descriptor,
    tables: Path,
    workspace: Workspace,
    *,
    settings: FeatureSettings | None = None,
    known_through: datetime | None = None,
    progress: Progress = lambda table, rows: None,
) -> IngestReport:
    """Load every table once; a file that was loaded before changes nothing.

    known_through : facts known later are left out, as if it were then; a later call may take them.
    Raises TableError, TooManyRejectsError, WorkspaceError; the store is then as it was.
    """
    settings = settings or read_settings(FeatureSettings)
    with drafting(workspace) as draft:
        erased = Erased.read(workspace, settings.key)
        try:
            for name, table in descriptor.tables.items():
                source = Source(name, table, descriptor.time_zone, settings.key, known_through, progress, erased)
                _check_spec(draft, source)
                (load_extracts if table.kind == "snapshot" else load_histories)(source, tables, draft)
        except TooManyRejectsError:
            draft.write_rejects()
            raise
        keep_contacts(draft.contacts, workspace, settings)
        rejects = draft.write_rejects()
        draft.commit()
        return IngestReport(draft.lines, rejects)


def _check_spec(draft: Draft, source: Source) -> None:
    former = draft.loads_of(source.name)
    if former and former[-1].spec != source.spec:
        raise WorkspaceError(
            f"table {source.name}: {draft.workspace.offline} was loaded with other columns than the descriptor's",
            mend=AFRESH,
        )
