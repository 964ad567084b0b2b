"""Answers for commands that run beside a server or without one: the same as the API's, from the same records."""

from functools import cached_property

from features.schema import load_schema
from recommender.adapters.stored_catalogue import stored_catalogue
from recommender.reasons import Wording
from serving.answering.answering import Answering
from serving.bodies.words import Words
from serving.commands.at_hand import AtHand
from serving.versions.editions import Editions


def answering(here: AtHand) -> Answering:
    """Says why a citizen of this dataset was told or not."""
    wording = Wording(load_schema(here.place.workspace).zone, here.place.descriptor.hidden)
    now = _Now(here)
    return Answering(
        here.database,
        here.clock,
        editions_of(here),
        wording,
        lambda: now.words,
        lambda service_id, language: now.words.service(service_id, language),
    )


def editions_of(here: AtHand) -> Editions:
    """The versions of the catalogue on record; their rules are not compiled."""
    languages = here.place.descriptor.languages
    return Editions(here.database, lambda version, content: stored_catalogue(version, content, languages), languages)


class _Now:
    """The words of the catalogue in force, read when first asked for."""

    def __init__(self, here: AtHand) -> None:
        self._here = here

    @cached_property
    def words(self) -> Words:
        return Words(self._here.catalogue(), self._here.place.descriptor.languages)
