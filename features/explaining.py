"""One citizen's explanation from a workspace: what was known then, by which catalogue, in whose language."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features.descriptor import Descriptor
from features.known_then import Source, find_knowledge, find_language, sources_of
from features.schema import TIME, FeatureSchema, load_schema
from features.settings import FeatureSettings
from features.workspace import Workspace
from recommender.adapters.settings import read_settings
from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.catalogue import Catalogue
from recommender.errors import DescriptorError, SetupError
from recommender.explaining import Explanation, explain
from recommender.identifiers import CitizenId, ServiceId
from recommender.identity import pseudonymise
from recommender.reasons import Wording, event_words
from recommender.references import nearest
from recommender.value_words import Reader


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation and what a page of it needs.

    sources : per missing subject the registers that would know it.
    """

    citizen_id: CitizenId
    at: datetime
    explanation: Explanation
    reader: Reader
    sources: dict[str, tuple[Source, ...]]


@dataclass(frozen=True, slots=True)
class Explainer:
    """A dataset's citizens and a catalogue, ready to be explained."""

    descriptor: Descriptor
    workspace: Workspace
    schema: FeatureSchema
    catalogue: Catalogue

    @classmethod
    def open(cls, descriptor: Descriptor, workspace: Workspace, catalogue: Path | None = None) -> "Explainer":
        """catalogue: a folder; None: the descriptor's own.

        Raises WorkspaceError when nothing was ingested, CatalogueError, and DescriptorError when no catalogue is named.
        """
        folder = catalogue or descriptor.catalogue_folder
        if folder is None:
            raise DescriptorError("the descriptor names no catalogue", mend="set `catalogue:`, or give --catalogue")
        return cls(descriptor, workspace, load_schema(workspace), load_catalogue(folder, descriptor.languages))

    def identify(self, register_number: str) -> CitizenId:
        """The citizen whom a register calls so. Raises SetupError for a blank number."""
        if not register_number.strip():
            raise SetupError("no register number was given", mend="type it, or send it through a pipe")
        if not self.descriptor.hashes:
            return CitizenId(register_number.strip())
        return pseudonymise(register_number, read_settings(FeatureSettings).key())

    def explain(self, citizen_id: CitizenId, service_id: str, at: datetime, language: str | None = None) -> Explained:
        """One service for one citizen, as known at `at` and by the law of that day.

        language : None: the citizen's own, else the first of the descriptor's.
        Raises SetupError for a citizen or a service that there is not.
        """
        service = self.catalogue.by_id.get(ServiceId(service_id))
        if service is None:
            known = [str(each) for each in self.catalogue.by_id]
            raise SetupError(f"no public service {service_id!r} in the catalogue", mend=nearest(service_id, known))
        knowledge = find_knowledge(self.workspace, self.schema, citizen_id, at)
        if knowledge is None:
            when = at.astimezone(self.descriptor.zone)
            raise SetupError(
                f"by {when:%Y-%m-%d %H:%M} no register had told of a citizen {str(citizen_id)!r}",
                mend="name the citizen by pseudonym; - instead of it asks for a register number",
            )
        spoken = language or find_language(self.workspace, citizen_id) or self.descriptor.languages[0]
        reader = self._reader(spoken)
        explanation = explain(service, knowledge, reader)
        missing = {subject for condition in explanation.conditions for subject in condition.missing}
        sources = {subject: sources_of(subject, self.descriptor, self.workspace) for subject in sorted(missing)}
        return Explained(citizen_id, at, explanation, reader, sources)

    def _reader(self, language: str) -> Reader:
        wording = Wording(self.schema.zone, self.descriptor.hidden, event_words(self.catalogue))
        dates = frozenset(attribute.name for attribute in self.schema.attributes if attribute.kind == TIME)
        return Reader(language, wording, self.catalogue, dates)
