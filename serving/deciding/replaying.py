"""Decides again what receipts record, each with the catalogue, model and policy of its own versions, to the byte."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from recommender.catalogue import Catalogue
from recommender.decision import Versions
from recommender.differences import differences
from recommender.errors import ErasedError, HeraldError, ReceiptError
from recommender.identifiers import DecisionId, ModelVersion
from recommender.pipeline import Engine, Rebuild, replay
from recommender.policy import PushPolicy
from recommender.ports import Scorer
from recommender.reasons import Wording
from recommender.receipt_reading import readable
from recommender.receipts import Receipt, decode
from recommender.stored_policy import stored_policy
from serving.database import catalogues, decisions
from serving.database.connect import Database
from serving.versions.editions import Editions

KEPT = 8
"""Engines of old versions kept in memory: a sample of decisions comes from few of them."""

ScorerOf = Callable[[ModelVersion], Scorer]
"""A model version, verified. Raises ModelError when it cannot be had any more."""
Restore = Callable[[Catalogue, Scorer, PushPolicy], tuple[Engine, Rebuild]]
"""The engine that those made then, and how it sees knowledge."""


class Outcome(StrEnum):
    """What a replay came to."""

    IDENTICAL = "identical"
    DIFFERS = "differs"
    IMPOSSIBLE = "impossible"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Replayed:
    """One decision, replayed. why: where it differs, or what it lacks, one line each; none when identical."""

    decision_id: DecisionId
    outcome: Outcome
    why: tuple[str, ...] = ()
    versions: Versions | None = None


@dataclass
class Replayer:
    """Replays decisions out of what the database, the model registry and the champion's folder keep."""

    database: Database
    editions: Editions
    scorer_of: ScorerOf
    restore: Restore
    _engines: dict[Versions, tuple[Engine, Rebuild]] = field(default_factory=dict)
    _shadows: dict[ModelVersion, Scorer] = field(default_factory=dict)

    def replay(self, decision_id: DecisionId) -> Replayed:
        """Raises NotFoundError when there is no such decision; all else that fails is told in the outcome."""
        try:
            with self.database.read() as conn:
                recorded = decisions.get_receipt(conn, decision_id)
        except ErasedError:
            return Replayed(decision_id, Outcome.ERASED)
        try:
            receipt = decode(recorded)
        except ReceiptError as error:
            return Replayed(decision_id, Outcome.IMPOSSIBLE, (str(error),))
        try:
            engine, rebuild = self._engine(receipt.versions)
            again = replay(recorded, engine, rebuild, self._shadow(receipt))
        except Exception as error:  # one that nobody foresaw must not end a sample of thousands
            words = str(error) if isinstance(error, HeraldError) else f"{type(error).__name__}: {error}"
            return Replayed(decision_id, Outcome.IMPOSSIBLE, (words,), receipt.versions)
        if again == recorded:
            return Replayed(decision_id, Outcome.IDENTICAL, (), receipt.versions)
        why = _compare(receipt, decode(again), engine)
        return Replayed(decision_id, Outcome.DIFFERS, why, receipt.versions)

    def _shadow(self, receipt: Receipt) -> Scorer | None:
        if receipt.shadow is None:
            return None
        version = receipt.shadow.version
        if version not in self._shadows:
            self._shadows[version] = self.scorer_of(version)
        return self._shadows[version]

    def _engine(self, versions: Versions) -> tuple[Engine, Rebuild]:
        found = self._engines.get(versions)
        if found is None:
            with self.database.read() as conn:
                policy = stored_policy(catalogues.get_policy(conn, versions.policy))
            catalogue = self.editions.get(versions.catalogue).catalogue
            found = self.restore(catalogue, self.scorer_of(versions.model), policy)
            while len(self._engines) >= KEPT:
                del self._engines[next(iter(self._engines))]
            self._engines[versions] = found
        return found


def _compare(recorded: Receipt, again: Receipt, engine: Engine) -> tuple[str, ...]:
    """Where they differ, in words; when the words are the same, the encoding is what differs."""
    wording = Wording(engine.zone)
    one, other = (readable(receipt, engine.catalogue, wording=wording) for receipt in (recorded, again))
    return tuple(differences(one, other)) or ("the same content, in other bytes",)
