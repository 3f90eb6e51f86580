// What can be found wrong with a page from within it. The value is a list of complaints.
//
// After the rules of WCAG 2.2 AA that a program can decide, and of ARIA's tables.

(() => {
    const complaints = [];
    const complain = (text, node) => {
        const name = node ? `${node.tagName.toLowerCase()}${node.id ? `#${node.id}` : ''}` : '';
        const words = node ? ` ${JSON.stringify((node.textContent ?? '').trim().slice(0, 40))}` : '';
        complaints.push(`${text}: ${name}${words}`);
    };
    const all = (selector) => [...document.querySelectorAll(selector)];

    function isShown(node) {
        if (!node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
        const box = node.getBoundingClientRect();
        return box.width > 0 && box.height > 0;
    }

    /** Whether it is for those who hear the page alone, or not shown until it has the focus. */
    function isHeardAlone(node) {
        return node.closest('.unseen-text') || (node.closest('.skip') && !node.closest('.skip:focus'));
    }

    function checkDocument() {
        if (!document.documentElement.lang) complain('no language');
        if (!document.title.trim()) complain('no title');
        if (all('main').length !== 1) complain('not one main');
        if (all('body > header').length !== 1) complain('not one banner');
        if (all('h1').length !== 1) complain('not one h1');
        if (!/width=device-width/.test(document.querySelector('meta[name=viewport]')?.content)) {
            complain('no viewport');
        }
        if (/maximum-scale|user-scalable/.test(document.querySelector('meta[name=viewport]')?.content)) {
            complain('zoom is prevented');
        }
        let last = 0;
        for (const heading of all('h1, h2, h3, h4, h5, h6').filter(isShown)) {
            const level = Number(heading.tagName[1]);
            if (level > last + 1) complain('a heading skips a level', heading);
            if (!heading.textContent.trim()) complain('an empty heading', heading);
            last = level;
        }
        const outside = all('body > *').filter((node) => isShown(node) && !isHeardAlone(node)
            && !node.matches('header, main, nav, footer, .skip, .banner, [role=status]'));
        for (const node of outside) complain('outside every landmark', node);
    }

    /** Something that is placed apart, far below the last line, makes a page scroll into nothing. */
    function checkLength() {
        const end = document.querySelector('main').getBoundingClientRect().bottom + scrollY;
        const { scrollHeight, clientHeight } = document.documentElement;
        if (scrollHeight > Math.max(clientHeight, end + 1)) {
            complain(`the page is longer than what it shows, ${scrollHeight} instead of ${end}`);
        }
    }

    function checkReferences() {
        const seen = new Set();
        for (const node of all('[id]')) {
            if (seen.has(node.id)) complain('an id twice', node);
            seen.add(node.id);
        }
        for (const name of ['aria-labelledby', 'aria-describedby', 'aria-controls', 'for', 'list']) {
            for (const node of all(`[${name}]`)) {
                for (const id of node.getAttribute(name).split(/\s+/)) {
                    if (!seen.has(id)) complain(`${name} names nothing`, node);
                }
            }
        }
        for (const link of all('a[href^="#"]')) {
            if (!seen.has(link.getAttribute('href').slice(1))) complain('a link to nowhere', link);
        }
        for (const node of all('[tabindex]')) if (node.tabIndex > 0) complain('a tabindex over 0', node);
        for (const image of all('img:not([alt])')) complain('an image without alt', image);
    }

    function checkControls() {
        for (const control of all('input, select, textarea')) {
            if (![...control.labels].some((label) => label.textContent.trim())) complain('no label', control);
        }
        for (const node of all('[role=group], [role=search], nav, section')) {
            if (!node.ariaLabel && !node.hasAttribute('aria-labelledby')) complain('no name', node);
        }
        for (const button of all('button')) {
            if (!button.hasAttribute('type')) complain('a button without type', button);
        }
        for (const node of all('a, button')) {
            if (!node.textContent.trim()) complain('nothing to read', node);
        }
        for (const node of all('button, input, select, a.target').filter(isShown)) {
            const box = node.getBoundingClientRect();
            if (box.height < 24 || box.width < 24) complain('a target under 24 pixels', node);
        }
    }

    function checkTables() {
        for (const table of all('table')) {
            if (!table.caption?.textContent.trim()) complain('no caption', table);
            if (table.getAttribute('role') !== 'table') complain('a table that loses its role as cards', table);
        }
        for (const header of all('th')) if (!header.scope) complain('no scope', header);
        const roles = { TR: ['row'], TD: ['cell'], TH: ['columnheader', 'rowheader'], TBODY: ['rowgroup'] };
        for (const node of all('tr, td, th, tbody')) {
            if (!roles[node.tagName].includes(node.getAttribute('role'))) complain('a role is missing', node);
        }
        for (const line of all('tbody tr:not(.details):not(.remark)')) {
            if (line.querySelectorAll('th').length !== 1) complain('not one row header', line);
        }
    }

    // ---- Contrast

    const parse = (text) => {
        const parts = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
        return { rgb: parts.slice(0, 3), alpha: parts[3] ?? 1 };
    };
    const over = (top, ground) => top.rgb.map((value, i) => value * top.alpha + ground[i] * (1 - top.alpha));

    function luminance(rgb) {
        const [r, g, b] = rgb.map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    }

    function ratio(one, other) {
        const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
        return (light + 0.05) / (dark + 0.05);
    }

    function groundOf(node) {
        const layers = [];
        for (let at = node; at; at = at.parentElement) {
            const layer = parse(getComputedStyle(at).backgroundColor);
            if (layer.alpha > 0) layers.push(layer);
            if (layer.alpha === 1) break;
        }
        return layers.reverse().reduce((ground, layer) => over(layer, ground), [255, 255, 255]);
    }

    function checkContrast() {
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const done = new Set();
        while (walker.nextNode()) {
            const node = walker.currentNode.parentElement;
            if (!walker.currentNode.data.trim() || done.has(node)) continue;
            done.add(node);
            if (!isShown(node) || isHeardAlone(node) || node.closest('option, datalist, noscript')) continue;
            checkText(node);
        }
        for (const field of all('input, select').filter(isShown)) checkText(field);
        for (const control of all('button, input, select').filter(isShown)) {
            const border = parse(getComputedStyle(control).borderTopColor).rgb;
            const around = groundOf(control.parentElement);
            if (ratio(border, around) < 3) complain('a border under 3:1', control);
        }
    }

    function checkText(node) {
        const style = getComputedStyle(node);
        const ground = groundOf(node);
        const found = ratio(over(parse(style.color), ground), ground);
        const size = parseFloat(style.fontSize);
        const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        if (found < (isLarge ? 3 : 4.5)) complain(`contrast ${found.toFixed(2)}`, node);
    }

    checkDocument();
    checkLength();
    checkReferences();
    checkControls();
    checkTables();
    checkContrast();
    return complaints;
})();
