import assert from 'node:assert/strict';
import type { RunSummary } from '../../../engine/protocol';
import { command } from '../../../engine/commands';
import { comparisonOf } from '../../../engine/inspection/pairs';
import { alphaText, formatRuns, measured, table } from '../../../engine/terminal/format';
import { formatComparison } from '../../../engine/terminal/formatCheckpoint';

const run: Partial<RunSummary> = {
  name: '1',
  kind: 'search',
  method: 'aws',
  model: 'mlp',
  seed: 1,
  status: 'waiting',
  rounds: [],
};

describe('texts in the terminal', () => {
  it('explain “by chance” if it is printed', () => {
    const total = comparisonOf('total', new Float64Array(16).fill(5));
    const text = formatComparison({
      a: 'a',
      b: 'b',
      layers: [],
      total,
      unmatched: [],
      rules: { a: 'default', b: 'default' },
      leftOut: { a: [], b: [] },
    });
    assert.match(
      text,
      /chance +σ +r of \|w\|\ntotal.*\nChance of masks: the IoU .*\nChance of signs: the share of equal signs to expect if .*\nσ: /,
    );
  });

  it('name a layer that is not compared without brackets around its reason', () => {
    const total = comparisonOf('total', new Float64Array(16).fill(5));
    const reason = 'this is not a prunable layer in /a: the classifier, which has no mask and no zeros';
    const rest = { rules: { a: 'default', b: 'default' }, leftOut: { a: [], b: [] } };
    const text = formatComparison({
      ...{ a: 'a', b: 'b', layers: [], total, ...rest },
      unmatched: [{ name: 'fc', side: 'b', reason }],
    });
    assert.ok(text.includes(`not compared: fc of B: ${reason}`), text);
  });

  it('name the ends of an interpolation', () => {
    assert.deepEqual([1, 0.5, 0].map(alphaText), ['1.00 (A)', '0.50', '0.00 (B)']);
  });

  it('name runs by their path below the requested folder', () => {
    const runs = ['/a/seeds/1', '/a/others/1'].map((directory) => ({ ...run, directory })) as RunSummary[];
    assert.match(formatRuns({ runs, problems: [] }, '/a'), /^seeds\/1 .*\nothers\/1 /m);
    assert.match(formatRuns({ runs: runs.slice(0, 1), problems: [] }, '/a/seeds/1'), /^1 /m);
  });

  it('name the folder if there are no runs', () => {
    assert.equal(formatRuns({ runs: [], problems: [] }, '/a/.winning-sign'), 'no runs in /a/.winning-sign');
  });

  it('list runs that cannot be read after the other runs, each with the reason', () => {
    const problems = [{ directory: '/a/aws-2', message: 'run.json has no "model".' }];
    assert.equal(formatRuns({ runs: [], problems }, '/a'), 'aws-2: run.json has no "model".');
    const runs = [{ ...run, directory: '/a/1' }] as RunSummary[];
    assert.match(formatRuns({ runs, problems }, '/a'), /\n\nProblems:\naws-2: run\.json has no "model"\.$/);
  });

  it('show the differences between runs with the same method and model', () => {
    const differs = (learningRate: number) => [
      { name: 'learningRate', value: learningRate },
      { name: 'model.hidden', value: learningRate > 0.1 ? null : [30, 10] },
    ];
    const listed = [0.1, 0.5].map((rate) => ({ ...run, directory: `/a/${rate}`, differs: differs(rate) }));
    const lines = formatRuns({ runs: listed as RunSummary[], problems: [] }, '/a').split('\n');
    assert.deepEqual(
      lines.map((line) => line.slice(lines[0]!.indexOf('differs'))),
      ['differs', 'learningRate 0.1, model.hidden 30-10', 'learningRate 0.5, model.hidden default'],
    );
    const equal = listed.map((one) => ({ ...one, differs: [] })) as RunSummary[];
    assert.doesNotMatch(formatRuns({ runs: equal, problems: [] }, '/a'), /differs/);
  });

  it('have tables without long names and control characters', () => {
    const name = `deep${'.deep'.repeat(400)}\x1b[2J\n.weight`;
    const text = table([
      ['layer', 'kept'],
      [name, '3\r'],
      ['fc', '4'],
    ]);
    assert.match(text, /^layer +kept\ndeep\.deep[a-z.]*…[a-z.]*\\u001b\[2J\\u000a\.weight +3\\u000d\nfc +4$/);
    assert.ok(text.length < 250, text);
  });

  it('can have tables with hundreds of thousands of rows', () => {
    const rows = Array.from({ length: 300_000 }, (_, i) => [String(i), 'x']);
    assert.equal(table(rows).split('\n').length, 300_000);
  });

  it('show very large losses with an exponent', () => {
    assert.equal(measured({ loss: 0.3124, accuracy: 88.1 }), '0.312 loss, 88.10 %');
    assert.equal(measured({ loss: 1.534e17, accuracy: 10 }), '1.53e+17 loss, 10.00 %');
    assert.equal(measured({ loss: NaN, accuracy: 10 }), 'NaN loss, 10.00 %');
  });

  it('have commands that can be pasted into a shell, and start with npx if we were started by it', () => {
    const { npm_command: before, npm_lifecycle_event: script } = process.env;
    try {
      delete process.env['npm_command'];
      assert.equal(command('resume', '/a/b-1.2'), 'winning-sign resume /a/b-1.2');
      assert.equal(command('resume', "/my runs/it's"), `winning-sign resume '/my runs/it'\\''s'`);
      process.env['npm_command'] = 'exec';
      assert.equal(command('resume', '$HOME'), `npx winning-sign resume '$HOME'`);
      Object.assign(process.env, { npm_command: 'run-script', npm_lifecycle_event: 'demo' });
      assert.equal(command('runs'), 'npx winning-sign runs');
    } finally {
      if (script === undefined) delete process.env['npm_lifecycle_event'];
      else process.env['npm_lifecycle_event'] = script;
      if (before === undefined) delete process.env['npm_command'];
      else process.env['npm_command'] = before;
    }
  });
});
