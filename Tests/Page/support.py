"""What the page's tests share: the browser, the admin listener that is asked, and how a page is left."""

import json
import os
import re
import unittest
import urllib.request

from mock_admin import MockAdmin
from real_admin import RealAdmin

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.normpath(os.path.join(HERE, "../../Sources"))
PAGE = os.path.join(SOURCES, "Admin/Page")

with open(os.path.join(HERE, "audit.js"), encoding="utf-8") as _file:
    AUDIT = _file.read()

# Every text of the rules' table, row by row.
RULE_ROWS = """[...document.querySelectorAll('#rules-table tbody tr:not(.group)')]
    .map(row => [...row.cells]
        .map(cell => cell.querySelector('code, bdi')?.textContent ?? cell.textContent))"""
REFUSAL_ROWS = """[...document.querySelectorAll('#refusals-rows tr')]
    .filter(row => !row.hidden).map(row => row.textContent)"""


class Settings:
    """What the command line says."""

    browser = None
    is_real = False
    screenshots = None


def made_up_alone(reason):
    """Marks a test that a real gateway cannot serve, and says why."""
    def mark(function):
        function.reason = reason
        return function
    return mark


class PageCase(unittest.TestCase):
    """One test with a listener and pages of its own."""

    longMessage = True
    # What the test found out beside passing or not.
    measured = ""

    def setUp(self):
        method = getattr(self, self._testMethodName)
        if Settings.is_real and hasattr(method, "reason"):
            self.skipTest(method.reason)
        self.admin = RealAdmin() if Settings.is_real else MockAdmin(PAGE)
        self.addCleanup(self.admin.close)
        self.url = self.admin.url

    def open(self, width=1440, height=1000, before="", wait=True, **features):
        """Opens the page. What goes wrong in it fails the test when it ends."""
        page = Settings.browser.open("about:blank", width, height, before)
        self.addCleanup(page.close)
        self.addCleanup(self.look_for_problems, page)
        if features:
            page.prefer(**features)
        page.go(self.url)
        if wait:
            page.wait("document.getElementById('connection').textContent === 'Connected'")
            page.wait("document.getElementById('stream').textContent === 'Live'")
            page.wait("document.querySelectorAll('#rules-table tbody tr').length > 1")
        return page

    def look_for_problems(self, page):
        """No error, warning, violation or dialog, and nothing asked of anybody else."""
        page.evaluate("1")
        self.assertEqual(page.problems, [])
        unexpected = [text for text in page.network_problems if not re.search(page.expected, text)]
        self.assertEqual(unexpected, [])
        own = (self.url, "data:image/svg+xml", "about:")
        foreign = [url[:200] for url in page.urls if not url.startswith(own)]
        self.assertEqual(foreign, [])
        self.assertEqual(self.admin.wrong_requests, [])

    def fetch(self, path):
        """The listener's JSON, as this test gets it."""
        with urllib.request.urlopen(self.url + path, timeout=10) as response:
            return json.load(response)

    def refuse(self, page, count=1, **more):
        """Has the made-up listener send refusals, and waits until the page has them."""
        before = page.evaluate("document.querySelectorAll('#refusals-rows tr').length")
        for _ in range(count):
            self.admin.refuse(**more)
        page.wait(f"document.querySelectorAll('#refusals-rows tr').length === {before + count}")

    def bring_about(self, page, *kinds):
        """Has refusals of some kinds of lines.py happen, and waits until the page has one of each."""
        before = page.evaluate("document.querySelectorAll('#refusals-rows tr').length")
        self.admin.bring_about(*kinds)
        page.wait(f"document.querySelectorAll('#refusals-rows tr').length >= {before + len(kinds)}")

    def ask_now(self, page):
        """Makes the page ask for status and policy without waiting for the time to come."""
        page.evaluate("document.getElementById('try-now').click()")

    def text(self, page, selector):
        """The text of an element."""
        return page.evaluate(f"document.querySelector({json.dumps(selector)}).textContent")

    def shoot(self, page, name, whole=True):
        """Saves a screenshot where one is wanted."""
        if Settings.screenshots:
            page.screenshot(os.path.join(Settings.screenshots, f"{name}.png"), whole)

    def assert_audit(self, page, state):
        """Fails with all that the audit finds."""
        self.assertEqual(page.evaluate(AUDIT), [], state)
