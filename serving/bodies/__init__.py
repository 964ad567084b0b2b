"""What callers send and get: the words of the API, and how a decision or a service is put into them."""
