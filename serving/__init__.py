"""The API that portals call and the delivery of notifications: sign-in, intake, decisions, outbox, channels.

May be imported by experiments; imports `features` and `recommender`, never `training`.
"""
