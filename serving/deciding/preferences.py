"""What a citizen prefers: quiet hours by their own clock. What was never said is the server's default."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from recommender.adapters.public_holidays import check_country, holidays_ahead
from recommender.clock import Clock
from recommender.identifiers import CitizenId
from recommender.quiet import Quiet
from serving.bodies.requests import PreferencesIn
from serving.bodies.responses import PreferencesOut
from serving.database.connect import Database
from serving.database.preferences import CHANNELS, LANGUAGE, PROFILING, REFUSED, Said, put_preferences, read_preferences
from serving.settings import ServingSettings


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Quiet hours as long as a citizen says nothing, and the holidays that are quiet days."""

    first: time
    last: time
    zone: str
    country: str
    region: str

    @classmethod
    def of(cls, settings: ServingSettings, zone: str) -> "QuietHours":
        """The settings' default in the data's zone. Raises SettingsError for a country that is not known."""
        check_country(settings.quiet_country, settings.quiet_region)
        return cls(settings.quiet_from, settings.quiet_to, zone, settings.quiet_country, settings.quiet_region)

    def of_citizen(self, said: Said, at: datetime) -> Quiet | None:
        """When this citizen is not to be disturbed; None: at no time."""
        zone = said.get("zone", self.zone)
        first = time.fromisoformat(said["quiet_from"]) if "quiet_from" in said else self.first
        last = time.fromisoformat(said["quiet_to"]) if "quiet_to" in said else self.last
        days = holidays_ahead(self.country, self.region, at.astimezone(ZoneInfo(zone)).date())
        return None if first == last and not days else Quiet(first, last, zone, days)


@dataclass(frozen=True, slots=True)
class Preferences:
    """Reads and changes what citizens prefer."""

    database: Database
    clock: Clock
    quiet: QuietHours

    def shown(self, citizen_id: CitizenId) -> PreferencesOut:
        """What holds for the citizen, said or by default."""
        with self.database.read() as conn:
            said = read_preferences(conn, citizen_id)
        return PreferencesOut(
            quiet_from=said.get("quiet_from", self.quiet.first.isoformat("minutes")),
            quiet_to=said.get("quiet_to", self.quiet.last.isoformat("minutes")),
            zone=said.get("zone", self.quiet.zone),
            channels=said[CHANNELS].split() if CHANNELS in said else None,
            language=said.get(LANGUAGE),
            profiling="refused" if said.get(PROFILING) == REFUSED else "allowed",
            said=sorted(said),
        )

    def change(self, citizen_id: CitizenId, body: PreferencesIn) -> None:
        """Record what the citizen prefers; what the body leaves out goes back to the default."""
        given = {**body.model_dump(), CHANNELS: None if body.channels is None else " ".join(body.channels)}
        said = {name: value for name, value in given.items() if value is not None}
        with self.database.write() as conn:
            put_preferences(conn, citizen_id, said, self.clock.now())
