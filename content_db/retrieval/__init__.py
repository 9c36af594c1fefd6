"""Index and ranking over passages."""
