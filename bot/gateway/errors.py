"""Errors of the API: `{"error": {"code", "message"}}` with the right status, whatever went wrong."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.conversation import TooManyWaiting
from bot.failures import describe

log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_BY_STATUS: Final = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this kind of request."),
    413: ("too_large", "The message is too long."),
}


class ApiError(Exception):
    """A request that cannot be served: `code` is for programs, `message` for people."""

    def __init__(self, status: int, code: str, message: str, **extra: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": {"code": code, "message": message}, **extra}

    def response(self) -> web.Response:
        """The error as it is sent."""
        return web.json_response(self.body, status=self.status)


@web.middleware
async def as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every failure into an error of the API. Nothing of the request is logged."""
    try:
        return await handler(request)
    except ApiError as error:
        return error.response()
    except TooManyWaiting:
        return ApiError(429, "too_many", "Please wait for the answers to your last messages.").response()
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code, message = _BY_STATUS.get(error.status, ("bad_request", "The request could not be understood."))
        response = ApiError(error.status, code, message).response()
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except SQLAlchemyError as error:
        log.error("the transcript store does not answer: %s", describe(error))
        return ApiError(503, "unavailable", "Something failed here. Please try again in a minute.").response()
    except Exception as error:
        log.error("a request failed: %s", describe(error))
        return ApiError(500, "internal", "Something failed here. Please try again in a minute.").response()
