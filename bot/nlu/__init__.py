"""What a message means: which topic, which section. Rasa components, thin over pure modules."""
