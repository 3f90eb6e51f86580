"""What the page shows of files, state, rules and explanations."""

import json
import os
import re
import urllib.request

from mock_admin import CSP, MISTAKES, policies, rule
from hostile import HOSTILE_TEXT
from support import PAGE, PageCase, RULE_ROWS, SOURCES, made_up_alone


class FilesTests(PageCase):
    """The three files."""

    def test_are_small(self):
        """Together they are under 60 KiB."""
        sizes = [os.path.getsize(os.path.join(PAGE, name)) for name in os.listdir(PAGE)]
        self.assertEqual(sorted(os.listdir(PAGE)), ["index.html", "page.css", "page.js"])
        self.assertLess(sum(sizes), 60 * 1024)

    def test_know_every_reason(self):
        """Each reason that a gateway may give has its sentence."""
        reasons = os.path.join(SOURCES, "MethodPolicy/Decisions/RefusalReason.swift")
        with open(reasons, encoding="utf-8") as file:
            given = re.findall(r'case \w+ = "(\w+)"', file.read())
        with open(os.path.join(PAGE, "page.js"), encoding="utf-8") as file:
            known = re.search(r"const reasons = {(.*?)};", file.read(), re.DOTALL)[1]
        self.assertGreater(len(given), 20)
        self.assertEqual(sorted(re.findall(r"^ +(\w+): '", known, re.MULTILINE)), sorted(given))

    def test_hold_nothing_inline(self):
        """No inline script, style or handler, nothing that makes markup of text, no other host."""
        text = {}
        for name in os.listdir(PAGE):
            with open(os.path.join(PAGE, name), encoding="utf-8") as file:
                text[name] = file.read()
        markup = text["index.html"]
        self.assertEqual(re.findall(r"<style|\sstyle=|\son\w+\s*=|javascript:", markup), [])
        self.assertEqual(re.findall(r"<script(?![^>]*\ssrc=)", markup), [])
        sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(|DOMParser" \
            r"|srcdoc|createContextualFragment|\.style\b|trustedTypes"
        self.assertEqual(re.findall(sinks, text["page.js"]), [])
        named = [url for url in re.findall(r"https?://[^\s'\")]*", "".join(text.values()))
                 if url != "http://www.w3.org/2000/svg"]
        self.assertEqual(named, [])

    def test_are_served_as_they_are(self):
        """Each file with its type and the whole policy for content."""
        kinds = {"": ("index.html", "text/html"), "page.css": ("page.css", "text/css"),
                 "page.js": ("page.js", "text/javascript")}
        for path, (name, kind) in kinds.items():
            with urllib.request.urlopen(self.url + path, timeout=10) as response:
                body = response.read()
                self.assertEqual(response.headers.get_content_type(), kind)
                self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
                if name == "index.html":
                    self.assertEqual(response.headers["Content-Security-Policy"], CSP)
            with open(os.path.join(PAGE, name), "rb") as file:
                self.assertEqual(body, file.read(), name)


class StateTests(PageCase):
    """Figures, origins and reloads."""

    def test_figures(self):
        """Each figure of GET /status is shown."""
        page = self.open()
        for name in ("requests", "forwarded", "refused", "would_refuse", "answered", "log_lines_lost"):
            def figures(name=name):
                shown = self.text(page, f"[data-figure={name}]")
                return shown.replace(",", ""), str(self.fetch("status")[name])
            for _ in range(20):
                if figures()[0] == figures()[1]:
                    break
                page.wait("new Promise(done => setTimeout(() => done(true), 200))")
            self.assertEqual(*figures(), name)
        status = self.fetch("status")
        self.assertIn(status["version"], self.text(page, "#version"))
        self.assertEqual(self.text(page, "#policy-version"), self.fetch("policy")["version"])
        self.assertEqual(
            page.evaluate("document.querySelectorAll('#origins-rows tr').length"), len(status["origins"]))

    @made_up_alone("a real listener's origins do not fail on demand")
    def test_figures_go_on(self):
        """Counts and health change in place; the rows stay the same elements, the focus where it is."""
        page = self.open()
        page.evaluate("window.before = [...document.querySelectorAll('tbody tr')]; 1")
        page.evaluate("document.querySelector('#rules-table tbody tr:nth-child(3) th').focus()")
        self.admin.policies[0]["rules"][1]["forwarded"] = 5555
        self.admin.policies[1]["rules"][1]["would_refuse"] = 66
        self.admin.origins[0].update(healthy=False, failures=9)
        self.admin.draining = True
        page.wait(f"{RULE_ROWS}.some(cells => cells[2] === '5,555')")
        page.wait("document.querySelector('#origins-rows .badge').textContent === 'unhealthy'")
        self.assertEqual(page.evaluate(RULE_ROWS)[7][4], "66")
        self.assertTrue(page.evaluate("!document.getElementById('draining').hidden"))
        self.assertTrue(page.evaluate("window.before.every(row => row.isConnected)"))
        self.assertEqual(page.evaluate("document.activeElement.textContent"), "/users")

    def test_reload(self):
        """The button loads the policies anew and the page says which are in force."""
        page = self.open()
        page.click("#reload")
        message = "document.getElementById('reload-message').textContent"
        page.wait(f"/^Reloaded: version .+ is in force/.test({message})")
        version = self.fetch("policy")["version"]
        self.assertIn(version, self.text(page, "#reload-message"))
        page.wait(f"document.getElementById('policy-version').textContent === {json.dumps(version)}")
        self.assertTrue(page.evaluate("document.getElementById('reload-failed').hidden"))

    def test_failed_reload(self):
        """A rejected reload shows every error by itself, also when asked for, and goes when mended."""
        page = self.open()
        page.expected = r"status of 409 .*/reload"
        before = self.text(page, "#policy-version")
        self.admin.break_policies()
        page.wait("document.getElementById('reload-state').textContent === 'failed'")
        page.click("#reload")
        page.wait("document.getElementById('reload-message').textContent === 'Not reloaded: 2 errors.'")
        items = "[...document.querySelectorAll('#reload-errors li')].map(item => item.textContent)"
        self.assertEqual(page.evaluate(items), MISTAKES)
        self.assertEqual(self.text(page, "#policy-version"), before)
        self.assertEqual(len(page.evaluate(RULE_ROWS)), 8)
        self.assert_audit(page, "failed reload")
        self.shoot(page, "reload-failed")
        self.admin.mend_policies()
        page.wait(f"{RULE_ROWS}.some(cells => cells[0] === '/mended')")
        page.wait("document.getElementById('reload-failed').hidden")
        self.assertNotEqual(self.text(page, "#policy-version"), before)
        self.assertEqual(self.text(page, "#reload-state"), "ok")


class RuleTests(PageCase):
    """The table of rules."""

    def test_shows_the_policy(self):
        """Each rule with its methods, counts and line, as GET /policy has them."""
        page = self.open()

        def wanted():
            return [
                [each["pattern"], " ".join(each["methods"]) or "none",
                 *(f"{each[name]:,}" for name in ("forwarded", "refused", "would_refuse")), each["at"]]
                for policy in self.fetch("policy")["policies"] for each in policy["rules"]
            ][:200]
        for _ in range(20):
            if page.evaluate(RULE_ROWS) == wanted():
                break
            page.wait("new Promise(done => setTimeout(() => done(true), 200))")
        self.assertEqual(page.evaluate(RULE_ROWS), wanted())

    def test_filter(self):
        """Rules are found by any of their texts, and the page says how many."""
        page = self.open()
        rules = [each for policy in self.fetch("policy")["policies"] for each in policy["rules"]]
        wanted = rules[0]["at"].lower()
        page.fill("#rules-filter", wanted)
        page.wait("document.getElementById('rules-count').textContent.includes(' of ')"
                  if len(rules) > 1 else "true")
        shown = page.evaluate(RULE_ROWS)
        self.assertTrue(shown)
        self.assertTrue(all(cells[5].lower().startswith(wanted) for cells in shown), shown)
        page.fill("#rules-filter", "no such rule \U0001f50e")
        page.wait("document.getElementById('rules-table').hidden")
        self.assertTrue(self.text(page, "#rules-count").startswith("0 of "))
        page.fill("#rules-filter", "")
        page.wait(f"{RULE_ROWS}.length === {min(len(rules), 200)}")

    @made_up_alone("it asks for rules that a real policy may not have")
    def test_filter_by_words_and_use(self):
        """Several words narrow down; unused rules and refusing ones can be had alone."""
        page = self.open()
        for typed, count in (("delete SHOP", 2), ("*.shop.example.com", 6), ("refund", 1),
                             ("stock post", 1)):
            page.fill("#rules-filter", typed)
            page.wait(f"{RULE_ROWS}.length === {count}")
        page.fill("#rules-filter", "")
        for kind, count in (("refused", 5), ("unasked", 1), ("", 8)):
            page.evaluate(f"""(() => {{ const kind = document.getElementById('rules-kind');
                kind.value = '{kind}'; kind.dispatchEvent(new Event('change')); }})()""")
            page.wait(f"{RULE_ROWS}.length === {count}")
        notes = self.text(page, "#rules-table")
        for note in ("DELETE only for 10.0.0.0/8", "upgrade websocket", "mode enforce", "unlisted forward",
                     "every other host", "orders are final; post a refund instead"):
            self.assertIn(note, notes)

    @made_up_alone("it changes the policies")
    def test_follows_a_new_policy(self):
        """Rules that came, went or changed do so in the table; the others stay the same elements."""
        page = self.open()
        page.evaluate("window.kept = document.querySelector('#rules-table tbody tr:nth-child(2)'); 1")
        changed = policies()
        changed[0]["rules"][1]["methods"] = ["GET"]
        changed[0]["rules"].insert(1, rule("/new", "policies/shop.yaml:99", "GET"))
        del changed[1]
        with self.admin.lock:
            self.admin.policies, self.admin.version = changed, "v-7"
        self.ask_now(page)
        page.wait("document.getElementById('policy-version').textContent === 'v-7'")
        rows = page.evaluate(RULE_ROWS)
        self.assertEqual([cells[0] for cells in rows],
                         ["/status", "/new", "/users", "/users/{id:int}", "/orders/{id}", "/admin/**",
                          "/live"])
        self.assertEqual(rows[2][1], "GET")
        self.assertTrue(page.evaluate(
            "window.kept.isConnected && window.kept.textContent.startsWith('/status')"))
        with self.admin.lock:
            self.admin.policies, self.admin.version = [], "v-8"
        self.ask_now(page)
        page.wait("document.getElementById('rules-count').textContent === 'No policies are loaded.'")


class ExplainTests(PageCase):
    """The explain box."""

    def test_explains(self):
        """It shows decision, sentence and rules as GET /explain has them."""
        page = self.open()
        policy = next(each for each in self.fetch("policy")["policies"] if each["rules"])
        host = next((host for host in policy["hosts"] if not host.startswith("*")), "localhost")
        page.fill("#explain-method", "DELETE")
        page.fill("#explain-path", "/status")
        page.fill("#explain-host", host)
        page.click("#explain-submit")
        page.wait("document.querySelector('#explain-result h3')")
        answer = self.fetch(f"explain?method=DELETE&path=/status&host={host}")
        shown = self.text(page, "#explain-result")
        self.assertIn(answer["because"], shown)
        for each in answer["rules"]:
            self.assertIn(each["at"], shown)
        for line in answer.get("response_head", []):
            if not line.lower().startswith(("date:", "x-request-id:")):
                self.assertIn(line, shown)
        self.assertIn(answer["because"], self.text(page, "#explain-status"))

    @made_up_alone("it knows the mock's rules")
    def test_every_decision(self):
        """Each decision has its words; what a later version adds is shown too."""
        page = self.open()
        cases = (
            ({}, "Forwarded"),
            ({"decision": "report", "would_refuse": 405}, "Forwarded and reported would be 405"),
            ({"decision": "options", "status": 204}, "OPTIONS is answered here 204"),
            ({"decision": "preflight", "status": 204}, "The preflight is answered here 204"),
            ({"decision": "preflight", "status": 204, "reason": "cors_method_not_allowed"},
             "The browser will refuse 204"),
            ({"decision": "teapot", "novel": {"a": [1, {"b": 2}]}}, "teapot"),
        )
        page.fill("#explain-path", "/users")
        page.fill("#explain-host", "shop.example.com")
        for answer, words in cases:
            self.admin.explanation = answer
            page.click("#explain-submit")
            page.wait(f"document.querySelector('#explain-result h3')?.textContent === {json.dumps(words)}")
        self.assertIn("novel", self.text(page, "#explain-result"))

    @made_up_alone("a real listener does not hold an answer back")
    def test_shows_the_latest(self):
        """An answer that comes late does not replace that of a later question."""
        self.admin.held_path = "/slow"
        page = self.open()
        page.fill("#explain-path", "/slow")
        page.click("#explain-submit")
        page.fill("#explain-path", "/status")
        page.click("#explain-submit")
        page.wait("document.querySelector('#explain-result')?.textContent.includes('/status')")
        self.admin.release.set()
        page.wait("performance.getEntriesByType('resource').some(each =>"
                  " each.name.includes('path=%2Fslow') && each.responseEnd > 0)")
        page.wait("new Promise(done => setTimeout(() => done(true), 100))")
        self.assertIn("/status", self.text(page, "#explain-result"))

    def test_shows_what_is_wrong_with_a_question(self):
        """What the API does not accept is said in its words."""
        page = self.open()
        page.expected = r"status of 400 .*/explain\?"
        page.fill("#explain-path", "users")
        page.click("#explain-submit")
        page.wait("document.querySelector('#explain-result .bad')")
        self.assertGreater(len(self.text(page, "#explain-result .bad")), 10)
