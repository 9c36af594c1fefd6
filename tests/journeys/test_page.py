"""The chat page in a real browser: a question, a button, the keyboard, a phone, an emergency, another site's page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.journeys.client import Assistant

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ANSWER_WITHIN_MS = 60_000
expect.set_options(timeout=ANSWER_WITHIN_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail("no Chromium here: scripts/browser.sh installs it")
        pytest.skip("no Chromium here: scripts/browser.sh installs it")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, assistant: Assistant) -> Iterator[Page]:
    assistant.until_ready()
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    opened = context.new_page()
    opened.set_default_timeout(ANSWER_WITHIN_MS)
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(assistant.address)
    expect(opened.locator(".turn.assistant")).to_have_count(1)
    yield opened
    context.close()
    assert not complaints, complaints


def ask(page: Page, text: str) -> None:
    page.locator("#question").fill(text)
    page.locator("#question").press("Enter")


def test_a_question_its_answer_source_and_notice(page: Page) -> None:
    ask(page, "can I eat before my abdominal CT?")
    turn = page.locator(".turn.assistant[data-kind=answer]")
    expect(turn).to_have_count(1)
    expect(turn).to_contain_text("Many centers ask you not to eat")
    link = turn.locator(".source a").first
    expect(link).to_have_attribute("href", "https://www.radiologyinfo.org/en/info/abdominct")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(turn).to_contain_text("Starter text, not yet reviewed by a physician.")
    expect(turn.locator(".notice")).to_have_count(1)
    expect(turn.locator(".notice")).to_contain_text("not a medical facility")
    expect(page.locator("#question")).to_be_focused()
    turn.locator(".choices button").first.click()
    expect(page.locator(".turn.assistant[data-kind=answer]")).to_have_count(2)
    expect(page.locator(".turn.patient")).to_have_count(2)


def test_a_choice_answers_the_first_question_by_keyboard_alone(page: Page) -> None:
    page.locator("#question").focus()
    page.keyboard.type("scan of my foot, how long does it take")
    page.keyboard.press("Enter")
    choices = page.locator(".turn.assistant[data-kind=clarify] .choices button")
    expect(choices.first).to_be_visible()
    choices.first.focus()
    page.keyboard.press("Enter")
    answer = page.locator(".turn.assistant[data-kind=answer]")
    expect(answer.locator(".source")).to_contain_text("how it is done")


def test_an_emergency_is_an_alert_with_a_number_to_call(page: Page) -> None:
    ask(page, "my throat is swelling shut since the dye and I can't breathe")
    alert = page.locator(".turn.assistant[data-kind=emergency]")
    expect(alert.locator("[role=alert]")).to_be_visible()
    expect(alert.locator("a[href='tel:911']").first).to_be_visible()
    expect(alert.locator(".notice")).to_have_count(1)


def test_what_is_typed_is_never_markup(page: Page) -> None:
    ask(page, "<img src=x onerror=alert(1)><b>ct</b>")
    expect(page.locator(".turn.patient .bubble")).to_have_text("<img src=x onerror=alert(1)><b>ct</b>")
    assert page.locator(".turn img").count() == 0


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_it_without_scrolling_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    ask(page, "how do I prepare for an MRI of the knee")
    expect(page.locator(".turn.assistant[data-kind=answer]")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    for button in page.locator("button:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44, button.inner_text()


def test_names_and_roles_for_a_screen_reader(page: Page) -> None:
    expect(page.get_by_role("log")).to_have_count(1)
    expect(page.get_by_role("textbox", name="Your question")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    page.locator("[data-language=es]").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")


def test_a_killed_rasa_is_waited_for(page: Page, assistant: Assistant) -> None:
    assistant.kill("rasa")
    ask(page, "does a mammogram hurt")
    expect(page.locator(".turn.assistant[data-kind=answer]")).to_have_count(1)
    expect(page.locator(".turn.assistant")).to_have_count(2)


def test_in_the_page_of_a_hospital(browser: Browser, assistant: Assistant) -> None:
    context = browser.new_context()
    host = context.new_page()
    host.set_default_timeout(ANSWER_WITHIN_MS)
    # The same origin stands for a hospital whose origin is in RADINFO_EMBED_ORIGINS.
    host.goto(f"{assistant.address}/healthz")
    host.evaluate(
        """address => { const script = document.createElement('script');
        script.src = address + '/static/embed.js'; document.body.append(script); }""",
        assistant.address,
    )
    host.locator("radinfo-chat .launcher").click()
    chat = host.frame_locator("radinfo-chat iframe")
    expect(chat.locator(".turn.assistant")).to_have_count(1)
    context.close()
