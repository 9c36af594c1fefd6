"""What Rasa's rules call: one thin file an action. All content comes from `content_db.answers`."""
