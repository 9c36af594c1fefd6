"""The patient's side: gateway, conversation, safety, and what the assistant understands."""
