import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { expand } from '../../../engine/studies/expand';
import { readStudy } from '../../../engine/studies/studyFile';
import { SCALES, type Scale } from '../../../engine/studies/templates/scales';
import { contentOf, TEMPLATES, type TemplateName } from '../../../engine/studies/templates/templates';
import { temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';
import { cli, cliJson } from '../process';

describe('templates', () => {
  const temporary = temporaryFolder();

  for (const name of Object.keys(TEMPLATES) as TemplateName[])
    it(`${name} is a study at every scale`, async () => {
      for (const scale of Object.keys(SCALES) as Scale[]) {
        const { options, ...content } = contentOf(name, scale);
        const file = temporary(`${name}.study.json`);
        writeFileSync(file, JSON.stringify({ ...content, options: { ...options, dataset: 'sample' } }));
        const read = await readStudy(file);
        const nodes = new Set(expand(read).map(({ node }) => node));
        assert.deepEqual([...nodes], Object.keys(read.study.nodes), scale);
        assert.ok(Object.keys(read.study.results).length > 0);
      }
    });

  it('are written by “study new”, which does not replace a file', async () => {
    checkOutput('studyTemplates', await cliJson('study', 'new'));
    const file = temporary('gap.study.json');
    const made = await cliJson('study', 'new', 'transfer-gap', '--out', file);
    checkOutput('studyNew', made);
    assert.equal((await readStudy(file)).study.options['model'], 'convnet');
    const { code, stderr } = await cli('study', 'new', 'motivation', '--out', file);
    assert.deepEqual([code, stderr.includes('exists already. Name another file (--out)')], [2, true]);
  }).timeout(30_000);
});
