// node pages.mjs MODULES SITE URL VIEW...: html-validate, vnu and axe-core (in
// Chromium, if it is there) over every page of a site, which is also served at URL. A
// view is a width and a colour scheme, such as 360-dark. Prints what they say; 1 if
// anything.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, site, base, ...views] = process.argv.slice(2);
const load = name => import(pathToFileURL(path.join(modules, name)));
const pages = fs.readdirSync(site, { recursive: true }).filter(f => f.endsWith('.html')).map(f => path.join(site, f)).sort();
let said = 0;
const say = (...words) => { said++; console.log(...words); };

const { HtmlValidate } = createRequire(path.join(modules, 'x.js'))('html-validate');
const validator = new HtmlValidate({ extends: ['html-validate:recommended'], root: true });
for (const page of pages) {
  const report = await validator.validateFile(page);
  for (const r of report.results) for (const m of r.messages) say('html-validate', page, m.line, m.ruleId, m.message);
}

const jar = path.join(modules, 'vnu-jar/build/dist/vnu.jar');
if (spawnSync('java', ['-version']).error) console.log('vnu did not run: no java');
else {
  const run = spawnSync('java', ['-jar', jar, '--skip-non-html', '--errors-only', site], { encoding: 'utf8' });
  if (run.status !== 0) say('vnu', run.stdout + run.stderr);
}

let chromium;
try { chromium = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim(); } catch { console.log('axe-core did not run: no chromium'); }
if (chromium) {
  const playwright = (await load('playwright-core/index.mjs')).chromium;
  const browser = await playwright.launch({ executablePath: chromium, args: ['--no-sandbox'] });
  const axe = fs.readFileSync(path.join(modules, 'axe-core/axe.min.js'), 'utf8');
  for (const view of views) {
    const [width, colorScheme] = [parseInt(view), view.split('-')[1]];
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
    for (const page of pages) {
      const tab = await context.newPage();
      await tab.goto(base + '/' + path.relative(site, page).replace(/index\.html$/, ''));
      if (await tab.evaluate(() => document.documentElement.scrollWidth > innerWidth)) say('wider than the screen', view, page);
      await tab.addScriptTag({ content: axe });
      const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
      const result = await tab.evaluate(runOnly => axe.run(document, { runOnly }), tags);
      for (const v of result.violations) say('axe-core', view, page, v.id, v.nodes[0].html);
      await tab.close();
    }
    await context.close();
  }
  await browser.close();
}
console.log(pages.length, 'pages');
process.exit(said ? 1 : 0);
