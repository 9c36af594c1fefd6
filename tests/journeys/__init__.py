"""Journeys: the whole assistant with its trained model, real servers, a real database and a real browser."""
