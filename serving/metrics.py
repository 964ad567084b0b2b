"""Prometheus metrics of the server: counts and durations, never a citizen."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_DAY_S = 86_400
_SLOW_S = tuple(days * _DAY_S for days in (0.04, 0.25, 1, 2, 5, 7, 14, 30, 60, 90, 180))
_FAST_S = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@dataclass(frozen=True)
class Metrics:
    """All metrics of one server, in a registry of its own so that two servers in one process do not collide."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    requests: Counter = field(init=False)
    request_s: Histogram = field(init=False)
    facts: Counter = field(init=False)
    decisions: Counter = field(init=False)
    decisions_failed: Counter = field(init=False)
    pushes: Counter = field(init=False)
    withheld: Counter = field(init=False)
    deliveries: Counter = field(init=False)
    in_doubt: Counter = field(init=False)
    event_to_decision_s: Histogram = field(init=False)
    event_to_inbox_s: Histogram = field(init=False)
    undecided: Gauge = field(init=False)
    streams: Gauge = field(init=False)
    champion: Gauge = field(init=False)
    champion_loaded_at: Gauge = field(init=False)
    champion_refused: Counter = field(init=False)
    catalogue: Gauge = field(init=False)
    catalogue_refused: Counter = field(init=False)
    online_known_at: Gauge = field(init=False)
    disputes: Counter = field(init=False)
    disputes_open: Gauge = field(init=False)
    dispute_settled_s: Histogram = field(init=False)

    def __post_init__(self) -> None:
        for name, made in self._made().items():
            object.__setattr__(self, name, made)

    def _made(self) -> dict[str, Counter | Gauge | Histogram]:
        r = self.registry
        return {
            "requests": Counter("herald_requests", "Answers sent", ["route", "method", "status"], registry=r),
            "request_s": Histogram(
                "herald_request_seconds", "From request to answer", ["route"], buckets=_FAST_S, registry=r
            ),
            "facts": Counter("herald_facts", "Facts received", ["kind", "outcome"], registry=r),
            "decisions": Counter("herald_decisions", "Decisions recorded", ["trigger"], registry=r),
            "decisions_failed": Counter("herald_decisions_failed", "Decisions to be tried again", registry=r),
            "pushes": Counter("herald_notifications", "Notifications by what became of them", ["state"], registry=r),
            "withheld": Counter("herald_withheld", "Candidates not pushed", ["trigger", "reason"], registry=r),
            "deliveries": Counter("herald_deliveries", "Deliveries by what became", ["channel", "outcome"], registry=r),
            "in_doubt": Counter("herald_in_doubt", "Sendings that may have arrived or not", ["channel"], registry=r),
            "event_to_decision_s": Histogram(
                "herald_event_to_decision_seconds", "Accepted to decided", buckets=_FAST_S, registry=r
            ),
            "event_to_inbox_s": Histogram(
                "herald_event_to_inbox_seconds", "Accepted to shown in the inbox", buckets=_FAST_S, registry=r
            ),
            "undecided": Gauge("herald_facts_undecided", "Accepted facts that wait for a decision", registry=r),
            "streams": Gauge("herald_inbox_streams", "Open inbox streams", registry=r),
            "champion": Gauge("herald_champion", "1 for the version in use", ["version"], registry=r),
            "champion_loaded_at": Gauge(
                "herald_champion_loaded_timestamp_seconds", "When the champion in use was loaded", registry=r
            ),
            "champion_refused": Counter(
                "herald_champion_refused", "Versions under the alias that could not be used", registry=r
            ),
            "catalogue": Gauge("herald_catalogue", "1 for the version in force", ["version"], registry=r),
            "catalogue_refused": Counter(
                "herald_catalogue_refused", "Published versions that could not be used", registry=r
            ),
            "disputes": Counter("herald_disputes", "Facts that citizens dispute, by state", ["state"], registry=r),
            "disputes_open": Gauge("herald_disputes_open", "Disputes that no register settled yet", registry=r),
            "dispute_settled_s": Histogram(
                "herald_dispute_settled_seconds", "From a dispute to its settlement", buckets=_SLOW_S, registry=r
            ),
            "online_known_at": Gauge(
                "herald_online_known_timestamp_seconds", "Known time of the newest fact decided on", registry=r
            ),
        }

    def took_up(self, version: str, at_s: float) -> None:
        """Another champion is in use since `at_s` (Unix time)."""
        self.champion.clear()
        self.champion.labels(version).set(1)
        self.champion_loaded_at.set(at_s)

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)
