"""`python benchmarks/peer/parse.py MODEL`: understands each line of the input (a JSON text) with a stock Rasa model.

Prints a JSON line for each: {"intent": name, "entities": [[kind, value], …]}.
"""

from __future__ import annotations

import asyncio
import json
import sys


async def main(model: str) -> None:
    """Parse until the input ends."""
    from rasa.core.agent import Agent

    agent = Agent.load(model)
    for line in sys.stdin:
        parsed = await agent.parse_message(json.loads(line))
        entities = [[entity["entity"], entity["value"]] for entity in parsed.get("entities") or []]
        print(json.dumps({"intent": parsed["intent"]["name"], "entities": entities}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
