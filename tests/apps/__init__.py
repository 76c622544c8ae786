"""What the apps do, without a browser."""
