"""The assistant in a terminal: the same gateway, through the same API as the page."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
import uuid
from typing import Any

from bot.settings import Settings

_ANSWER_WITHIN_S = 90


def talk(settings: Settings) -> int:
    """Ask and answer until an empty end of input. Needs `make run` in another terminal."""
    address = f"http://{settings.host}:{settings.port}"
    try:
        begun = _post(f"{address}/api/conversations", {})
    except OSError:
        print(f"Nothing answers at {address}. Start it with 'make run' in another terminal.", file=sys.stderr)
        return 1
    _show(begun["turn"])
    choices = begun["turn"]["choices"]
    while True:
        try:
            said = input("\n> ").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return 0
        if not said:
            continue
        message: dict[str, str] = {"client_id": uuid.uuid4().hex}
        if said.isdigit() and 0 < int(said) <= len(choices):
            message["choice"] = choices[int(said) - 1]["value"]
        else:
            message["text"] = said
        try:
            turn = _post(f"{address}/api/conversations/{begun['conversation']}/messages", message, begun["token"])[
                "turn"
            ]
        except urllib.error.HTTPError as error:
            print(json.loads(error.read())["error"]["message"])
            continue
        except OSError:
            print("No answer. Please try again.")
            continue
        _show(turn)
        choices = turn["choices"]


def _post(address: str, body: dict[str, str], token: str = "") -> Any:
    request = urllib.request.Request(
        address,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})},
    )
    with urllib.request.urlopen(request, timeout=_ANSWER_WITHIN_S) as response:
        return json.loads(response.read())


def _show(turn: dict[str, Any]) -> None:
    *bubbles, notice = [bubble["text"] for bubble in turn["bubbles"]]
    for bubble in bubbles:
        print(f"\n{bubble}")
    if turn["choices"]:
        print()
    for number, choice in enumerate(turn["choices"], start=1):
        print(f"  {number}. {choice['title']}")
    print(f"\n{notice}")
