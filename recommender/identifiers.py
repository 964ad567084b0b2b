"""The names of things: one NewType each, so that a service id is never passed for a need key."""

from typing import NewType

CitizenId = NewType("CitizenId", str)
"""Pseudonym of a citizen: the only identifier that the core, the feature store and the models ever see."""

ServiceId = NewType("ServiceId", str)
EventType = NewType("EventType", str)
NeedKey = NewType("NeedKey", str)
FactId = NewType("FactId", str)
DecisionId = NewType("DecisionId", str)
NotificationId = NewType("NotificationId", str)
CatalogueVersion = NewType("CatalogueVersion", str)
ModelVersion = NewType("ModelVersion", str)
