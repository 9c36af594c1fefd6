"""Measurements of the assistant: accuracy, speed and load, each one command."""
