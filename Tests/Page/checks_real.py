"""What the page shows of a real gateway: requests, origins, and its end."""

import json

from lines import KINDS
from support import PageCase, REFUSAL_ROWS, RULE_ROWS

ORIGIN_ROWS = """[...document.querySelectorAll('#origins-rows tr')]
    .map(row => [row.querySelector('.code').textContent, row.querySelector('.badge').textContent])"""


class GatewayTests(PageCase):
    """One gateway for each test."""

    def test_refusals(self):
        """Every kind of refusal arrives with its reason and place, is counted, and can be filtered."""
        page = self.open()
        for name, kind in KINDS.items():
            self.bring_about(page, name)
            parts = [kind.method, kind.target.partition("?")[0][:100], kind.line["methodwall.reason"],
                     str(kind.line["http.response.status_code"])]
            more = ("methodwall.rule_at", "methodwall.detail", "methodwall.upstream")
            parts += [kind.line[key] for key in more if key in kind.line]
            has_all = f"{json.dumps(parts)}.every(part => text.includes(part))"
            page.wait(f"{REFUSAL_ROWS}.some(text => {has_all})")
        page.wait(f"{REFUSAL_ROWS}.some(text => text.includes('and 2 like it before'))")
        page.fill("#refusals-filter", "brew coffee")
        page.wait(f"{REFUSAL_ROWS}.length === 1")
        # One DELETE, four PUT and one claim; the malformed one met no rule.
        for counts in ("/users,0,6,0", "/admin/**,0,1,0", "/report/**,2,0,1"):
            page.wait(f"{RULE_ROWS}.some(cells => [cells[0], ...cells.slice(2, 5)].join() === '{counts}')")

    def test_explains_refusals(self):
        """The explanation of a refusal agrees with what the gateway did; its rule is in the table."""
        page = self.open()
        wanted = {"method": "Refused 405", "would refuse": "Forwarded and reported would be 405",
                  "unknown method": "Refused 501", "no rule": "Refused 404", "client": "Refused 403"}
        for name, heading in wanted.items():
            self.bring_about(page, name)
            # The line of another decision may come with it.
            row = f"[...document.querySelectorAll('#refusals-rows tr')].find(row => " \
                f"row.textContent.includes({json.dumps(KINDS[name].line['methodwall.reason'])}))"
            page.evaluate(f"{row}.querySelector('a.target').click()")
            page.wait(f"document.querySelector('#explain-result h3')?.textContent === {json.dumps(heading)}")
            if "methodwall.rule_at" in KINDS[name].line:
                page.evaluate(f"{row}.querySelector('a[href=\"#rules\"]').click()")
                page.wait("document.activeElement.matches('tr.found th')")
                self.assertEqual(self.text(page, "tr.found th code"), KINDS[name].line["methodwall.rule"])

    def test_origins(self):
        """A server that nobody started is unhealthy, and healthy once it runs."""
        page = self.open()
        late = [self.admin.late.url, "unhealthy"]
        page.wait(f"{ORIGIN_ROWS}.some(row => row.join() === {json.dumps(','.join(late))})")
        self.assertIn([self.admin.origin.url, "healthy"], page.evaluate(ORIGIN_ROWS))
        self.admin.late.serve()
        page.wait(f"{ORIGIN_ROWS}.every(row => row[1] === 'healthy')")
        self.assertEqual(len(page.evaluate(ORIGIN_ROWS)), 3)

    def test_end(self):
        """A gateway that drains is said to, and one that has gone is said not to answer."""
        page = self.open()
        page.expected = r"^network: "
        with self.admin.connect(b"GET /report/slow HTTP/1.1\r\nHost: stock.example.com\r\n\r\n"):
            self.admin.origin.slow.wait(10)
            self.admin.stop()
            page.wait("!document.getElementById('draining').hidden")
            self.admin.origin.release.set()
        page.wait("!document.getElementById('outage').hidden")
        self.assertEqual(self.text(page, "#connection"), "Not answering")
        self.assertEqual(self.admin.process.wait(10), 0)
