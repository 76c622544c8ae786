"""What comes from other tools, and goes to them."""
