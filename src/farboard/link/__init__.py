"""Turns a target into a running engine that can be asked, and keeps it: here or far away.

    link = Link(parse_target("gpu1:runs"), options=LinkOptions(), on_state=show)
    await link.start()                    # ssh may ask in the terminal; raises why it did not work
    response = await link.request("GET", "/api/status")
    body = await response.read()          # or: async for chunk in response.chunks()
    await link.close()                    # nothing is left

`link.state` is a `LinkState`; `link.retry_now()` and `await link.login_again()` hurry a reconnect.
"""

from farboard.link.http2 import Response
from farboard.link.log import LinkLog, LogFile
from farboard.link.reconnect import Link
from farboard.link.state import LinkOptions, LinkState, Timing
from farboard.link.trace import Trace

__all__ = ["Link", "LinkLog", "LinkOptions", "LinkState", "LogFile", "Response", "Timing", "Trace"]
