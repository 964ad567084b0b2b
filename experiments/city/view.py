"""Some of the city's people in one month: all that entitlement may look at."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from experiments.city import population as people
from experiments.city.parameters import AT, FAR, Codes, Floats, Mask, Months, Rows
from experiments.city.population import State


@dataclass(frozen=True)
class View:
    """Some citizens of a state in one month; entitlement reads people only through it."""

    state: State
    month: int
    rows: Rows | slice

    @cached_property
    def age(self) -> Months:
        years: Months = (self.month - self.state.birth[self.rows]) // 12
        return years

    @cached_property
    def months_here(self) -> Months:
        here: Months = self.month - self.state.arrival[self.rows]
        return here

    @cached_property
    def everybody(self) -> Mask:
        """All who live here: those who died or left are never looked at."""
        return np.ones(self.age.shape, dtype=np.bool_)

    @cached_property
    def settled(self) -> Mask:
        """A citizen or a permanent resident."""
        result: Mask = self.state.residence[self.rows] <= people.PERMANENT
        return result

    @cached_property
    def temporary(self) -> Mask:
        result: Mask = self.state.residence[self.rows] == people.TEMPORARY
        return result

    @cached_property
    def working(self) -> Mask:
        result: Mask = self.state.work[self.rows] <= people.SELF_EMPLOYED
        return result

    @property
    def income(self) -> Floats:
        return self.state.income[self.rows]

    @property
    def insurance(self) -> Months:
        return self.state.insurance[self.rows]

    @property
    def children(self) -> Codes:
        return self.state.children[self.rows]

    @property
    def tenure(self) -> Codes:
        return self.state.tenure[self.rows]

    @property
    def work(self) -> Codes:
        return self.state.work[self.rows]

    @property
    def schooling(self) -> Codes:
        return self.state.schooling[self.rows]

    @property
    def marital(self) -> Codes:
        return self.state.marital[self.rows]

    @property
    def disability(self) -> Codes:
        return self.state.disability[self.rows]

    def registered_in(self, *districts: int) -> Mask:
        """Registered in one of the districts, d01 being 1."""
        result: Mask = np.isin(self.state.district[self.rows], np.array(districts) - 1)
        return result

    def living_in(self, *districts: int) -> Mask:
        """Really living in one of the districts, wherever registered."""
        result: Mask = np.isin(self.state.actual_district[self.rows], np.array(districts) - 1)
        return result

    def since(self, event: str) -> Months:
        """Months since the event was last recorded, FAR when never."""
        months: Months = np.minimum(self.month - self.state.last[AT[event]][self.rows], FAR)
        return months
