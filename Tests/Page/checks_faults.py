"""What the page does when the API fails, answers nonsense or has much to say."""

from mock_admin import many_policies
from support import PageCase, REFUSAL_ROWS, RULE_ROWS, made_up_alone

# Answers of the right kind with nothing right in them.
NONSENSE = [
    {}, [], {"policies": None, "files": 7}, {"policies": [None]}, {"policies": [{}]},
    {"policies": [{"rules": [{}]}]}, {"policies": [{"rules": [None], "hosts": "x"}]},
    {"policies": [{"rules": [{"methods": "GET", "forwarded": "many", "only": {}, "pattern": 5}]}]},
]


class OutageTests(PageCase):
    """A listener that is not there."""

    @made_up_alone("it stops the listener")
    def test_outage_and_recovery(self):
        """The page says so, asks again at growing distances, and goes on when there is an answer."""
        page = self.open()
        page.expected = r"^network: "
        self.refuse(page, 2)
        page.evaluate("""(() => {
            window.asked = [];
            const original = window.fetch;
            window.fetch = (...rest) => { window.asked.push(performance.now()); return original(...rest); };
        })()""")
        self.admin.go_down()
        page.wait("!document.getElementById('outage').hidden")
        page.wait("document.getElementById('stream').textContent === 'Not connected'")
        text = self.text(page, "#outage")
        self.assertIn("The admin listener does not answer.", text)
        self.assertRegex(text, r"The figures are of \d\d:\d\d:\d\d\.")
        self.assertEqual(self.text(page, "#connection"), "Not answering")
        self.assertEqual(len(page.evaluate(RULE_ROWS)), 8)
        self.assertEqual(len(page.evaluate(REFUSAL_ROWS)), 2)
        page.wait("/Asking again in \\d+ s/.test(document.getElementById('outage-next').textContent)")
        self.assert_audit(page, "outage")
        self.shoot(page, "outage")
        page.click("#reload")
        page.wait("document.getElementById('reload-message').textContent.startsWith('Not reloaded')")
        page.wait("window.asked.length >= 5")
        pauses = page.evaluate("window.asked.slice(1).map((at, index) => at - window.asked[index])")
        self.admin.come_back()
        self.assertGreater(max(pauses[1:]), 1500, pauses)
        page.click("#try-now")
        page.wait("document.getElementById('outage').hidden")
        # At once, not when the stream's own pause would end.
        page.wait("document.getElementById('stream').textContent === 'Live'", 6)
        self.assertEqual(self.text(page, "#outage-status"), "Answering again.")
        self.assertEqual(page.evaluate("document.activeElement.id"), "main")
        page.wait(f"{REFUSAL_ROWS}[0].includes('The stream was broken from')")
        self.refuse(page, 1)

    @made_up_alone("it ends the stream")
    def test_broken_stream(self):
        """A stream that ends alone is opened again, and the list says what may be missing."""
        page = self.open()
        self.refuse(page, 1)
        self.admin.break_streams()
        page.wait(f"{REFUSAL_ROWS}[0].includes('The stream was broken from')")
        page.wait("document.getElementById('stream').textContent === 'Live'")
        self.refuse(page, 1)
        self.assertEqual(self.text(page, "#connection"), "Connected")

    def test_offline(self):
        """A browser without a network says so, and recovers by itself."""
        page = self.open()
        page.expected = r"^network: "
        conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        page.send("Network.emulateNetworkConditions", {"offline": True, **conditions})
        page.wait("!document.getElementById('outage').hidden")
        page.send("Network.emulateNetworkConditions", {"offline": False, **conditions})
        page.wait("document.getElementById('outage').hidden")
        page.wait("document.getElementById('connection').textContent === 'Connected'")

    @made_up_alone("a real listener answers")
    def test_starts_without_api(self):
        """A page that never had an answer shows the failure and comes to life later."""
        self.admin.status_code = 503
        page = self.open(wait=False)
        page.expected = r"status of 503"
        page.wait("document.getElementById('outage-text').textContent === 'GET /status answered 503.'")
        page.fill("#explain-path", "/users")
        page.click("#explain-submit")
        page.wait("document.querySelector('#explain-result .bad')")
        self.assertEqual(self.text(page, "#explain-result"), "GET /explain answered 503.")
        self.admin.status_code = 200
        page.wait(f"{RULE_ROWS}.length === 8")
        page.wait("document.getElementById('stream').textContent === 'Live'")

    @made_up_alone("a real listener answers as it should")
    def test_nonsense(self):
        """Answers with nothing right in them break nothing for longer than they last."""
        page = self.open()
        for index, answer in enumerate(NONSENSE):
            with self.admin.lock:
                self.admin.version = f"v-{index + 10}"
                self.admin.policy_answer = lambda answer=answer: answer
                asked = self.admin.requests.count("GET /policy")
            while self.admin.requests.count("GET /policy") == asked:
                self.ask_now(page)
                page.wait("new Promise(done => setTimeout(() => done(true), 20))")
        del self.admin.policy_answer
        self.admin.version = "v-99"
        self.ask_now(page)
        page.wait("document.getElementById('policy-version').textContent === 'v-99'")
        page.wait(f"{RULE_ROWS}.length === 8")
        page.wait("document.getElementById('connection').textContent === 'Connected'")


class LoadTests(PageCase):
    """Much to show."""

    @made_up_alone("a real policy is of its own size")
    def test_many_rules(self):
        """10,000 rules are found and counted without a frozen page; 200 are in the document at first.

        Bounds are on the CPU time of the main thread, several times what was measured.
        """
        self.admin.policies = many_policies(10_000)
        page = self.open(wait=False)
        page.wait("document.getElementById('rules-count').textContent"
                  " === '10,000 rules, the first 200 shown'")
        rows = "document.querySelectorAll('#rules-table tbody tr:not(.group)').length"
        spent = [page.metrics()["TaskDuration"]]
        self.assertEqual(page.evaluate(rows), 200)
        self.assertLess(page.evaluate("document.querySelectorAll('*').length"), 6000)
        page.click("#rules-more")
        page.wait(f"{rows} === 400")
        self.assertEqual(page.evaluate("document.activeElement.textContent"), "/service-6/items-200/{id}")
        page.fill("#rules-filter", "items-9999")
        page.wait("document.getElementById('rules-count').textContent === '1 of 10,000 rules'")
        spent.append(page.metrics()["TaskDuration"])
        self.admin.policies[0]["rules"][9999]["forwarded"] = 123456
        page.wait("document.querySelector('#rules-table tbody').textContent.includes('123,456')", 35)
        self.refuse(page, 1, **{"methodwall.rule_at": "policies/large.yaml:7005",
                                "methodwall.rule": "/service-16/items-7000/{id}"})
        page.click("#refusals-rows a[href='#rules']")
        page.wait("document.querySelector('tr.found code')?.textContent === '/service-16/items-7000/{id}'")
        spent.append(page.metrics()["TaskDuration"])
        self.measured = (f"CPU seconds: loaded {spent[0]:.2f}, searched {spent[1] - spent[0]:.2f}, "
                         f"refreshed {spent[2] - spent[1]:.2f}")
        self.assertLess(spent[0], 4)
        self.assertLess(spent[1] - spent[0], 2)
        self.assertLess(spent[2] - spent[1], 3)

    @made_up_alone("it sends more refusals than a test can provoke")
    def test_flood(self):
        """5,000 refusals in a moment cost little, as only the last 500 reach the document."""
        page = self.open()
        before = page.metrics()["TaskDuration"]
        for index in range(5000):
            self.admin.refuse(path=f"/flood/{index}")
        page.wait(f"({REFUSAL_ROWS})[0]?.includes('/flood/4999')")
        spent = page.metrics()["TaskDuration"] - before
        self.measured = f"CPU seconds: {spent:.2f}"
        self.assertLess(spent, 6)
        self.assertEqual(len(page.evaluate(REFUSAL_ROWS)), 500)
        self.assertEqual(self.text(page, "#stream"), "Live")
