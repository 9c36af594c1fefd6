"""All that is known and may be said: topics, passages, their review, and the questions that can be put to them."""
