"""A folder of YAML files, one per public service, to a catalogue. pydantic at the edge, frozen values inside."""

import difflib
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from recommender.adapters.rule_text import parse_rule
from recommender.catalogue import Answer, Catalogue, Criterion, PublicService, Usage
from recommender.eligibility import atoms_of, subject_of
from recommender.errors import CatalogueError
from recommender.identifiers import CatalogueVersion, EventType, NeedKey, ServiceId
from recommender.instants import check_period

Words = Annotated[dict[str, Annotated[str, Field(min_length=1)]], Field(min_length=1)]
Period = Annotated[str, AfterValidator(check_period)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]


class _Edge(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Answer(_Edge):
    within: Period
    event: Identifier | None = None
    date: Identifier | None = None
    after: Period | None = None
    words: Words | None = None

    @model_validator(mode="after")
    def _one_fact(self) -> "_Answer":
        if (self.event is None) == (self.date is None):
            raise ValueError("an answer names either `event` or `date`")
        if self.after is not None and self.date is None:
            raise ValueError("`after` goes with `date`")
        return self


class _Criterion(_Edge):
    id: Identifier
    rule: str
    met: Words
    unmet: Words
    unknown: Words
    source: str

    def texts(self) -> list[tuple[str, dict[str, str]]]:
        return [("met", self.met), ("unmet", self.unmet), ("unknown", self.unknown)]


class _Service(_Edge):
    id: Identifier
    name: Words
    description: Words
    authority: Words
    need: Identifier
    answers: list[_Answer] = Field(default_factory=list)
    usage: Usage
    may_be_anticipated: bool = False
    deadline: Period | None = None
    apply_url: str = ""
    criteria: list[_Criterion]

    def texts(self) -> list[tuple[str, dict[str, str]]]:
        """Every text of the file, with where it stands."""
        own = [("name", self.name), ("description", self.description), ("authority", self.authority)]
        rest = [(f"{c.id}.{w}", t) for c in self.criteria for w, t in c.texts()]
        events = [(f"answers.{i}.words", a.words) for i, a in enumerate(self.answers) if a.words is not None]
        return own + events + rest


def load_catalogue(folder: Path, languages: Sequence[str] = ()) -> Catalogue:
    """Read every *.yaml in `folder`, in the order of the services' ids.

    Every text must be there in each of `languages`, and in every language that any text of the catalogue is in.
    `version` is the SHA-256 of the content, so spacing, comments and file names do not change it.
    Raises CatalogueError naming the file and what to mend.
    """
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not files:
        raise CatalogueError(f"{folder}: no public service there", mend="put one YAML file per service into the folder")
    read = sorted(((file, _read(file)) for file in files), key=lambda pair: pair[1].id)
    _check_ids(read)
    _check_languages(read, languages)
    canonical = json.dumps([edge.model_dump(mode="json") for _, edge in read], sort_keys=True, ensure_ascii=False)
    version = CatalogueVersion(hashlib.sha256(canonical.encode()).hexdigest())
    catalogue = Catalogue(version, tuple(_service(file, edge) for file, edge in read))
    _check_holdings(read, catalogue)
    return catalogue


def check_names(catalogue: Catalogue, known: Mapping[str, Collection[str]]) -> None:
    """Raise CatalogueError when a service names something that the data do not have.

    known : names by kind: "attribute", "event", "need". A kind that is left out is not checked.
    """
    for where, kind, name in references(catalogue):
        if kind in known and name not in known[kind]:
            raise CatalogueError(f"{where}: no {kind} {name!r} in the data", mend=_nearest(name, known[kind]))


def references(catalogue: Catalogue) -> Iterator[tuple[str, str, str]]:
    """What each service refers to: where, kind (attribute, event, need, service) and name."""
    for service in catalogue.services:
        where = f"service {service.service_id}"
        yield where, "need", service.need_key
        for answer in service.answers:
            yield (where, "event", answer.event) if answer.event else (where, "attribute", str(answer.date))
        for criterion in service.criteria:
            for atom in atoms_of(criterion.rule):
                kind, _, name = subject_of(atom).rpartition(":")
                yield f"{where}, criterion {criterion.criterion_id}", kind or "attribute", name


def _read(file: Path) -> _Service:
    try:
        return _Service.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise CatalogueError(f"{file}: {place}: {first['msg']}{more}", mend="see docs/descriptor.md") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file}: not YAML: {' '.join(str(error).split())}", mend="mend the file") from error


def _service(file: Path, edge: _Service) -> PublicService:
    return PublicService(
        service_id=ServiceId(edge.id),
        name=edge.name,
        description=edge.description,
        authority=edge.authority,
        need_key=NeedKey(edge.need),
        answers=tuple(
            Answer(a.within, EventType(a.event) if a.event else None, a.date, a.after, a.words) for a in edge.answers
        ),
        criteria=tuple(_criterion(file, c) for c in edge.criteria),
        usage=edge.usage,
        may_be_anticipated=edge.may_be_anticipated,
        deadline=edge.deadline,
        apply_url=edge.apply_url,
    )


def _criterion(file: Path, edge: _Criterion) -> Criterion:
    try:
        rule = parse_rule(edge.rule)
    except CatalogueError as error:
        raise CatalogueError(f"{file}: criterion {edge.id}: {error.message}", mend=error.mend) from error
    return Criterion(edge.id, rule, edge.rule, edge.met, edge.unmet, edge.unknown, edge.source)


def _check_ids(read: Sequence[tuple[Path, _Service]]) -> None:
    first: dict[str, Path] = {}
    for file, edge in read:
        if edge.id in first:
            raise CatalogueError(
                f"{file}: id {edge.id!r} is taken by {first[edge.id]}", mend="give each service its own id"
            )
        first[edge.id] = file
        ids = [c.id for c in edge.criteria]
        twice = next((c for c in ids if ids.count(c) > 1), None)
        if twice is not None:
            raise CatalogueError(f"{file}: two criteria are called {twice!r}", mend="give each criterion its own id")


def _check_languages(read: Sequence[tuple[Path, _Service]], languages: Sequence[str]) -> None:
    wanted = set(languages).union(*(words for _, edge in read for _, words in edge.texts()))
    for file, edge in read:
        for place, words in edge.texts():
            lacking = sorted(wanted - words.keys())
            if lacking:
                raise CatalogueError(f"{file}: {place} lacks {', '.join(lacking)}", mend="write it in every language")


def _check_holdings(read: Sequence[tuple[Path, _Service]], catalogue: Catalogue) -> None:
    files = {edge.id: file for file, edge in read}
    for where, kind, name in references(catalogue):
        if kind == "service" and name not in files:
            service = where.split(",")[0].removeprefix("service ")
            raise CatalogueError(f"{files[service]}: {where}: no service {name!r}", mend=_nearest(name, files))


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known)[:8])}"
