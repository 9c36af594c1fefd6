"""`python -m bot.gateway`: serve until stopped."""

from __future__ import annotations

import logging

import uvloop
from aiohttp import web

from bot.gateway.app import Gateway
from bot.settings import Settings


def main() -> None:
    """Start the gateway on the address of the settings. No access log: its lines would tie people to times."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = Settings()
    uvloop.install()
    web.run_app(Gateway(settings).app(), host=settings.host, port=settings.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
