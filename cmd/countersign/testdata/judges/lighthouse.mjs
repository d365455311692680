// node lighthouse.mjs MODULES URL PATH...: Lighthouse's four categories for pages of a
// site. Each must reach 98. A machine that is busy can only make a page look slower
// than it is, so a page has three tries. Prints the scores; 1 if one is too low.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, base, ...pages] = process.argv.slice(2);
const load = name => import(pathToFileURL(path.join(modules, name)));
const lighthouse = (await load('lighthouse/core/index.js')).default;
const { launch } = await load('chrome-launcher/dist/index.js');
const chromePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
const chrome = await launch({ chromePath, chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu'] });
const onlyCategories = ['performance', 'accessibility', 'best-practices', 'seo'];
let low = 0;
for (const page of pages) {
  let scores, weak;
  for (let tries = 0; tries < 3; tries++) {
    const { lhr } = await lighthouse(base + '/' + page, { port: chrome.port, output: 'json', logLevel: 'error', onlyCategories });
    scores = Object.values(lhr.categories).map(c => [c.id, Math.round(c.score * 100)]);
    weak = Object.values(lhr.audits).filter(a => a.score !== null && a.score < 0.9).map(a => a.id);
    if (scores.every(([, score]) => score >= 98)) break;
  }
  const bad = scores.some(([, score]) => !(score >= 98));
  if (bad) low++;
  console.log(page || 'home', scores.map(s => s.join(' ')).join(', '), bad ? weak.join(' ') : '');
}
await chrome.kill();
process.exit(low ? 1 : 0);
