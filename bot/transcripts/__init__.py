"""What was said, redacted, for a limited time: conversations, messages and their turns, and the cases for a person."""
