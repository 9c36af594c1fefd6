"""Rasa as `rasa init` sets it up, with the same intents, sentences, rules, actions and content as ours."""
