"""Chromium over its debugging pipe, with the standard library only: open a page, and see what it says and asks for."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
)  # fmt: skip
# Chromium talks on descriptors 3 and 4; this little program puts the ends of our pipes there and becomes Chromium.
_LAUNCH = (
    "import fcntl, os, sys; ends = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]; "
    "[os.dup2(end, place) for end, place in zip(ends, (3, 4))]; os.execvp(sys.argv[3], sys.argv[3:])"
)


def executable() -> str | None:
    """Chromium's path, or None where there is none."""
    return next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)


@dataclass
class Visit:
    """What happened while a page was open."""

    session: str
    url: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


class Browser:
    """One Chromium for several visits; a context manager."""

    def __init__(self, profile: Path, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._profile = profile
        self._buffer = b""
        self._number = 0
        self._events: list[dict[str, Any]] = []

    def __enter__(self) -> Browser:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        program = [executable() or "chromium", *SWITCHES, f"--user-data-dir={self._profile}", "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, str(theirs_in), str(theirs_out), *program],
            pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._send("Browser.close", {}, None)
            self._process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._out)
        os.close(self._in)

    def visit(
        self, path: Path, *, scripts: bool = True, dark: bool = False, media: str = "", width: int = 1100
    ) -> Visit:
        """Open a file and wait until it has loaded. Everything it logs or asks for is noted."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        visit = Visit(session, path.as_uri())
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable", {}, session)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", size, session)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", {"media": media, "features": scheme}, session)
        self.call("Emulation.setScriptExecutionDisabled", {"value": not scripts}, session)
        self.call("Page.navigate", {"url": visit.url}, session)
        self._until("Page.loadEventFired", session)
        self.evaluate(visit, "1")
        self._note(visit)
        return visit

    def evaluate(self, visit: Visit, expression: str) -> Any:
        """The value of an expression in the page. Raises AssertionError if it throws."""
        answer = self.call("Runtime.evaluate", {"expression": expression, "returnByValue": True}, visit.session)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        self._note(visit)
        return answer["result"].get("value")

    def point(self, visit: Visit, x: float, y: float) -> None:
        """Move the pointer."""
        self.call("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y}, visit.session)

    def screenshot(self, visit: Visit, path: Path) -> None:
        """The whole page as PNG."""
        box = self.call("Page.getLayoutMetrics", {}, visit.session)["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": box["width"], "height": box["height"], "scale": 1}
        asked = {"format": "png", "captureBeyondViewport": True, "clip": clip}
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", asked, visit.session)["data"]))

    def pdf(self, visit: Visit) -> bytes:
        """The page as it prints, in its own paper size."""
        asked = {"preferCSSPageSize": True, "printBackground": True}
        return base64.b64decode(self.call("Page.printToPDF", asked, visit.session)["data"])

    def call(self, method: str, parameters: dict[str, Any], session: str | None = None) -> dict[str, Any]:
        """One command and its answer."""
        number = self._send(method, parameters, session)
        while True:
            message = self._receive()
            if message.get("id") == number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return dict(message["result"])
            self._events.append(message)

    def _send(self, method: str, parameters: dict[str, Any], session: str | None) -> int:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        return self._number

    def _receive(self) -> dict[str, Any]:
        end = time.monotonic() + self._seconds
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0.0, end - time.monotonic()))
            chunk = os.read(self._in, 1 << 20) if ready else b""
            if not chunk:
                raise AssertionError("Chromium does not answer")
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(line))

    def _until(self, method: str, session: str) -> None:
        while not any(e.get("method") == method and e.get("sessionId") == session for e in self._events):
            self._events.append(self._receive())

    def _note(self, visit: Visit) -> None:
        """Sort the events of a visit into complaints and requests; the page itself is no request of its own."""
        mine = [event for event in self._events if event.get("sessionId") == visit.session]
        self._events = [event for event in self._events if event.get("sessionId") != visit.session]
        for event in mine:
            method, told = event["method"], event.get("params", {})
            if method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
                visit.complaints.append(json.dumps(told, ensure_ascii=False)[:2000])
            if method == "Network.requestWillBeSent":
                url = told["request"]["url"]
                if url != visit.url and not url.startswith("data:"):
                    visit.requests.append(url)
