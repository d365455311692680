// node questions.mjs MODULES URL FINGERPRINT: asks a site, in Chromium and with the
// keyboard alone, am I affected, what do I install, whose key is this: by one search
// from the home page, and with JavaScript off by two links. Prints what fails; 1 if
// anything.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, base, fingerprint] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(path.join(modules, 'playwright-core/index.mjs')));
const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
let failed = 0;
const fail = (...words) => { failed++; console.log(...words); };

// focused walks with the tab key to an element, as somebody without a mouse does.
async function focused(tab, is, what) {
  for (let i = 0; i < 80; i++) {
    await tab.keyboard.press('Tab');
    if (await tab.evaluate(is[0], is[1])) return;
  }
  throw new Error('the tab key does not lead to ' + what);
}
// enter presses the key that leads to another page, and waits until it is there.
async function enter(tab) {
  const before = tab.url();
  await Promise.all([tab.waitForURL(url => url.href !== before), tab.keyboard.press('Enter')]);
}
const link = text => [t => document.activeElement.tagName === 'A' && document.activeElement.innerText.trim() === t, text];
const field = [() => document.activeElement.id === 'page-q', null];

async function ask(name, javaScriptEnabled, steps, expected) {
  const context = await browser.newContext({ javaScriptEnabled, viewport: { width: 360, height: 740 } });
  const foreign = [];
  context.on('request', r => { if (!r.url().startsWith(base)) foreign.push(r.url()); });
  const tab = await context.newPage();
  try {
    await tab.goto(base + '/');
    await steps(tab);
    const deadline = Date.now() + 20000;
    for (const text of expected) {
      let seen = '';
      do seen = (await tab.innerText('main')).replace(/\s+/g, ' '); while (!seen.includes(text) && Date.now() < deadline);
      if (!seen.includes(text)) fail(name + ': expected', JSON.stringify(text), 'found', seen);
    }
    for (const url of foreign) fail(name + ': asked', url);
  } catch (e) { fail(name + ':', e.message); }
  await context.close();
}

const search = query => async tab => {
  await focused(tab, field, 'the search field');
  await tab.keyboard.type(query);
  await enter(tab);
};
const follow = (...links) => async tab => {
  for (const text of links) {
    await focused(tab, link(text), text);
    await enter(tab);
  }
};

await ask('search a version', true, search('2.1.0'), ['Lantern 2.1.0', '2 advisories affect it. Install 2.2.0.']);
await ask('search a product and a version', true, search('gallery 1.3.9'), ['Lantern Gallery for families & clubs 1.3.9']);
await ask('search a CVE', true, search('cve-2026-90001'), ['Search term is printed without escaping', '1 found.']);
await ask('search a key', true, search(fingerprint), ['Jonas Weir', 'in use', '1 found.']);
await ask('search the end of a key', true, search('0x' + fingerprint.slice(-16)), ['Jonas Weir', '1 found.']);
await ask('search nothing known', true, search('9.9.9'), ['A version without an entry is not known here']);
for (const javascript of [true, false]) {
  const how = javascript ? ' with' : ' without';
  await ask('am I affected,' + how, javascript, follow('Other versions of Lantern', '2.1.0'),
    ['I run 2.1.0: what am I exposed to?', '2 published advisories affect this version', 'Install: 2.2.0']);
  await ask('what do I install,' + how, javascript, follow('2.2.0'),
    ['Nothing that is published affects this version', 'lantern-2.2.0.zip', 'SHA-256', 'Signed by Jonas Weir']);
  await ask('whose key is this,' + how, javascript, follow('Keys'), [fingerprint.replace(/(.{4})(?=.)/g, '$1 '), 'Jonas Weir']);
  await ask('is the fix in it,' + how, javascript, follow('Search term is printed without escaping'),
    ['Am I affected?', 'Install this version, or a newer one: 2.2.0', 'Is the fix really in the release?', 'yes, checked by machine', 'Signed by Mara Lind']);
}
await ask('search without JavaScript', false, search('2.1.0'), ['Everything can be found in these lists without it', 'Every version, and what affects it']);
await browser.close();
process.exit(failed ? 1 : 0);
