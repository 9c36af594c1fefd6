"""Takes docs/chat.png from a running assistant: `make run` first, then this in another terminal."""

from __future__ import annotations

import shutil
import sys

from playwright.sync_api import expect, sync_playwright

ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    )
    page = browser.new_page(viewport={"width": 900, "height": 860})
    page.goto(ADDRESS)
    expect(page.locator(".turn.assistant")).to_have_count(1)
    page.locator("#question").fill("can I eat before my abdominal CT?")
    page.locator("#question").press("Enter")
    expect(page.locator(".turn.assistant[data-kind=answer]")).to_have_count(1)
    page.wait_for_timeout(500)
    page.screenshot(path="docs/chat.png")
    browser.close()
