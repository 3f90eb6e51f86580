"""The list of refusals, and what the page makes of hostile text in it and elsewhere."""

import json

from hostile import HOSTILE, HOSTILE_TEXT
from lines import refusal
from support import PageCase, REFUSAL_ROWS, RULE_ROWS, made_up_alone


class RefusalTests(PageCase):
    """The list of refusals."""

    @made_up_alone("it sends refusals of many kinds")
    def test_says_why_and_where(self):
        """Reason, claim, allowed methods, line and repetition are told; details show every key."""
        page = self.open()
        self.refuse(page, method="POST", path="/orders/7", **{
            "methodwall.reason": "override_not_allowed", "methodwall.effective_method": "DELETE",
            "methodwall.override_carrier": "query _method", "methodwall.repeated": 1200,
            "methodwall.rule": "/orders/{id}", "methodwall.rule_at": "policies/shop.yaml:12"})
        text = page.evaluate(REFUSAL_ROWS)[0]
        for part in ("POST", "/orders/7", "192.0.2.7", "405", "The request claims a method", "/orders/{id}",
                     "override_not_allowed", "claims DELETE in query _method", "and 1,200 like it before",
                     "allowed GET, HEAD, POST, OPTIONS", "policies/shop.yaml:12"):
            self.assertIn(part, text)
        page.click("#refusals-rows button")
        for key, value in refusal().items():
            if key == "user_agent.original":
                self.assertIn(f"{key}{value}", self.text(page, "#refusals-rows .details"))
        self.assertEqual(page.evaluate("document.querySelectorAll('.details dt').length"), 20)
        page.click("#refusals-rows button")
        self.assertEqual(page.evaluate("document.querySelectorAll('.details').length"), 0)

    @made_up_alone("its origins fail in one way")
    def test_says_what_failed(self):
        """Of a request that an origin failed: which one, and what libcurl says; which upstream if no target."""
        page = self.open()
        failed = {"methodwall.decision": "failed", "methodwall.upstream": "crm"}
        self.refuse(page, path="/one", **failed, **{
            "methodwall.reason": "tls_certificate_error", "methodwall.target": "https://crm.example.com",
            "methodwall.origin_error": "SSL certificate problem: certificate has expired"})
        self.refuse(page, path="/two", **failed, **{"methodwall.reason": "connection_limit_reached"})
        without, with_target = page.evaluate(REFUSAL_ROWS)
        for part in ("the service could not answer", "tls_certificate_error",
                     "upstream crm at https://crm.example.com",
                     "SSL certificate problem: certificate has expired"):
            self.assertIn(part, with_target)
        self.assertIn("upstream crm", without)
        self.assertNotIn("upstream crm at", without)

    @made_up_alone("it sends refusals of many kinds")
    def test_filter(self):
        """By text and by reason, also for those that come later."""
        page = self.open()
        self.refuse(page, 2)
        self.refuse(page, 3, path="/missing", **{"methodwall.reason": "no_rule_for_path"})
        page.fill("#refusals-filter", "missing 192.0.2.7")
        page.wait(f"{REFUSAL_ROWS}.length === 3")
        self.refuse(page, 1, path="/other")
        self.refuse(page, 1, path="/missing/too")
        self.assertEqual(len(page.evaluate(REFUSAL_ROWS)), 4)
        self.assertEqual(self.text(page, "#refusals-count"), "4 of 7 refusals")
        page.fill("#refusals-filter", "")
        options = "[...document.getElementById('refusals-reason').options].map(option => option.value)"
        self.assertEqual(page.evaluate(options), ["", "method_not_allowed", "no_rule_for_path"])
        page.evaluate("""(() => { const reason = document.getElementById('refusals-reason');
            reason.value = 'no_rule_for_path'; reason.dispatchEvent(new Event('change')); })()""")
        page.wait(f"{REFUSAL_ROWS}.length === 3")

    @made_up_alone("it sends refusals on demand")
    def test_pause(self):
        """While it is paused the list stands still; what waited comes when it goes on."""
        page = self.open()
        self.refuse(page, 1)
        page.click("#pause")
        for _ in range(3):
            self.admin.refuse()
        page.wait("document.getElementById('stream').textContent === 'Paused, 3 waiting'")
        self.assertEqual(len(page.evaluate(REFUSAL_ROWS)), 1)
        page.click("#pause")
        page.wait(f"{REFUSAL_ROWS}.length === 4")
        self.assertEqual(self.text(page, "#pause"), "Pause")

    @made_up_alone("it sends more refusals than a test can provoke")
    def test_is_bounded(self):
        """The list keeps 500, the latest first, and says what is left out; lost ones are named."""
        page = self.open()
        self.refuse(page, 300)
        for index in range(1000):
            self.admin.refuse(path=f"/flood/{index}")
        self.admin.send("lost", {"lost": 7})
        for text in ("7 refusals are missing here", "/flood/999"):
            page.wait(f"document.getElementById('refusals-rows').textContent.includes('{text}')")
        self.assertEqual(page.evaluate("document.querySelectorAll('#refusals-rows tr').length"), 500)
        self.assertEqual(self.text(page, "#refusals-count"), "499 refusals; 801 more left out")
        self.assertIn("/flood/999", page.evaluate(REFUSAL_ROWS)[1])

    @made_up_alone("it sends refusals on demand")
    def test_leads_to_rule_and_explanation(self):
        """From a refusal to its rule's row, wherever that is, and to a filled explain box."""
        page = self.open()
        self.refuse(page, 1)
        page.fill("#rules-filter", "stock")
        page.wait(f"{RULE_ROWS}.length === 2")
        page.click("#refusals-rows a[href='#rules']")
        page.wait("document.activeElement.matches('tr.found th')")
        self.assertEqual(self.text(page, "tr.found th code"), "/users")
        page.click("#refusals-rows a[href='#explain']")
        page.wait("document.activeElement.matches('#explain-result h3')")
        fields = "[...document.querySelectorAll('#explain-form input')].map(field => field.value)"
        self.assertEqual(page.evaluate(fields), ["DELETE", "/users", "shop.example.com", "192.0.2.7", ""])
        self.assertIn("Refused 405", self.text(page, "#explain-result"))
        self.refuse(page, 1, **{"methodwall.rule_at": "policies/old.yaml:1"})
        page.click("#refusals-rows a[href='#rules']")
        page.wait("document.getElementById('rules-message').textContent"
                  " === 'That rule is not in the policies in force.'")


class HostileTextTests(PageCase):
    """Attackers choose paths, hosts and names."""

    @made_up_alone("a real policy holds no such text")
    def test_is_inert(self):
        """Wherever it stands it is text: nothing runs, no element appears, controls are written out."""
        text = HOSTILE_TEXT
        group = self.admin.policies[0]
        group.update(name=text, hosts=[text], upstream=text)
        group["rules"][0].update(pattern=text, at=text, methods=[text], reason=text, only=[text],
                                 upgrade=[text], mode=text)
        self.admin.files = [text]
        self.admin.origins[0].update(upstream=text, target=text)
        self.admin.reload_errors = [text]
        self.admin.version = text
        self.admin.explanation = {
            "because": text, "policy": text, "canonical_path": text, text: text, "decision": text,
            "response_head": [text], "rules": [{"pattern": text, "at": text, "allow": [text], "only": [text]}]}
        page = self.open()
        line = {key: text for key in refusal()}
        line["url.path"] = f"/{text}"
        for key in ("effective_method", "override_carrier", "upstream", "target", "origin_error"):
            line[f"methodwall.{key}"] = text
        self.admin.send("refusal", {**line, text: text, "__proto__": text, "methodwall.repeated": text})
        self.admin.send("refusal", json.dumps({"http.request.method": {"a": ["<b>"]}, "url.path": None}))
        self.admin.send("refusal", "not JSON <b>")
        self.admin.send("refusal", "[]")
        self.admin.send("lost", "<b>")
        page.wait("document.querySelectorAll('#refusals-rows tr').length === 5")
        page.click("#refusals-rows tr:last-child button")
        page.click("#refusals-rows tr:nth-last-child(2) a.target")
        page.wait("document.querySelector('#explain-result h3')")
        page.click("#files summary")
        allowed = "[...document.querySelectorAll('img, b, script, style, iframe')]" \
            ".filter(node => !node.matches('head > script, #refusals-rows th > b')).length"
        self.assertEqual(page.evaluate(allowed), 0)
        self.assertEqual(page.evaluate("document.title"), "methodwall")
        shown = page.evaluate("document.body.textContent")
        for name in ("image", "script", "template"):
            self.assertGreater(shown.count(HOSTILE[name]), 10, name)
        for text in ("U+202Egnp.exeU+2066", "U+001B[31mredU+0007U+000DU+000AnextU+0000U+009B",
                     "U+200BU+00A0U+2028U+FEFFU+E0041", "a\u0301\u0301U+0301"):
            self.assertGreater(shown.count(text), 10, text)
        raw = r"/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/"
        self.assertFalse(page.evaluate(f"{raw}.test(document.body.textContent)"))
        self.assertTrue(page.evaluate(
            "[...document.querySelectorAll('bdi')].every(node => node.dir === 'ltr'"
            " && getComputedStyle(node).unicodeBidi.startsWith('isolate'))"))
        outside = """(() => {
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const found = [];
            while (walker.nextNode()) {
                const { data, parentElement } = walker.currentNode;
                if (/gnp|owned/.test(data) && !parentElement.closest('bdi, option')) found.push(data);
            }
            return found;
        })()"""
        self.assertEqual(page.evaluate(outside), [])
        self.shoot(page, "hostile")
        page.resize(320, 700)
        self.assertEqual(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), True)
