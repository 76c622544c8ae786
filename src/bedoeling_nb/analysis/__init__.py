"""What the answers say: pure functions, answers in, results out."""
