"""Chromium by the DevTools protocol over its pipe: no port, no driver, nothing but the standard library."""

import base64
import fcntl
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

KEYS = {
    "Tab": ("Tab", 9, None),
    "Enter": ("Enter", 13, "\r"),
    "Space": ("Space", 32, " "),
    "End": ("End", 35, None),
}
SHIFT = 8


class BrowserError(Exception):
    """The browser did not do what it was told, or not in time."""


class Browser:
    """A headless Chromium with a profile of its own, which ends with it."""

    def __init__(self, scratch, program="chromium"):
        path = shutil.which(program)
        if path is None:
            raise BrowserError(f"no {program} in PATH")
        self.profile = tempfile.mkdtemp(dir=scratch)
        self._number = 0
        self._answers = {}
        self._pages = {}
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._is_over = False
        self._start(path)
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self.version = self.send("Browser.getVersion")["product"]
        except BaseException:
            self.close()
            raise

    def _start(self, path):
        """Starts the browser, which reads commands at descriptor 3 and answers at 4."""
        commands, self._commands = os.pipe()
        self._responses, responses = os.pipe()
        # Above 4, so that neither is overwritten before it is in its place.
        commands_high = fcntl.fcntl(commands, fcntl.F_DUPFD, 10)
        responses_high = fcntl.fcntl(responses, fcntl.F_DUPFD, 10)
        arguments = [
            path, "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self.profile}",
            "--no-first-run", "--no-default-browser-check", "--disable-gpu",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-extensions", "--disable-dev-shm-usage", "--mute-audio",
            "--password-store=basic", "--window-size=1440,1000", "--lang=en",
        ]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        self._log = os.path.join(self.profile, "stderr.txt")
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self.pid = os.posix_spawn(
            path, arguments + ["about:blank"], {**os.environ, "HOME": self.profile},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, self._log, flags, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
                (os.POSIX_SPAWN_DUP2, commands_high, 3),
                (os.POSIX_SPAWN_DUP2, responses_high, 4),
                (os.POSIX_SPAWN_CLOSE, commands_high),
                (os.POSIX_SPAWN_CLOSE, responses_high),
            ],
            setpgroup=0,
        )
        for descriptor in (commands, responses, commands_high, responses_high):
            os.close(descriptor)

    def _read(self):
        rest = b""
        while True:
            try:
                octets = os.read(self._responses, 1 << 20)
            except OSError:
                octets = b""
            if not octets:
                break
            *messages, rest = (rest + octets).split(b"\0")
            for message in messages:
                self._take(json.loads(message))
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _take(self, message):
        with self._changed:
            if "id" in message:
                self._answers[message["id"]] = message
            elif message.get("sessionId") in self._pages:
                self._pages[message["sessionId"]].take(message["method"], message["params"])
            self._changed.notify_all()

    def send(self, method, parameters=None, session=None, seconds=20):
        """Gives one command and returns its result."""
        with self._changed:
            self._number += 1
            number = self._number
        command = {"id": number, "method": method, "params": parameters or {}}
        if session is not None:
            command["sessionId"] = session
        octets = json.dumps(command).encode() + b"\0"
        with self._writing:
            while octets:
                octets = octets[os.write(self._commands, octets):]
        with self._changed:
            self._changed.wait_for(lambda: number in self._answers or self._is_over, seconds)
            answer = self._answers.pop(number, None)
        if answer is None:
            raise BrowserError(f"{method}: no answer; the browser says:\n{self.last_words()}")
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def open(self, url, width=1440, height=1000, before=""):
        """Opens a page in a tab of its own; `before` runs ahead of its scripts."""
        target = self.send("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.send("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = Page(self, target, session)
        with self._changed:
            self._pages[session] = page
        page.prepare(width, height, before)
        page.go(url)
        return page

    def forget(self, page):
        """Closes a tab."""
        self.send("Target.closeTarget", {"targetId": page.target})
        with self._changed:
            self._pages.pop(page.session, None)

    def last_words(self):
        """The end of what the browser wrote to its standard error."""
        try:
            with open(self._log, encoding="utf-8", errors="replace") as file:
                return file.read()[-2000:]
        except OSError:
            return ""

    def close(self):
        """Ends the browser with all its processes and removes the profile."""
        os.close(self._commands)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            time.sleep(0.02)
        try:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        shutil.rmtree(self.profile, ignore_errors=True)


class Page:
    """One tab. Everything that went wrong in it is in `problems`."""

    def __init__(self, browser, target, session):
        self.browser = browser
        self.target = target
        self.session = session
        self.problems = []
        self.urls = []
        self.network_problems = []
        self.size = None
        # A pattern for those that a test brings about.
        self.expected = r"(?!)"

    def take(self, method, parameters):
        """Keeps what an event tells. Runs on the reading thread."""
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            text = details.get("exception", {}).get("description", "")
            self.problems.append(f"exception: {details['text']} {text}")
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.problems.append(f"console: {parameters['args']}")
        elif method == "Log.entryAdded":
            entry = parameters["entry"]
            if entry["level"] in ("error", "warning"):
                kept = self.network_problems if entry["source"] == "network" else self.problems
                kept.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}")
        elif method == "Audits.issueAdded":
            issue = parameters["issue"]
            if "contentSecurityPolicy" in str(issue["code"])[:1].lower() + str(issue["code"])[1:]:
                self.problems.append(f"CSP: {issue['details']}")
        elif method == "Network.requestWillBeSent":
            self.urls.append(parameters["request"]["url"])
        elif method == "Page.javascriptDialogOpening":
            self.problems.append(f"dialog: {parameters['message']}")

    def prepare(self, width, height, before):
        """Sets up what is watched and how large the window is."""
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.send(f"{domain}.enable")
        self.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.resize(width, height)
        # A tab that is not in front is drawn and focused as if it were.
        self.send("Emulation.setFocusEmulationEnabled", {"enabled": True})
        if before:
            self.send("Page.addScriptToEvaluateOnNewDocument", {"source": before})

    def send(self, method, parameters=None, seconds=20):
        """Gives one command to this tab."""
        return self.browser.send(method, parameters, self.session, seconds)

    def go(self, url):
        """Loads a page and waits until its scripts have run."""
        self.send("Page.navigate", {"url": url})
        self.wait(f"document.readyState === 'complete' && location.href.startsWith({json.dumps(url)})")

    def evaluate(self, expression):
        """The value of a JavaScript expression, which may be a promise."""
        result = self.send(
            "Runtime.evaluate",
            {"expression": expression, "returnByValue": True, "awaitPromise": True},
        )
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            text = details.get("exception", {}).get("description", details["text"])
            raise BrowserError(f"{expression[:200]}: {text}")
        return result["result"].get("value")

    def wait(self, expression, seconds=20):
        """Waits until an expression is true and returns its value."""
        deadline = time.monotonic() + seconds
        while True:
            value = self.evaluate(f"(value => value instanceof Node || value)({expression})")
            if value:
                return value
            if time.monotonic() > deadline:
                raise BrowserError(f"not true within {seconds} s: {expression}")
            time.sleep(0.06)

    def press(self, key, times=1, modifiers=0):
        """Presses a key as a keyboard would."""
        name, number, text = KEYS[key]
        event = {
            "key": " " if name == "Space" else name, "code": name, "modifiers": modifiers,
            "windowsVirtualKeyCode": number, "nativeVirtualKeyCode": number,
        }
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        for _ in range(times):
            self.send("Input.dispatchKeyEvent", {**event, **down})
            self.send("Input.dispatchKeyEvent", {**event, "type": "keyUp"})

    def type(self, text):
        """Types into whatever has the focus, in place of what it holds."""
        self.evaluate("document.activeElement.select?.()")
        self.send("Input.insertText", {"text": text})

    def fill(self, selector, text):
        """Focuses a field and types into it."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        if text:
            self.type(text)
            return
        self.evaluate(
            f"(() => {{ const field = document.querySelector({json.dumps(selector)}); field.value = '';"
            " field.dispatchEvent(new Event('input')); })()"
        )

    def click(self, selector):
        """Clicks in the middle of an element, which has to be there and be hit."""
        point = self.evaluate(
            f"""(() => {{
                const node = document.querySelector({json.dumps(selector)});
                node.scrollIntoView({{ block: 'center', behavior: 'instant' }});
                // The first line of a link that has several.
                const box = node.getClientRects()[0];
                const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                const hit = document.elementFromPoint(x, y);
                return {{ x, y, isHit: node === hit || node.contains(hit) }};
            }})()"""
        )
        if not point["isHit"]:
            raise BrowserError(f"something lies over {selector}")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", {
                "type": kind, "x": point["x"], "y": point["y"], "button": "left", "clickCount": 1,
            })

    def resize(self, width, height, scale=1):
        """Gives the window another size, in CSS pixels."""
        self.size = (width, height, scale)
        self.send("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": scale, "mobile": False,
        })

    def prefer(self, **features):
        """Sets media features, such as `prefers_color_scheme="dark"`."""
        names = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.send("Emulation.setEmulatedMedia", {"features": names})

    def screenshot(self, path, whole=False):
        """Saves what is seen, or with `whole` the whole page, as PNG."""
        size, clip = self.size, {}
        if whole:
            # In a window as high as the page, which has no scroll bar then.
            self.resize(size[0], self.evaluate("document.documentElement.scrollHeight"), size[2])
            height = self.evaluate("Math.ceil(document.body.getBoundingClientRect().bottom)")
            clip = {"clip": {"x": 0, "y": 0, "width": size[0], "height": height, "scale": 1}}
        result = self.send("Page.captureScreenshot", clip)
        if whole:
            self.resize(*size)
        with open(path, "wb") as file:
            file.write(base64.b64decode(result["data"]))

    def metrics(self):
        """Counters of the renderer; times are CPU time of its main thread, in seconds."""
        return {each["name"]: each["value"] for each in self.send("Performance.getMetrics")["metrics"]}

    def close(self):
        """Closes the tab."""
        self.browser.forget(self)
