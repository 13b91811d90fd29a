"""Run the app as users meet it: a fresh server on a free port and a real browser.

The benchmarks and the browser tests use it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from core.settings import Settings

ROOT = Path(__file__).parents[1]
START_S = 30.0
# The shell is Chromium without its window: the same pages for less work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
# Features that Playwright disables, since this list replaces its own, and the address bar's pop-ups: without a window,
# each new page would load four of them.
OFF = [
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "LensOverlay"),
    *("HttpsFirstBalancedModeAutoEnable", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning"),
    *("AutoDeElevate", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "OmniboxPopup"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--disable-features={','.join(OFF)}",
    # Only this machine can be reached; intercepting each request instead would disable the browser's cache.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

# For tests: no page is open for so long that code compiled to be faster would pay.
QUICK = "--js-flags=--no-opt --no-maglev"

# Streamlit fetches a page's icon from here as its favicon; without a network there is none.
SYMBOLS = "https://fonts.gstatic.com/s/i/short-term/release/materialsymbols"


class Server:
    """One Streamlit server process of Glassbox.

    Args:
        settings: Its home and data folder.
        port: Its port; a free one by default.

    Raises:
        TimeoutError: It did not answer within `START_S`.
    """

    def __init__(self, settings: Settings, port: int = 0) -> None:
        self.settings = settings
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = port or free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        settings.home.mkdir(parents=True, exist_ok=True)
        self._log = (settings.home / "server.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={self.port}"],
            cwd=ROOT,
            env={**os.environ, **settings.environment()},
            stdout=self._log,
            stderr=self._log,
        )
        try:
            wait_until(self._is_healthy, START_S, "the server answers")
        except TimeoutError:
            self.stop(signal.SIGKILL)
            raise

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the server, but not its foreman; a second call does nothing."""
        self.process.send_signal(how)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                return answer.read() == b"ok"
        except OSError:
            return False


def processes_of(home: Path, module: str = "core.") -> list[psutil.Process]:
    """Return a home's foreman and the processes it has started that are still alive."""
    found = []
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline()).strip()
            # A fork server and what it forks say in their commands whose they are, not in their environment.
            named = f" {home}/" in command or command.endswith(f"GLASSBOX_HOME={home}")
            mine = named or process.environ().get("GLASSBOX_HOME") == str(home)
            if mine and process.pid != os.getpid() and f" {module}" in command:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def end_processes(home: Path) -> None:
    """Kill a home's foreman, workers and probe."""
    for module in ("core.jobs.foreman", "core."):  # the foreman first, else it would start new ones
        kill(*processes_of(home, module))


def kill(*found: psutil.Process) -> None:
    """Kill processes, as a crash would."""
    for process in found:
        process.kill()
    wait_until(lambda: all(map(has_ended, found)), 10, "what was killed has ended")


def has_ended(process: psutil.Process) -> bool:
    """Return whether a process has ended; a zombie counts as ended."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until(is_so: Callable[[], object], seconds: float, what: str, *, every_s: float = 0.05) -> None:
    """Wait for a condition, checking it every `every_s` seconds.

    Raises:
        TimeoutError: It was still false after `seconds`.
    """
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(f"still waiting after {seconds:.0f} s: {what}")
        time.sleep(every_s)


def launch(playwright: Playwright, *flags: str) -> Browser:
    """Start Chromium without a window, with extra flags."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])


@contextmanager
def visitor(
    browser: Browser, url: str, *, width: int = 1280, height: int = 900, dark: bool = False, touch: bool = False
) -> Iterator[Page]:
    """Open a fresh visit; fail on an error in the page or a request to another machine."""
    look: Any = {"viewport": {"width": width, "height": height}, "color_scheme": "dark" if dark else "light"}
    context = browser.new_context(base_url=url, has_touch=touch, **look)
    try:
        with watched_page(context) as page:
            yield page
    finally:
        context.close()


@contextmanager
def watched_page(context: BrowserContext) -> Iterator[Page]:
    """Open a page; fail on an error in it or a request to another machine."""
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    asked = foreign_requests(page)
    yield page
    assert not errors, errors
    assert not asked, asked


def foreign_requests(page: Page) -> list[str]:
    """Return a list that collects the page's requests to other machines from now on."""
    found: list[str] = []

    def note(url: str) -> None:
        if not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", SYMBOLS)):
            found.append(url)

    # They all fail, since no other machine can be reached; listening to every request would be too slow.
    page.on("requestfailed", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    return found


def settle(page: Page) -> None:
    """Wait until the page's script has finished."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=15_000)


def wait_for_spare(page: Page) -> None:
    """Wait until the footer says that a spare worker is ready.

    Raises:
        TimeoutError: None was ready within 90 s.
    """
    until = time.monotonic() + 90
    while not page.get_by_text("; ready").count():
        if time.monotonic() > until:
            raise TimeoutError("no spare worker got ready")
        page.goto("/")
        expect(page.get_by_test_id("stApp")).to_be_visible()
        expect(page.locator(".st-key-footer")).to_be_visible(timeout=15_000)
        page.wait_for_timeout(300)
