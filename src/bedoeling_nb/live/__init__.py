"""The server: the phones' routes, and Voila's application beside them."""
