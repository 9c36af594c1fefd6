"""Each row is a process of its own: what is left out is left out for good."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.settings import PROJECT

LEFT_OUT = "from bot.rasa_server.without_tensorflow import leave_out\nleave_out()\n"
CLEAR = "TensorFlow and others were left out by bot.rasa_server.without_tensorflow"


def run(code: str, prelude: str = LEFT_OUT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-c", prelude + code]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


NAMED = """
import tensorflow as tf
import tensorflow.keras.layers
from tensorflow.python.keras import backend
import tensorflow_addons as tfa, tensorflow_hub, tensorflow_text, keras, jax.numpy, transformers

class Layer(tf.keras.layers.Layer): ...
class Model(tf.keras.Model, metaclass=type(tf.keras.Model)): ...
class Generic(tf.data.Dataset[int]): ...

@tf.function
def plain(): ...

@tf.function(input_signature=[])
def decorated(): return "decorated"

def annotated(x: tf.Tensor, y: tf.RaggedTensor = None) -> tf.Tensor: ...

leave_out()
import sys
assert sum(type(finder).__name__ == "_Finder" for finder in sys.meta_path) == 1
assert sys.modules["tensorflow"].__spec__.loader is not None
assert not hasattr(tf, "__version__")
print(decorated())
"""


def test_it_can_be_named_subclassed_and_used_as_a_decorator() -> None:
    done = run(NAMED)
    assert (done.returncode, done.stdout) == (0, "decorated\n"), done.stderr


@pytest.mark.parametrize(
    "use",
    [
        "class Layer(tf.keras.layers.Layer): ...\nLayer(3)",
        "class Model(tf.keras.Model):\n    def __init__(self): ...\nModel()",
        "tf.keras.layers.Dense(3)(1)",
        "@tf.function\ndef train(): ...\ntrain()",
    ],
)
def test_a_use_fails_and_says_why(use: str) -> None:
    done = run(f"import tensorflow as tf\n{use}")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"RuntimeError: {CLEAR}"


def test_other_packages_are_as_they_are() -> None:
    done = run("import json, numpy\nprint(json.dumps([1]), numpy.ones(1)[0])")
    assert (done.returncode, done.stdout) == (0, "[1] 1.0\n"), done.stderr


def test_a_pipeline_that_needs_it_fails_at_once(rasa_without_tensorflow: None) -> None:
    from rasa.core.policies.ted_policy import TEDPolicy
    from rasa.nlu.classifiers.diet_classifier import DIETClassifier

    for component in (DIETClassifier, TEDPolicy):
        with pytest.raises(RuntimeError, match=CLEAR):
            component.model_class()(None, {}, None, None)
