"""The model as MLflow logs it: a pyfunc around the scorer's folder. MLflow runs this file; nothing here imports it.

    mlflow.pyfunc.load_model("models:/herald-needs@champion").predict(frame)

`frame` has the features of scorer.json, by name; the answer has one probability per need key. The server does not go
this way: it reads the folder itself, which is twenty times faster.
"""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd

from recommender.adapters.lightgbm_scorer import load_scorer
from recommender.identifiers import ModelVersion


class NeedsModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # mlflow ships no types
    """Probabilities of the need keys within the horizon."""

    def load_context(self, context: Any) -> None:
        """Read and verify the scorer's folder."""
        self._scorer = load_scorer(Path(context.artifacts["scorer"]), ModelVersion("logged"))

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:
        """One row per row of features; columns are taken by name, so their order in the frame does not matter."""
        features = model_input[list(self._scorer.feature_names)].to_numpy(dtype=np.float32)
        return pd.DataFrame(self._scorer.score(features), columns=list(self._scorer.need_keys), index=model_input.index)


mlflow.models.set_model(NeedsModel())
