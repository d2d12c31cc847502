import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { makeEndedStudy } from '../engine/studies/manyRuns';
import { studyStates } from '../../engine/studies/outputs';
import { contentOf, OWN_NAMES, TEMPLATES } from '../../engine/studies/templates/templates';
import { temporaryFolder } from '../fixtures';
import { pageOf, PAGES, resultsPart } from './studyPages';

const HEADINGS = ['## What it asks', '## What it runs', '## How to read its table', '## What our run found'];

describe('the pages of studies', () => {
  it('are there for every template, and for nothing else', () => {
    const expected = new Set(Object.keys(TEMPLATES).map((name) => path.basename(pageOf(name))));
    const found = readdirSync(PAGES).filter((name) => name.endsWith('.md'));
    assert.deepEqual(found.sort(), [...expected].sort());
  });

  it('are linked in the index, and say what the study asks, runs, shows and found', () => {
    const index = readFileSync('docs/studies.md', 'utf8');
    assert.ok(index.includes('](studies/official.md)'));
    for (const name of OWN_NAMES) {
      const text = readFileSync(pageOf(name), 'utf8');
      assert.ok(index.includes(`](studies/${name}.md)`), name);
      assert.ok(text.startsWith(`# \`${name}\`\n`), name);
      const places = HEADINGS.map((heading) => text.indexOf(heading));
      assert.ok(!places.includes(-1) && places.every((place, i) => i === 0 || place > places[i - 1]!), name);
    }
  });

  it('name existing templates, pages and figures', () => {
    for (const page of readdirSync(PAGES).filter((name) => name.endsWith('.md'))) {
      const text = readFileSync(path.join(PAGES, page), 'utf8');
      for (const [, name] of text.matchAll(/study new (\S+)/g)) assert.ok(Object.hasOwn(TEMPLATES, name!), name);
      for (const [, file] of text.matchAll(/\]\(([^)#]+)/g))
        assert.ok(existsSync(path.join(PAGES, file!)), `${page}: ${file}`);
    }
  });
});

describe('the results on a page', () => {
  const temporary = temporaryFolder();

  it('are the tables and the figure of the runs, without what the options decide', async () => {
    const file = temporary('transfer-gap.study.json');
    await makeEndedStudy(file, contentOf('transfer-gap', 'demo'));
    const { results, figures } = resultsPart(await studyStates(file));
    assert.match(figures.get('transfer-gap.svg')!, /^<svg .*Study transfer-gap: 52 of 52 runs have ended/s);
    assert.match(results, /^!\[Test accuracy after .*\]\(transfer-gap\.svg\)\n/);
    assert.match(results, /^\| +\| retrained \| signed mask \| mask only \| signed mask, random signs \|$/m);
    assert.equal(results.match(/^\| (lrr|aws) · round [1-3] \|( \d\d\.\d\d ± .*){4}/gm)?.length, 6);
    assert.match(
      results,
      /dense: \d\d\.\d\d ± .*\n\nIn words:\n\n- At 6\.40 % kept, lrr: retrained .*\n- At 6\.40 % kept, aws: /,
    );
    assert.match(results, /\n52 of 52 runs have ended\. SHA-256 of the data: /);
    assert.doesNotMatch(results, /Kept weights/);
  });
});
