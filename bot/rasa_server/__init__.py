"""What we add to Rasa: the envelope of a turn, a short memory, two hot spots mended, and a start without TensorFlow."""
