"""Settings of training: the section `training`, HERALD_TRAINING_… in the environment."""

from typing import ClassVar

from pydantic import Field

from recommender.adapters.settings import Section, section_config


class TrainingSettings(Section):
    """How much is learnt from, on how many threads, and where the runs are kept."""

    section: ClassVar[str] = "training"
    model_config = section_config("TRAINING")

    mlflow_uri: str = Field("", description="address of the MLflow tracking server; empty: SQLite beside the workspace")
    rows_at_most: int = Field(
        120_000, ge=1000, description="citizen-times to learn from; more are sampled down, by person and time"
    )
    threads: int = Field(2, ge=1, description="need keys fitted at the same time, one thread each")
