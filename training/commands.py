"""The sub-commands of this room: `herald train`, `herald promote`, `herald backtest`."""

from pathlib import Path
from typing import Annotated

import typer

from features.commands import DescriptorArgument, VarOption
from recommender.errors import ModelError


def train(
    descriptor: DescriptorArgument,
    seed: Annotated[int, typer.Option(help="Same data and same seed give the same model, byte for byte.")] = 7,
    through: Annotated[str | None, typer.Option(help="Use only what was known by then (ISO 8601).")] = None,
    no_promote: Annotated[bool, typer.Option("--no-promote", help="Register, but move no alias.")] = False,
    var: VarOption = None,
) -> None:
    """Train on what the workspace holds; the model that beats the baselines becomes champion."""
    raise ModelError("training is not built yet")


def promote(
    descriptor: DescriptorArgument,
    version: Annotated[str, typer.Argument(help="Version of the registered model.")],
    approve: Annotated[str, typer.Option(help="Who answers for it.")],
    var: VarOption = None,
) -> None:
    """Make a version that passed the gates the champion."""
    raise ModelError("promotion is not built yet")


def backtest(descriptor: DescriptorArgument, out: Annotated[Path, typer.Option(help="Parquet file to write.")]) -> None:
    """Predict the past as if it were the future, from what was known then."""
    raise ModelError("the backtest is not built yet")
