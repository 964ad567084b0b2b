"""The challenger in shadow: it scores what the champion decides on, stands in the receipt, and decides nothing."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from recommender.errors import HeraldError
from recommender.identifiers import ModelVersion
from recommender.ports import Scorer
from serving.versions.copies import Aliased, Load, copy_whole

log = logging.getLogger("herald.challenger")

ALIAS = "challenger"


@dataclass
class Challenger:
    """Keeps the version that the alias names, as long as it is another than the champion.

    No verdict is asked of it, because it decides nothing: a version that a gate refused may be looked at in shadow.
    fits : raises SchemaMismatchError for a scorer of other features than this server's.
    """

    folder: Path
    load: Load
    fits: Callable[[Scorer], object]
    champion: Callable[[], ModelVersion | None]
    _kept: Scorer | None = None
    _refused: ModelVersion | None = field(default=None, init=False)

    @property
    def scorer(self) -> Scorer | None:
        """The challenger now; None when there is none, or when it became champion."""
        kept = self._kept
        return None if kept is None or kept.version == self.champion() else kept

    def ask(self, look: Callable[[], Aliased | None]) -> None:
        """Follow the alias. What cannot be had or does not fit is logged once; the decisions go on without it."""
        try:
            aliased = look()
        except Exception:  # the champion asks the same registry, and says what is wrong with it
            return
        if aliased is None or aliased.version == self.champion():
            self._kept = None
        elif self._kept is None or self._kept.version != aliased.version:
            self._take(aliased)

    def _take(self, aliased: Aliased) -> None:
        self._kept = None
        if self._refused == aliased.version:
            return
        try:
            scorer = copy_whole(aliased, self.folder, self.load)
            self.fits(scorer)
        except (OSError, HeraldError) as error:
            self._refused = aliased.version
            log.warning("challenger_refused", extra={"version": aliased.version, "reason": str(error)})
            return
        self._kept = scorer
        log.info("challenger_in_shadow", extra={"version": aliased.version})
