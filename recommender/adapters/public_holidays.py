"""Public holidays of a country or region, from the `holidays` library."""

from datetime import date, timedelta
from functools import lru_cache

from recommender.errors import SettingsError

MONTH_DAYS = 31


def check_country(country: str, region: str = "") -> None:
    """Return when the library knows the country and region. Raises SettingsError; nothing is imported for none."""
    if not country:
        return
    import holidays

    regions = holidays.list_supported_countries().get(country)
    if regions is None:
        raise SettingsError(f"no public holidays of {country!r} are known", mend="name an ISO 3166 code such as CN")
    if region and region not in regions:
        raise SettingsError(
            f"no public holidays of {region!r} in {country} are known", mend=f"known are {', '.join(regions[:8])}"
        )


def holidays_ahead(country: str, region: str, day: date) -> tuple[date, ...]:
    """The public holidays from the day before `day` to a month after it; none without a country."""
    if not country:
        return ()
    days = (day + timedelta(days=number) for number in range(-1, MONTH_DAYS))
    return tuple(each for each in days if each in _of_year(country, region, each.year))


@lru_cache(maxsize=64)
def _of_year(country: str, region: str, year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))
