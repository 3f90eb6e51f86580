// The page of the admin listener. It shows what the admin API answers, and asks nobody else.
//
// Whatever the API answers is untrusted: paths, hosts and names are what clients sent and files
// hold. It reaches the document as text nodes alone. Each value stands in an element that isolates
// its direction, with the characters that nobody sees written out.

const refusalsMax = 500;
const refusalsAtOnce = 100;
const rulesAtOnce = 200;
const pollMilliseconds = 2000;
const flushMilliseconds = 250;
const announceMilliseconds = 10000;
const retryMillisecondsMax = 30000;

const reasons = {
    method_not_allowed: 'The rule does not have the method.',
    unknown_method: 'The method is neither registered nor declared by the policy.',
    no_policy_for_host: 'No policy serves the host.',
    no_rule_for_path: 'No rule matches the path.',
    connect_refused: 'CONNECT asks for a tunnel, which would pass every rule by.',
    ambiguous_path: 'Servers read the path in different ways.',
    client_not_allowed: 'The rule has the method, but not for this client.',
    override_not_allowed: 'The request claims a method that the rule does not have.',
    destination_not_allowed: 'Destination names a path where this client may not PUT.',
    ambiguous_content: 'Parsers of forms read the content in different ways.',
    unscannable_content: 'The content may claim a method and cannot be searched.',
    cors_not_configured: 'A preflight, and no cors block says what browsers may do here.',
    cors_origin_not_allowed: 'A preflight from an origin that is not listed.',
    cors_method_not_allowed: 'A preflight for a method that the rule does not have.',
    cors_field_not_allowed: 'A preflight for a field that is not listed.',
    malformed_request: 'The request is malformed or ambiguous.',
    invalid_handshake: 'A WebSocket handshake that breaks the rules of that protocol.',
    upgrade_required: 'A WebSocket handshake of a version that is not spoken here.',
    target_too_long: 'The request target is over the limit.',
    fields_too_large: 'The field section is over the limit.',
    content_too_large: 'The content is over the limit.',
    unsupported_version: 'This version of HTTP is not spoken here.',
    unsupported_transfer_coding: 'A transfer coding other than chunked.',
    request_timeout: 'The request did not arrive in time.',
    expectation_failed: 'An Expect other than 100-continue.',
    loop_detected: 'The request has been here before.',
    no_policy_loaded: 'No valid policy has been loaded yet.',
    too_many_connections: 'Too many connections are open.',
    shutting_down: 'The gateway is going down.',
};

// ---- Elements and text

const byId = (id) => document.getElementById(id);
const list = (value) => (Array.isArray(value) ? value : []);
const numbers = new Intl.NumberFormat('en');

function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
}

function plain(value) {
    if (typeof value === 'string') return value;
    return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** Controls, format and direction characters, odd spaces, and piles of combining marks. */
const unseen = /[\p{C}\p{Zl}\p{Zp}]|[^\S ]|(?<=\p{M}{2})\p{M}/gu;

/** A value as an element that shows each of its characters and nothing beside them. */
function said(value, max = 300) {
    const whole = plain(value);
    // A cut does not go through a character of two units.
    const text = whole.length > max ? whole.slice(0, max).replace(/[\uD800-\uDBFF]$/, '') : whole;
    const shown = element('bdi', { dir: 'ltr' });
    let from = 0;
    for (const { 0: character, index } of text.matchAll(unseen)) {
        const digits = character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
        const point = element('span', { class: 'code-point' }, `U+${digits}`);
        shown.append(text.slice(from, index), point);
        from = index + character.length;
    }
    shown.append(text.slice(from));
    if (text.length < whole.length) {
        const rest = numbers.format(whole.length - text.length);
        shown.append(element('span', { class: 'muted' }, ` … and ${rest} more`));
    }
    return shown;
}

const code = (value, max) => element('code', {}, said(value, max));

/** What a cell says beside the matter, a line each. */
function notesOf(texts) {
    return texts.map((text) => element('div', { class: 'muted note' }, said(text)));
}

/** What was last put into an element, so that equal text is not written, and read out, again. */
const contents = new WeakMap();

function put(node, value) {
    const text = plain(value) || '–';
    if (contents.get(node) === text) return;
    contents.set(node, text);
    node.replaceChildren(said(text));
}

/** For text of the page's own; values go through `put`. */
function write(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

function setState(node, state, text) {
    if (node.dataset.state !== state) node.dataset.state = state;
    write(node, text);
}

const number = (value) => (Number.isFinite(value) ? numbers.format(value) : '–');
const counted = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

function row(...cells) {
    return element('tr', { role: 'row' }, ...cells);
}

/** A cell; `label` stands before it where the table is shown as cards. */
function cell(label, ...children) {
    return element('td', { role: 'cell', 'data-label': label }, ...children);
}

function rowHeader(label, ...children) {
    return element('th', { role: 'rowheader', scope: 'row', 'data-label': label }, ...children);
}

function numberCell(label) {
    const made = cell(label);
    made.className = 'number';
    return made;
}

/** Makes `wanted` the children of `parent` from `first` on; those already in order do not move. */
function arrange(parent, wanted, first = parent.firstElementChild) {
    const keep = new Set(wanted);
    let next = first;
    while (next) {
        const after = next.nextElementSibling;
        if (!keep.has(next)) {
            if (next === first) first = after;
            next.remove();
        }
        next = after;
    }
    next = first;
    for (const child of wanted) {
        if (child === next) next = next.nextElementSibling;
        else parent.insertBefore(child, next);
    }
}

function clock(date) {
    const two = (value) => String(value).padStart(2, '0');
    return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function moment(text) {
    const date = new Date(text);
    if (typeof text !== 'string' || Number.isNaN(date.getTime())) return plain(text);
    const two = (value) => String(value).padStart(2, '0');
    const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    return `${day} ${clock(date)}`;
}

function duration(seconds) {
    if (!Number.isFinite(seconds)) return '–';
    const units = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];
    const first = units.findIndex(([, size]) => seconds >= size);
    if (first < 0) return '0 s';
    let rest = Math.floor(seconds);
    const parts = units.slice(first, first + 2).map(([unit, size]) => {
        const count = Math.floor(rest / size);
        rest -= count * size;
        return count ? `${count} ${unit}` : '';
    });
    return parts.filter(Boolean).join(' ');
}

/** Whether the lower-case `text` has every word that was typed. */
function hasWords(words, ...texts) {
    return words.every((word) => texts.some((text) => text.includes(word)));
}

const wordsOf = (input) => input.value.toLowerCase().split(/\s+/).filter(Boolean);

/** Calls `action` once typing has paused. */
function afterTyping(action) {
    let timer;
    return () => {
        clearTimeout(timer);
        timer = setTimeout(action, 120);
    };
}

function focusOn(node) {
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: 'center' });
}

// ---- The API

async function ask(path, seconds, options = {}) {
    const asked = `${options.method ?? 'GET'} /${path.split('?')[0]}`;
    let response;
    try {
        response = await fetch(path, {
            cache: 'no-store',
            redirect: 'error',
            headers: { Accept: 'application/json' },
            signal: AbortSignal.timeout(seconds * 1000),
            ...options,
        });
        const body = JSON.parse(await response.text());
        if (body && typeof body === 'object') return { status: response.status, body };
    } catch (error) {
        if (error.name === 'TimeoutError') {
            throw new Error(`${asked} had no answer within ${seconds} s. `
                + 'More than five open tabs of this page keep each other waiting.');
        }
        if (!response) throw new Error('The admin listener does not answer.');
    }
    throw new Error(response.ok
        ? `${asked} answered something else than JSON.`
        : `${asked} answered ${response.status}.`);
}

async function get(path) {
    const { status, body } = await ask(path, 10);
    if (status === 200) return body;
    const detail = typeof body.error === 'string' ? `: ${body.error}` : '';
    throw new Error(`GET /${path} answered ${status}${detail}.`);
}

/** What is known of the API: how often it failed in a row, and when it last answered. */
const api = { failures: 0, error: '', answeredAt: null, retryAt: 0, timer: 0, running: null };

function backoff(failures) {
    return Math.min(1000 * 2 ** (failures - 1), retryMillisecondsMax) * (0.9 + Math.random() / 5);
}

/** Asks now, and again after a while: soon if the API answers, later and later if it does not. */
function refresh() {
    api.running ??= refreshOnce().finally(() => {
        api.running = null;
        const wait = api.failures ? backoff(api.failures) : pollMilliseconds;
        api.retryAt = Date.now() + wait;
        clearTimeout(api.timer);
        // A page that nobody sees asks again when it is seen.
        if (!document.hidden) api.timer = setTimeout(refresh, wait);
        showOutage();
    });
    return api.running;
}

async function refreshOnce() {
    try {
        const status = await get('status');
        showStatus(status);
        if (isPolicyDue(status)) await refreshPolicy();
        if (api.failures) {
            put(byId('outage-status'), 'Answering again.');
            if (!stream.source) listen();
        }
        api.failures = 0;
        api.answeredAt = new Date();
    } catch (error) {
        api.failures += 1;
        // `ask` throws an Error; anything else is this page at odds with an answer.
        const isOwn = error.constructor !== Error;
        api.error = isOwn ? `An answer cannot be shown: ${error.message}.` : error.message;
    }
}

function showOutage() {
    const isOut = api.failures > 0;
    const banner = byId('outage');
    // Whoever pressed the button there goes on from what follows it.
    if (!isOut && banner.contains(document.activeElement)) byId('main').focus();
    banner.hidden = !isOut;
    setState(byId('connection'), isOut ? 'bad' : 'good', isOut ? 'Not answering' : 'Connected');
    if (!isOut) return;
    const since = api.answeredAt ? ` The figures are of ${clock(api.answeredAt)}.` : '';
    put(byId('outage-text'), api.error + since);
    put(byId('outage-status'), api.error + since);
    countDown();
}

function countDown() {
    if (!api.failures) return;
    const seconds = Math.max(0, Math.ceil((api.retryAt - Date.now()) / 1000));
    const text = api.running || !seconds ? 'Asking …' : `Asking again in ${seconds} s.`;
    write(byId('outage-next'), text);
}

// ---- State

function showStatus(status) {
    for (const node of document.querySelectorAll('[data-figure]')) {
        write(node, number(status[node.dataset.figure]));
    }
    write(byId('uptime'), duration(status.uptime_seconds));
    put(byId('version'), `${plain(status.version)} with libcurl ${plain(status.libcurl)}`);
    byId('draining').hidden = status.draining !== true;
    const reload = status.reload ?? {};
    const failed = reload.state === 'failed';
    setState(byId('reload-state'), failed ? 'bad' : 'good', failed ? 'failed' : 'ok');
    put(byId('reload-at'), reload.at ? moment(reload.at) : ' ');
    showReloadErrors(failed, reload.errors);
    showOrigins(list(status.origins));
}

function showReloadErrors(failed, errors) {
    byId('reload-failed').hidden = !failed;
    const texts = list(errors).slice(0, 100);
    const node = byId('reload-errors');
    const key = JSON.stringify(texts);
    if (contents.get(node) === key) return;
    contents.set(node, key);
    node.replaceChildren(...texts.map((text) => element('li', {}, said(text, 2000))));
}

function showFiles(files) {
    write(byId('files-count'), counted(files.length, 'file', 'files'));
    byId('files-list').replaceChildren(...files.map((file) => element('li', {}, code(file))));
}

const originRows = new Map();

function showOrigins(origins) {
    const wanted = origins.map((origin) => {
        const key = `${plain(origin.upstream)} ${plain(origin.target)}`;
        if (!originRows.has(key)) originRows.set(key, makeOrigin(origin));
        const { made, health, figures } = originRows.get(key);
        const healthy = origin.healthy !== false;
        setState(health, healthy ? 'good' : 'bad', healthy ? 'healthy' : 'unhealthy');
        for (const [name, node] of figures) write(node, number(origin[name]));
        return made;
    });
    arrange(byId('origins-rows'), wanted);
    for (const [key, { made }] of originRows) if (!made.isConnected) originRows.delete(key);
    byId('origins-table').hidden = wanted.length === 0;
    byId('no-origins').hidden = wanted.length > 0;
}

function makeOrigin(origin) {
    const target = element('div', { class: 'muted code' }, said(origin.target));
    const name = rowHeader('Origin', said(origin.upstream), target);
    const health = element('span', { class: 'badge' });
    const figures = [
        ['connections', numberCell('Connected')], ['idle', numberCell('Idle')],
        ['waiting', numberCell('Waiting')], ['failures', numberCell('Failures')],
    ];
    const cells = figures.map(([, node]) => node);
    return { made: row(name, cell('Health', health), ...cells), health, figures };
}

async function reload() {
    const button = byId('reload');
    const message = byId('reload-message');
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    put(message, 'Reloading …');
    try {
        const { status, body } = await ask('reload', 60, { method: 'POST' });
        if (status === 200) {
            showReloadErrors(false);
            put(message, `Reloaded: version ${plain(body.version)} is in force.`);
        } else if (status === 409) {
            const errors = list(body.errors);
            showReloadErrors(true, errors);
            put(message, `Not reloaded: ${counted(errors.length, 'error', 'errors')}.`);
        } else {
            const detail = body.error ? `: ${plain(body.error)}` : '';
            put(message, `POST /reload answered ${status}${detail}.`);
        }
        rules.dueAt = 0;
    } catch (error) {
        put(message, `Not reloaded: ${error.message}`);
    }
    button.removeAttribute('aria-disabled');
    // An answer that was under way may be of before the reload.
    await api.running;
    refresh();
}

// ---- Rules

/** All rules of the policies in force, and the rows of those that are shown. */
const rules = {
    entries: [], identity: '', seenVersion: null, dueAt: 0, shownMax: rulesAtOnce,
    rows: new Map(), groups: new Map(),
};

function isPolicyDue(status) {
    const version = status.reload?.policy_version;
    const isDue = Date.now() >= rules.dueAt || version !== rules.seenVersion;
    rules.seenVersion = version;
    return isDue;
}

async function refreshPolicy() {
    const begun = performance.now();
    const policy = await get('policy');
    takePolicy(policy);
    renderRules();
    // Large policies are asked for less often, so that the page is at work for a small part of
    // the time.
    const spent = performance.now() - begun;
    rules.dueAt = Date.now() + Math.max(pollMilliseconds - 100, Math.min(10 * spent, 30000));
}

function takePolicy(policy) {
    const entries = [];
    for (const group of list(policy.policies)) {
        for (const rule of list(group.rules)) entries.push({ group, rule });
    }
    const identity = JSON.stringify([policy.version, policy.loaded_at, entries.length]);
    if (identity === rules.identity) {
        // The same rules: what was worked out for them stays, the counts are new.
        entries.forEach(({ rule }, index) => { rules.entries[index].rule = rule; });
        return;
    }
    rules.identity = identity;
    rules.entries = entries;
    put(byId('policy-version'), policy.version);
    put(byId('policy-loaded'), moment(policy.loaded_at));
    showFiles(list(policy.files));
}

/** What a filter looks through: every value but those of the keys `without`. */
function textOf(object, ...without) {
    const values = Object.entries(object).filter(([key]) => !without.includes(key));
    return values.map(([, value]) => (Array.isArray(value) ? value.join(' ') : plain(value)))
        .join(' ').toLowerCase();
}

/** What a filter looks through in a rule, worked out when it is first needed. */
function ruleText(entry) {
    entry.text ??= textOf(entry.rule, 'forwarded', 'refused', 'would_refuse');
    return entry.text;
}

const groupTexts = new WeakMap();

function groupText(group) {
    if (!groupTexts.has(group)) groupTexts.set(group, textOf(group, 'rules'));
    return groupTexts.get(group);
}

const refusedCount = (rule) => (rule.refused || 0) + (rule.would_refuse || 0);

function matchingRules() {
    const words = wordsOf(byId('rules-filter'));
    const kind = byId('rules-kind').value;
    return rules.entries.filter((entry) => {
        const { rule, group } = entry;
        if (kind === 'refused' && !refusedCount(rule)) return false;
        if (kind === 'unasked' && (rule.forwarded || refusedCount(rule))) return false;
        return !words.length || hasWords(words, ruleText(entry), groupText(group));
    });
}

function renderRules() {
    const matches = matchingRules();
    const shown = matches.slice(0, rules.shownMax);
    const bodies = new Map();
    for (const entry of shown) {
        const body = groupBody(entry.group);
        if (!bodies.has(body)) bodies.set(body, [body.firstElementChild]);
        bodies.get(body).push(ruleRow(entry));
    }
    const table = byId('rules-table');
    for (const [body, rows] of bodies) arrange(body, rows);
    arrange(table, [...bodies.keys()], table.tHead.nextElementSibling);
    for (const [key, { made }] of rules.rows) if (!made.isConnected) rules.rows.delete(key);
    for (const [key, body] of rules.groups) if (!body.isConnected) rules.groups.delete(key);
    table.hidden = shown.length === 0;
    const left = matches.length - shown.length;
    byId('rules-more').hidden = left === 0;
    write(byId('rules-more'), `Show ${number(Math.min(left, rulesAtOnce))} more`);
    write(byId('rules-count'), ruleCountText(matches.length, shown.length));
}

function ruleCountText(matching, shown) {
    const all = rules.entries.length;
    if (!all) return 'No policies are loaded.';
    const of = matching === all
        ? counted(all, 'rule', 'rules')
        : `${number(matching)} of ${counted(all, 'rule', 'rules')}`;
    return shown < matching ? `${of}, the first ${number(shown)} shown` : of;
}

/** The part of the table that one policy has; its first row says which. */
function groupBody(group) {
    const facts = [
        list(group.hosts).length ? `hosts ${group.hosts.join(' ')}` : 'every other host',
        `mode ${plain(group.mode)}`, `unlisted ${plain(group.unlisted)}`,
        `upstream ${plain(group.upstream)}`, plain(group.file),
    ];
    const key = JSON.stringify([group.name, facts]);
    if (!rules.groups.has(key)) {
        const parts = facts.map((fact) => element('span', {}, said(fact)));
        const heading = element('th', { role: 'rowheader', scope: 'rowgroup', colspan: '6' },
            said(group.name), ' ', element('span', { class: 'muted group-facts' }, ...parts));
        const body = element('tbody', { role: 'rowgroup' }, row(heading));
        body.firstElementChild.className = 'group';
        rules.groups.set(key, body);
    }
    return rules.groups.get(key);
}

const ruleKey = ({ group, rule }) =>
    JSON.stringify([group.file, group.name, rule.at, rule.pattern]);

function ruleRow(entry) {
    const { rule, group } = entry;
    const key = ruleKey(entry);
    let shown = rules.rows.get(key);
    if (!shown) {
        shown = {
            counts: [
                ['forwarded', numberCell('Forwarded')], ['refused', numberCell('Refused')],
                ['would_refuse', numberCell('Would refuse')],
            ],
            made: row(),
        };
        rules.rows.set(key, shown);
    }
    const look = `${ruleText(entry)} ${plain(group.mode)}`;
    if (shown.look !== look) {
        shown.look = look;
        const methods = said(list(rule.methods).join(' ') || 'none');
        shown.made.replaceChildren(
            rulePath(rule, group), cell('Methods', methods),
            ...shown.counts.map(([, node]) => node), cell('Line', code(rule.at)));
    }
    for (const [name, node] of shown.counts) {
        write(node, number(rule[name] ?? 0));
        node.classList.toggle('zero', !rule[name]);
    }
    return shown.made;
}

function rulePath(rule, group) {
    const path = rowHeader('Path', code(rule.pattern));
    path.tabIndex = -1;
    const notes = list(rule.only).map(plain);
    if (list(rule.upgrade).length) notes.push(`upgrade ${rule.upgrade.join(' ')}`);
    if (rule.mode && rule.mode !== group.mode) notes.push(`mode ${plain(rule.mode)}`);
    if (rule.reason) notes.push(plain(rule.reason));
    path.append(...notesOf(notes));
    return path;
}

function showMoreRules() {
    const before = new Set([...rules.rows.values()].map(({ made }) => made));
    rules.shownMax += rulesAtOnce;
    renderRules();
    const added = [...rules.rows.values()].find(({ made }) => !before.has(made));
    added?.made.firstElementChild.focus();
}

function filterRules() {
    rules.shownMax = rulesAtOnce;
    write(byId('rules-message'), '');
    renderRules();
}

/** A link to the rule's row in the table, wherever it is. */
function ruleLink(at, pattern) {
    const link = element('a', { href: '#rules' }, said(at));
    link.addEventListener('click', (event) => {
        event.preventDefault();
        showRule(at, pattern);
    });
    return link;
}

function showRule(at, pattern) {
    const entry = rules.entries.find(({ rule }) => rule.at === at && rule.pattern === pattern);
    if (!entry) {
        write(byId('rules-message'), 'That rule is not in the policies in force.');
        focusOn(byId('rules-title'));
        return;
    }
    if (!rules.rows.has(ruleKey(entry))) {
        byId('rules-filter').value = at;
        byId('rules-kind').value = '';
        rules.shownMax = Math.max(rulesAtOnce, matchingRules().indexOf(entry) + 1);
        renderRules();
    }
    write(byId('rules-message'), '');
    const { made } = rules.rows.get(ruleKey(entry));
    document.querySelector('tr.found')?.classList.remove('found');
    made.classList.add('found');
    focusOn(made.firstElementChild);
}

// ---- Refusals

const refusals = {
    records: [], waiting: [], received: 0, isPaused: false, timer: 0,
    pauseMilliseconds: flushMilliseconds, reasons: new Set(), unannounced: 0, announcedAt: 0,
};
const stream = { source: null, failures: 0, brokeAt: null, timer: 0 };

/** Reads the stream, and begins anew after a while when it ends. */
function listen() {
    clearTimeout(stream.timer);
    stream.source?.close();
    const source = new EventSource('refusals');
    stream.source = source;
    source.onopen = () => {
        stream.failures = 0;
        if (stream.brokeAt) {
            remark(`The stream was broken from ${clock(stream.brokeAt)} to ${clock(new Date())}: `
                + 'refusals of that time are not in this list.');
        }
        stream.brokeAt = null;
        showStream();
    };
    source.onerror = () => {
        source.close();
        stream.source = null;
        stream.failures += 1;
        stream.brokeAt ??= new Date();
        stream.timer = setTimeout(listen, backoff(stream.failures));
        showStream();
    };
    source.addEventListener('refusal', ({ data }) => receive(data));
    source.addEventListener('lost', ({ data }) => remark(lostText(data)));
}

function lostText(data) {
    const { lost } = parsed(data) ?? {};
    const missing = counted(lost, 'refusal is', 'refusals are');
    return `${missing} missing here: this page read too slowly.`;
}

function parsed(data) {
    try {
        const value = JSON.parse(data);
        return value && typeof value === 'object' && !Array.isArray(value) ? value : null;
    } catch {
        return null;
    }
}

function receive(data) {
    const line = parsed(data);
    if (!line) return remark('A refusal came that is not JSON.');
    if (line['methodwall.event']) {
        const lost = line['methodwall.lost'];
        return remark(Number.isFinite(lost)
            ? `${counted(lost, 'line', 'lines')} of the log could not be written in time.`
            : plain(line['methodwall.event']));
    }
    refusals.received += 1;
    enqueue({ line, reason: plain(line['methodwall.reason']) });
}

/** Something about the list itself, in its place among the refusals. */
function remark(text) {
    enqueue({ remark: `${clock(new Date())}  ${text}`, reason: '' });
}

function enqueue(record) {
    refusals.waiting.push(record);
    if (refusals.waiting.length > refusalsMax) refusals.waiting.shift();
    // However many come, the document changes a few times a second.
    if (!refusals.timer) refusals.timer = setTimeout(flush, refusals.pauseMilliseconds);
}

function flush() {
    clearTimeout(refusals.timer);
    refusals.timer = 0;
    if (refusals.isPaused) return showStream();
    const news = refusals.waiting.splice(0, refusalsAtOnce).reverse();
    if (refusals.waiting.length) refusals.timer = setTimeout(flush, refusals.pauseMilliseconds);
    if (news.length) {
        slowDown(performance.now());
        const words = wordsOf(byId('refusals-filter'));
        const reason = byId('refusals-reason').value;
        for (const record of news) {
            noteReason(record.reason);
            record.text = record.line ? textOf(record.line) : '';
            record.made = record.line ? refusalRow(record) : remarkRow(record);
            filterRecord(record, words, reason);
        }
        byId('refusals-rows').prepend(...news.map(({ made }) => made));
        refusals.records.unshift(...news);
        for (const record of refusals.records.splice(refusalsMax)) forget(record);
        announce(news);
    }
    showStream();
}

/** Makes the pause to the next change longer where drawing this one takes long. */
function slowDown(begun) {
    requestAnimationFrame(() => setTimeout(() => {
        const spent = performance.now() - begun;
        refusals.pauseMilliseconds = Math.max(flushMilliseconds, Math.min(2 * spent, 1000));
    }));
}

function forget({ made, details }) {
    // Whoever was reading that row goes on from the list.
    const isRead = [made, details].some((node) => node?.contains(document.activeElement));
    if (isRead) byId('refusals-scroller').focus({ preventScroll: true });
    made.remove();
    details?.remove();
}

function filterRecord(record, words, reason) {
    const isShown = (!reason || record.reason === reason) && hasWords(words, record.text);
    record.isShown = isShown;
    record.made.hidden = !isShown;
    if (record.details) record.details.hidden = !isShown;
}

function filterRefusals() {
    const words = wordsOf(byId('refusals-filter'));
    const reason = byId('refusals-reason').value;
    for (const record of refusals.records) filterRecord(record, words, reason);
    showStream();
    announceCount();
}

function announceCount() {
    const shown = refusals.records.filter(({ isShown, line }) => isShown && line).length;
    put(byId('refusals-status'), `${counted(shown, 'refusal matches', 'refusals match')}.`);
}

/** Tells those who hear the page what came, at most once in a while. */
function announce(news) {
    const shown = news.filter(({ isShown, line }) => isShown && line);
    refusals.unannounced += shown.length;
    if (!shown.length || Date.now() < refusals.announcedAt + announceMilliseconds) return;
    const { line } = shown[0];
    const latest = [line['http.request.method'], line['url.path']].map(plain).join(' ');
    put(byId('refusals-status'),
        `${counted(refusals.unannounced, 'new refusal', 'new refusals')}, the latest ${latest}`);
    refusals.unannounced = 0;
    refusals.announcedAt = Date.now();
}

function showStream() {
    const { isPaused, waiting, records, received } = refusals;
    const state = byId('stream');
    const isOpen = stream.source?.readyState === EventSource.OPEN;
    if (isPaused) setState(state, 'warn', `Paused, ${number(waiting.length)} waiting`);
    else if (isOpen) setState(state, 'good', 'Live');
    else if (stream.failures) setState(state, 'bad', 'Not connected');
    else setState(state, '', 'Connecting');
    const kept = records.filter(({ line }) => line).length;
    const shown = records.filter(({ isShown, line }) => isShown && line).length;
    const all = counted(kept, 'refusal', 'refusals');
    const of = shown === kept ? all : `${number(shown)} of ${all}`;
    const gone = received - kept - waiting.filter(({ line }) => line).length;
    write(byId('refusals-count'), gone > 0 ? `${of}; ${number(gone)} more left out` : of);
    byId('refusals-scroller').hidden = records.length === 0;
    byId('no-refusals').hidden = records.length > 0;
}

function pause() {
    refusals.isPaused = !refusals.isPaused;
    write(byId('pause'), refusals.isPaused ? 'Resume' : 'Pause');
    flush();
}

/** Offers a reason in the filter once it has been seen. There are few; a bound keeps it so. */
function noteReason(reason) {
    if (!reason || refusals.reasons.has(reason) || refusals.reasons.size >= 64) return;
    refusals.reasons.add(reason);
    const option = element('option', {}, said(reason, 60).textContent);
    option.value = reason;
    const others = [...byId('refusals-reason').options].slice(1);
    const next = others.find((other) => other.value > reason) ?? null;
    byId('refusals-reason').insertBefore(option, next);
}

function remarkRow({ remark: text }) {
    const made = row(element('td', { role: 'cell', colspan: '6', class: 'muted' }, said(text)));
    made.className = 'remark';
    return made;
}

function refusalRow(record) {
    const { line } = record;
    const of = (key) => plain(line[key]);
    const date = new Date(of('timestamp'));
    const time = Number.isNaN(date.getTime()) ? said(of('timestamp')) : clock(date);
    const request = rowHeader('Request',
        element('b', {}, said(of('http.request.method'), 40)), ' ', code(of('url.path'), 160),
        element('div', { class: 'muted note' }, 'from ', said(of('client.address')),
            ' to ', said(of('server.address') || 'no host', 100)));
    const decision = of('methodwall.decision');
    const badge = element('span', { class: 'badge' }, said(decision.replaceAll('_', ' ')));
    badge.dataset.state = { would_refuse: 'warn', failed: 'bad' }[decision] ?? '';
    const answer = cell('Answer', element('span', { class: 'numeral' },
        said(of('http.response.status_code'))), ' ', badge);
    if (line['methodwall.repeated']) {
        const repeated = number(line['methodwall.repeated']);
        answer.append(element('div', { class: 'muted note' }, `and ${repeated} like it before`));
    }
    const made = row(cell('Time', element('span', { class: 'numeral' }, time)), request, answer,
        whyCell(record), decidedCell(of), moreCell(record));
    made.className = 'new';
    return made;
}

function whyCell({ line, reason }) {
    const of = (key) => plain(line[key]);
    const why = cell('Why');
    const sentence = of('methodwall.decision') === 'failed'
        ? 'Permitted, but the service could not answer.'
        : Object.hasOwn(reasons, reason) ? reasons[reason] : '';
    why.append(sentence, ' ', code(reason, 60));
    const notes = [];
    if (of('methodwall.detail')) notes.push(`detail ${of('methodwall.detail')}`);
    if (of('methodwall.upstream')) {
        const origin = [of('methodwall.upstream'), of('methodwall.target')].filter(Boolean);
        notes.push(`upstream ${origin.join(' at ')}`);
    }
    if (of('methodwall.origin_error')) notes.push(of('methodwall.origin_error'));
    if (of('methodwall.effective_method')) {
        const carrier = of('methodwall.override_carrier');
        notes.push(`claims ${of('methodwall.effective_method')} in ${carrier}`);
    }
    if (of('methodwall.allow')) notes.push(`allowed ${of('methodwall.allow')}`);
    why.append(...notesOf(notes));
    return why;
}

function decidedCell(of) {
    const decided = cell('Decided by');
    if (of('methodwall.rule_at')) {
        decided.append(code(of('methodwall.rule'), 160), element('div', { class: 'note code' },
            ruleLink(of('methodwall.rule_at'), of('methodwall.rule'))));
    } else if (of('methodwall.policy')) {
        decided.append('policy ', said(of('methodwall.policy'), 100));
    } else {
        decided.append('no rule');
    }
    return decided;
}

function moreCell(record) {
    const { line } = record;
    const what = () => element('span', { class: 'unseen-text' }, ' ',
        said(line['http.request.method'], 40), ' ', said(line['url.path'], 60));
    const link = element('a', { href: '#explain', class: 'target' }, 'Explain', what());
    link.addEventListener('click', (event) => {
        event.preventDefault();
        explainRefusal(line);
    });
    const button = element('button', { type: 'button', 'aria-expanded': 'false', class: 'quiet' },
        'Details', what());
    button.addEventListener('click', () => toggleDetails(record, button));
    return cell('More', element('div', { class: 'actions' }, link, button));
}

function toggleDetails(record, button) {
    const isOpen = button.getAttribute('aria-expanded') === 'true';
    button.setAttribute('aria-expanded', String(!isOpen));
    if (isOpen) {
        record.details.remove();
        record.details = null;
        return;
    }
    const members = Object.entries(record.line).slice(0, 64);
    record.details = row(element('td', { role: 'cell', colspan: '6' }, facts(members)));
    record.details.className = 'details';
    record.made.after(record.details);
}

/** Names and values in a list; a value is text, or an element already. */
function facts(members) {
    const made = element('dl', { class: 'facts' });
    for (const [name, value] of members) {
        const shown = value instanceof Node ? value : code(plain(value) || '–', 4096);
        made.append(element('dt', {}, said(name, 100)), element('dd', {}, shown));
    }
    return made;
}

// ---- Explain

const explained = { asked: 0 };
const explainFields = ['method', 'path', 'host', 'client', 'origin'];

async function explain() {
    const asked = (explained.asked += 1);
    const query = new URLSearchParams();
    for (const name of explainFields) {
        const { value } = byId(`explain-${name}`);
        if (value) query.set(name, value);
    }
    let nodes;
    try {
        const { status, body } = await ask(`explain?${query}`, 10);
        nodes = status === 200
            ? explanation(body)
            : [message(plain(body.error) || `GET /explain answered ${status}.`)];
    } catch (error) {
        nodes = [message(error.message)];
    }
    // Of several that are under way the last one asked is shown.
    if (asked !== explained.asked) return;
    byId('explain-result').replaceChildren(...nodes);
    byId('explain-result').hidden = false;
    const told = nodes.slice(0, 2).map((node) => node.textContent).join(': ');
    put(byId('explain-status'), told);
}

const message = (text) => element('p', { class: 'banner bad' }, said(text, 1000));

const decisions = {
    forward: ['good', 'Forwarded'],
    report: ['warn', 'Forwarded and reported'],
    options: ['good', 'OPTIONS is answered here'],
    preflight: ['good', 'The preflight is answered here'],
    refuse: ['bad', 'Refused'],
};

function explanation(body) {
    const decision = plain(body.decision);
    const known = Object.hasOwn(decisions, decision) ? decisions[decision] : ['', decision];
    const isNo = decision === 'preflight' && body.reason;
    const status = body.status ?? body.would_refuse;
    const heading = element('h3', { tabindex: '-1', class: 'decision' },
        element('span', { class: 'badge' }, said(isNo ? 'The browser will refuse' : known[1])));
    heading.firstElementChild.dataset.state = isNo ? 'bad' : known[0];
    if (status !== undefined) {
        const held = body.status === undefined ? 'would be ' : '';
        heading.append(' ', element('span', { class: 'numeral' }, held, said(status)));
    }
    const nodes = [heading, element('p', {}, said(body.because, 2000))];
    const apart = ['decision', 'because', 'rules', 'response_head', 'status', 'would_refuse'];
    const members = Object.entries(body).filter(([name]) => !apart.includes(name)).slice(0, 64);
    const shown = members.map(([name, value]) => [name.replaceAll('_', ' '), explainValue(value)]);
    nodes.push(facts(shown));
    nodes.push(element('h4', {}, 'Rules considered'), consideredRules(list(body.rules)));
    if (list(body.response_head).length) {
        nodes.push(element('h4', {}, 'Head of the answer'), responseHead(body.response_head));
    }
    return nodes;
}

function explainValue(value) {
    if (Array.isArray(value)) {
        return value.map((part) => (part && typeof part === 'object'
            ? Object.values(part).map(plain).join(' ') : plain(part))).join(', ');
    }
    if (value && typeof value === 'object') return facts(Object.entries(value).slice(0, 64));
    return value;
}

function consideredRules(considered) {
    if (!considered.length) return element('p', { class: 'muted' }, 'None matches.');
    const items = considered.slice(0, 100).map((rule, index) => {
        const notes = [`allows ${list(rule.allow).join(' ') || 'nothing'}`];
        notes.push(...list(rule.only).map(plain));
        const item = element('li', {}, code(rule.pattern), ' ');
        if (index === 0) item.append(element('span', { class: 'badge' }, 'the most specific'));
        const link = ruleLink(plain(rule.at), plain(rule.pattern));
        item.append(element('div', { class: 'code note' }, link), ...notesOf(notes));
        return item;
    });
    return element('ol', { class: 'considered' }, ...items);
}

function responseHead(lines) {
    const attributes = { tabindex: '0', role: 'group', 'aria-label': 'Head of the answer' };
    const made = element('pre', attributes);
    for (const line of lines.slice(0, 200)) made.append(said(line, 8192), '\n');
    return made;
}

/** Fills the form with what a line of the log tells of a request, and asks. */
async function explainRefusal(line) {
    const of = (key) => plain(line[key]);
    const query = of('url.query') ? `?${of('url.query')}` : '';
    byId('explain-method').value = of('http.request.method');
    byId('explain-path').value = of('url.path') + query;
    byId('explain-host').value = of('server.address');
    byId('explain-client').value = of('client.address');
    byId('explain-origin').value = '';
    const notes = ['Filled from a refusal. Of that request, the log does not have its fields'
        + `${query ? '' : ', query'} and content.`];
    if (/\\x[0-9A-F]{2}/.test(of('url.path'))) {
        notes.push('Octets that the log writes as \\xHH are asked about as written.');
    }
    if (list(line['methodwall.truncated']).length) notes.push('The log has cut some values.');
    write(byId('explain-note'), notes.join(' '));
    await explain();
    focusOn(byId('explain-result').firstElementChild ?? byId('explain-title'));
}

// ---- Wiring

function start() {
    byId('reload').addEventListener('click', reload);
    byId('try-now').addEventListener('click', refresh);
    byId('pause').addEventListener('click', pause);
    byId('rules-more').addEventListener('click', showMoreRules);
    byId('rules-filter').addEventListener('input', afterTyping(filterRules));
    byId('rules-kind').addEventListener('change', filterRules);
    byId('refusals-filter').addEventListener('input', afterTyping(filterRefusals));
    byId('refusals-reason').addEventListener('change', filterRefusals);
    byId('explain-form').addEventListener('submit', (event) => {
        event.preventDefault();
        write(byId('explain-note'), '');
        explain();
    });
    for (const form of document.querySelectorAll('form.filters')) {
        form.addEventListener('submit', (event) => event.preventDefault());
    }
    document.addEventListener('visibilitychange', () => {
        if (!document.hidden) refresh();
    });
    setInterval(countDown, 1000);
    refresh();
    listen();
}

start();
