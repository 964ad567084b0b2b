"""From facts to a champion: labels, datasets, models, calibration, evaluation, gates, MLflow.

May be imported by experiments; imports `features` and `recommender`. Never runs at request time.
"""
