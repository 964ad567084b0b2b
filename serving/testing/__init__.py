"""A small town to try the server on without tables: fakes for the feature store and the model, the rest as it runs."""
