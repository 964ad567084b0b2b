"""The feature store: ingest of a government's tables, facts as known then, Feast views, feature functions.

May be imported by training, serving and experiments; imports only `recommender`.
"""
