"""A trained model before the gates: everything that may refuse it, in one place."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recommender.adapters.lightgbm_scorer import load_scorer
from recommender.identifiers import ModelVersion
from recommender.metrics import Bootstrap, Matrix
from training.artifact import ScorerParts
from training.dataset import Examples, Source
from training.evaluation import Evaluation
from training.fairness import Check, GroupFigures, group_checks, group_figures
from training.gates import Verdict, judge, latency_check, tail_check
from training.groups import groups_of
from training.rivals import Rival


@dataclass(frozen=True, slots=True)
class Trial:
    """What a model predicted for the validation period, how good that was, and whom it was compared with.

    p : its probabilities, each person's calibrated without them.   popular : the rates of the need keys, as many rows.
    """

    source: Source
    validate: Examples
    p: Matrix
    evaluation: Evaluation
    by_baseline: Mapping[str, Evaluation]
    popular: Matrix

    def groups(self, bootstrap: Bootstrap) -> tuple[GroupFigures, ...]:
        """Figures by protected group and by fifth of neediness."""
        people = self.validate.citizens.astype(str)
        labels = self.validate.labels.astype(float)
        return group_figures(groups_of(self.source, self.validate), self.p, labels, people, bootstrap)

    def verdict(
        self, parts: ScorerParts, groups: tuple[GroupFigures, ...], rival: Rival | None, bootstrap: Bootstrap
    ) -> Verdict:
        """The answer of all gates. That no feature leaks was settled before anything was fitted."""
        further: list[Check] = [
            (True, "no feature leaks"),
            *group_checks(groups),
            tail_check(self.p, self.validate.labels.astype(float), self.popular),
            self._latency(parts),
        ]
        if rival is not None:
            further.append(rival.check(self.source, self.validate, self.p, bootstrap))
        return judge(self.evaluation, self.by_baseline, further)

    def _latency(self, parts: ScorerParts) -> Check:
        with tempfile.TemporaryDirectory(prefix="herald-trial-") as room:
            scorer = load_scorer(parts.write(Path(room)), ModelVersion("trial"))
            return latency_check(scorer, self.validate.features)
