"""The citizen's inbox as web pages, made by the server over the same parts as the API; for `serving.app` alone."""
