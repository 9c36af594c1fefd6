"""Measurements of the assistant: accuracy, speed and load, each one command.

Importing this package leaves TensorFlow out of the process, as the served assistant does, but not what draws plots.
"""

from bot.rasa_server.without_tensorflow import leave_out

leave_out(but={"matplotlib"})
