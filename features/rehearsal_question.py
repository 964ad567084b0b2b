"""From a command's words to what is to be rehearsed."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from features.catalogue_checking import people_of
from features.commands import instant, opened
from features.rehearsal import Question
from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.errors import SetupError
from recommender.references import nearest


def question_of(
    dataset: Path, var: Path | None, folders: tuple[Path, Path], by: Sequence[str] | None, as_of: str | None
) -> Question:
    """Raises SetupError when nothing was ingested or an attribute is not there, CatalogueError for a catalogue."""
    descriptor, workspace = opened(dataset, var)
    old, new = (load_catalogue(folder, descriptor.languages) for folder in folders)
    people = people_of(workspace)
    if people is None:
        raise SetupError(f"dataset {descriptor.dataset} has no people yet", mend=f"run `herald ingest {dataset}`")
    at: datetime = instant(as_of, "--as-of", descriptor.zone) or people.as_of
    protected = [name for name, (_, column) in descriptor.attributes.items() if column.protected]
    known = {*descriptor.attributes, *descriptor.derived}
    for name in by or ():
        if name not in known:
            raise SetupError(f"--by: there is no attribute {name!r}", mend=nearest(name, known))
    return Question(old, new, workspace, people.schema, at, tuple(by or protected))
