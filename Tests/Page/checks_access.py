"""Whether the page can be used: by keyboard, by ear, in the dark, small and large."""

from browser import SHIFT
from lines import BREW
from support import AUDIT, PageCase, Settings, made_up_alone

NAMED_ROLES = {
    "button", "link", "textbox", "searchbox", "combobox", "table", "region", "navigation", "search",
    "form", "heading", "columnheader", "rowheader", "DisclosureTriangle",
}
# What Tab reaches, in the order of the document.
TABBABLE = """[...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
    .filter(node => node.checkVisibility({ visibilityProperty: true }) && node.tabIndex >= 0)"""
FOCUSED = """(() => {
    const node = document.activeElement;
    const style = getComputedStyle(node);
    const box = node.getBoundingClientRect();
    return {
        index: window.stops.indexOf(node),
        name: `${node.tagName} ${node.id} ${node.textContent.trim().slice(0, 30)}`,
        isRinged: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        isInView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
})()"""
OVERFLOWING = """[...document.querySelectorAll('body *')]
    .filter(node => node.checkVisibility() && !node.closest('.unseen-text, .skip, option, datalist'))
    .filter(node => node.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
    .map(node => `${node.tagName} ${node.id} ${node.className} ${node.textContent.trim().slice(0, 30)}`)"""


class AccessCase(PageCase):
    """Pages in the states that are looked at."""

    def open_busy(self, **more):
        """A page with every kind of row, an explanation, and details of a refusal."""
        page = self.open(**more)
        self.bring_about(page, "method", "claim", "client", "failed", "would refuse", "no rule", "malformed",
                         "unknown method")
        if not Settings.is_real:
            self.refuse(page, 1, method="BREW", path="/caf\u00e9/\u202egnp", **BREW)
            self.admin.send("lost", {"lost": 2})
            page.wait("document.querySelector('#refusals-rows .remark')")
        page.evaluate("document.querySelector('#refusals-rows tr:nth-child(4) button').click()")
        page.evaluate("document.querySelector('#refusals-rows a[href=\"#rules\"]').click()")
        page.wait("document.querySelector('tr.found')")
        page.fill("#explain-path", "/users")
        page.fill("#explain-method", "DELETE")
        page.fill("#explain-host", "shop.example.com")
        page.click("#explain-submit")
        page.wait("document.querySelector('#explain-result h3')?.textContent === 'Refused 405'")
        return page


class AuditTests(AccessCase):
    """What a program can find wrong."""

    def test_light_and_dark(self):
        """Structure, names, targets and contrast hold in both palettes."""
        page = self.open_busy()
        grounds = []
        for scheme in ("light", "dark"):
            page.prefer(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
            self.assert_audit(page, scheme)
            grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            page.evaluate("scrollTo(0, 0)")
            self.shoot(page, scheme)
        self.assertNotEqual(*grounds)

    def test_names(self):
        """The browser finds a name for everything that has to have one, and the landmarks."""
        page = self.open_busy()
        nodes = page.send("Accessibility.getFullAXTree")["nodes"]
        seen = [(node["role"]["value"], node.get("name", {}).get("value", "").strip())
                for node in nodes if not node["ignored"] and "role" in node]
        nameless = [role for role, name in seen if role in NAMED_ROLES and not name]
        self.assertEqual(nameless, [])
        roles = [role for role, _ in seen]
        for role, count in (("banner", 1), ("main", 1), ("navigation", 1), ("search", 2), ("form", 1)):
            self.assertEqual(roles.count(role), count, role)
        regions = {name for role, name in seen if role == "region"}
        self.assertEqual(regions, {"State", "Origins", "Explain a request", "Refusals", "Rules"})
        tables = {name for role, name in seen if role == "table"}
        self.assertIn("Rules by policy, with requests since each rule was loaded", tables)
        self.assertIn(("link", "Explain DELETE /users"), seen)
        self.assertIn(("button", "Details DELETE /users"), seen)
        self.assertIn(("rowheader", "/orders/{id} orders are final; post a refund instead"), seen)
        self.assertIn(("rowheader", "/admin/** DELETE only for 10.0.0.0/8"), seen)

    @made_up_alone("the audit is the same")
    def test_finds_planted_faults(self):
        """The audit itself can fail: each planted fault is found."""
        page = self.open()
        faults = {
            "h1.after(document.createElement('h4')); h1.nextSibling.textContent = 'x'": "skips a level",
            "main.append(document.createElement('input'))": "no label",
            "main.append(Object.assign(document.createElement('p'), { id: 'main' }))": "an id twice",
            "h1.setAttribute('aria-labelledby', 'gone')": "aria-labelledby names nothing",
            "document.querySelector('nav a').setAttribute('href', '#gone')": "a link to nowhere",
            "document.querySelector('nav a').textContent = ' '": "nothing to read",
            "document.querySelector('th').removeAttribute('scope')": "no scope",
            "document.querySelector('caption').remove()": "no caption",
            "document.querySelector('td').removeAttribute('role')": "a role is missing",
            "document.getElementById('pause').className = 'unseen-text'": "a target under 24 pixels",
            "h1.className = 'faint'": "contrast",
            "document.querySelector('h2').className = 'low'": "is longer than what it shows",
        }
        # A rule of its own that the policy for content does not stop.
        page.evaluate("""(() => { const sheet = new CSSStyleSheet();
            sheet.replaceSync('.faint { color: #999 } .low { position: absolute; top: 30000px }');
            document.adoptedStyleSheets = [sheet]; })()""")
        for fault, complaint in faults.items():
            page.evaluate(f"(() => {{ const h1 = document.querySelector('h1');"
                          f" const main = document.querySelector('main'); {fault}; }})()")
            found = page.evaluate(AUDIT)
            self.assertTrue(any(complaint in each for each in found), f"{complaint} is not in {found}")


class KeyboardTests(AccessCase):
    """Without a mouse."""

    def test_walk(self):
        """Tab reaches everything in the order of the document, always in view and with a ring."""
        page = self.open_busy(height=700)
        page.click("#pause")
        page.evaluate(f"window.stops = {TABBABLE}; window.stops[1].focus()")
        count = page.evaluate("window.stops.length")
        self.assertGreater(count, 15)
        for index in range(count):
            page.press("Tab", modifiers=0 if index else SHIFT)
            focused = page.evaluate(FOCUSED)
            self.assertEqual(focused["index"], index, focused)
            self.assertTrue(focused["isRinged"], focused)
            self.assertTrue(focused["isInView"], focused)
        page.press("Tab")
        self.assertNotEqual(page.evaluate(FOCUSED)["index"], count - 1)
        page.evaluate("window.stops.at(-1).focus()")
        page.press("Tab", modifiers=SHIFT)
        self.assertEqual(page.evaluate(FOCUSED)["index"], count - 2)

    def test_skip_link(self):
        """The first stop leads past the head of the page."""
        page = self.open()
        page.press("Tab")
        self.assertEqual(page.evaluate("document.activeElement.textContent"), "Skip to the content")
        self.shoot(page, "skip-link", whole=False)
        page.press("Enter")
        page.wait("document.activeElement.id === 'main'")
        page.press("Tab")
        self.assertTrue(page.evaluate("document.getElementById('main').contains(document.activeElement)"))

    def test_explains(self):
        """Enter in a field asks; the focus stays where it is."""
        page = self.open()
        page.fill("#explain-method", "DELETE")
        page.press("Tab")
        page.type("/users")
        page.press("Enter")
        page.wait("document.querySelector('#explain-result h3')")
        self.assertEqual(page.evaluate("document.activeElement.id"), "explain-path")

    @made_up_alone("it sends refusals on demand")
    def test_refusals(self):
        """Pause, links and details work, and nothing takes the focus away."""
        page = self.open()
        self.refuse(page, 1)
        page.evaluate("document.querySelector('#refusals-rows a.target').focus()")
        self.refuse(page, 30)
        polls = self.admin.requests.count("GET /policy")
        while self.admin.requests.count("GET /policy") < polls + 1:
            page.wait("new Promise(done => setTimeout(() => done(true), 50))")
        self.assertTrue(page.evaluate(
            "document.activeElement === document.querySelector('#refusals-rows tr:last-child a.target')"))
        page.press("Tab")
        page.press("Space")
        page.wait("document.querySelector('#refusals-rows tr:last-child').className === 'details'")
        # The row that is being read leaves the list: the list itself takes the focus.
        for _ in range(520):
            self.admin.refuse()
        page.wait("!document.querySelector('#refusals-rows .details')")
        self.assertEqual(page.evaluate("document.activeElement.id"), "refusals-scroller")
        page.evaluate("document.querySelector('#refusals-rows a.target').focus()")
        page.press("Enter")
        page.wait("document.activeElement.matches('#explain-result h3')")
        page.evaluate("document.querySelector('#refusals-rows a[href=\"#rules\"]').focus()")
        page.press("Enter")
        page.wait("document.activeElement.matches('tr.found th')")
        page.evaluate("document.getElementById('pause').focus()")
        page.press("Space")
        page.wait("document.getElementById('stream').textContent.startsWith('Paused')")
        self.assertEqual(page.evaluate("document.activeElement.id"), "pause")

    def test_reloads(self):
        """The reload button keeps the focus while it works."""
        page = self.open()
        page.evaluate("document.getElementById('reload').focus()")
        page.press("Enter")
        page.wait("document.getElementById('reload-message').textContent.startsWith('Reloaded')")
        self.assertEqual(page.evaluate("document.activeElement.id"), "reload")


class SizeTests(AccessCase):
    """Small windows and large text."""

    def test_sizes(self):
        """Nothing is wider than the window: at 320 pixels, at 200 % zoom, with text twice the size."""
        page = self.open_busy()
        self.bring_about(page, "cut")
        if not Settings.is_real:
            self.refuse(page, 1, path="/long" * 400, method="X" * 32)
        sizes = (("narrow", 320, 800, 1, 16), ("zoomed", 720, 500, 2, 16), ("tablet", 1000, 800, 1, 16),
                 ("large-text", 1280, 900, 1, 32), ("narrow-large-text", 320, 800, 1, 32))
        for name, width, height, scale, text in sizes:
            page.resize(width, height, scale)
            page.send("Page.setFontSizes", {"fontSizes": {"standard": text, "fixed": text - 3}})
            page.wait(f"parseFloat(getComputedStyle(document.documentElement).fontSize) === {text}")
            self.assertEqual(page.evaluate(OVERFLOWING), [], name)
            self.assertTrue(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name)
            self.assert_audit(page, name)
            page.evaluate("scrollTo(0, 0)")
            # A shot of the whole page would be drawn with text of the usual size.
            self.shoot(page, name, whole=text == 16)
        page.send("Page.setFontSizes", {"fontSizes": {"standard": 16, "fixed": 13}})


    @made_up_alone("it sends refusals on demand")
    def test_long_list(self):
        """A long list scrolls in its place and makes the page no longer, wide or narrow."""
        page = self.open()
        self.refuse(page, 100)
        for width in (1440, 320):
            page.resize(width, 800)
            self.assert_audit(page, width)


class MotionTests(PageCase):
    """What moves, and what speaks."""

    @made_up_alone("it sends refusals on demand")
    def test_reduced_motion(self):
        """New rows fade for those who do not mind, and for nobody else."""
        for preference, moves in (("no-preference", True), ("reduce", False)):
            page = self.open(prefers_reduced_motion=preference)
            page.evaluate("""window.moved = false; document.addEventListener('animationstart',
                () => { window.moved = true; })""")
            self.refuse(page, 1)
            if moves:
                page.wait("window.moved")
            else:
                frame = "new Promise(done => requestAnimationFrame(() => done(true)))"
                page.wait(frame)
                page.wait(frame)
                self.assertFalse(page.evaluate("window.moved || document.getAnimations().length > 0"))

    @made_up_alone("it sends refusals on demand")
    def test_announces_seldom(self):
        """A flood is announced once in ten seconds, politely; the list itself is not read out."""
        page = self.open()
        page.evaluate("""(() => {
            window.said = [];
            const region = document.getElementById('refusals-status');
            new MutationObserver(() => window.said.push(region.textContent))
                .observe(region, { childList: true, subtree: true, characterData: true });
        })()""")
        for index in range(5):
            self.refuse(page, 20, path=f"/flood/{index}")
        said = page.evaluate("window.said")
        self.assertEqual(len(said), 1, said)
        self.assertRegex(said[0], r"^\d+ new refusals?, the latest DELETE /flood/0$")
        live = "[...document.querySelectorAll('[aria-live], [role=alert], [role=log]')].length"
        self.assertEqual(page.evaluate(live), 0)
        self.assertEqual(page.evaluate(
            "document.querySelectorAll('[role=status] table, table [role=status]').length"), 0)
