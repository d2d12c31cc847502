import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { expand } from '../../../engine/studies/expand';
import type { RunState } from '../../../engine/studies/states';
import { readStudy } from '../../../engine/studies/studyFile';
import { DEMO } from '../../../engine/studies/templates/demo';
import { demoFindings } from '../../../engine/terminal/demoFindings';
import type { Barrier, RunResult } from '../../../engine/vocabulary/runEvents';
import { temporaryFolder } from '../../fixtures';
import { call, callJson } from '../reusedProcess';
import { start, untilEvent } from '../process';

describe('the demo', () => {
  const temporary = temporaryFolder();

  const runsOfDemo = async () => {
    writeFileSync(temporary('demo.study.json'), JSON.stringify(DEMO));
    return expand(await readStudy(temporary('demo.study.json')));
  };

  it('is a study that trains each ticket in three ways, with one seed', async () => {
    const runs = await runsOfDemo();
    assert.equal(runs.length, 1 + 2 * (1 + 3 * 3 + 1 + 2));
    const seeds = Object.fromEntries(runs.map(({ node, options }) => [node, options.seed]));
    assert.deepEqual(seeds, { dense: 2, search: 1, ticket: 2, 'psi-kept': 2, kept: 2, reset: 2 });
    const reset = runs.find(({ name }) => name === 'reset-aws')!;
    assert.deepEqual(
      reset.sources.map(({ run, checkpoint }) => `${run}/${checkpoint}`),
      ['ticket-aws-r03-retrain', 'ticket-aws-r03-signed-mask'].map((run) => `${run}/checkpoints/final.safetensors`),
    );
  });

  it('has the numbers of its runs in its JSON', async () => {
    const sparsity = (prunable: number) => ({ prunable, all: prunable });
    const barrier: Barrier = {
      ...{ value: 2, alpha: 0.5, quantity: 'error', split: 'test', baseline: 'mean of the ends', definition: '' },
    };
    const runs = await runsOfDemo();
    const states = runs.map((run, i) => {
      const measured = { accuracy: i, loss: 1 };
      const rounds = [0, 1, 2, 3].map((round) => ({
        ...{ round, sparsity: sparsity(round / 4), test: measured, checkpoint: '' },
        ...(round > 1 && { reestimated: { accuracy: 80 + round, loss: 1 } }),
      }));
      const trained = { sparsity: sparsity(0.5), test: measured, train: measured, checkpoint: '' };
      const result: RunResult =
        run.kind === 'connectivity'
          ? { kind: 'connectivity', barrier: { ...barrier, value: i }, barriers: [], normalization: '', masks: 'equal' }
          : { kind: 'train', ...trained };
      return { run, directory: run.name, status: 'done', overview: { rounds, result } };
    });
    const { dense, tickets, barriers } = demoFindings(states as Pick<RunState, 'run'>[] as RunState[]);
    const at = (name: string) => runs.findIndex((run) => run.name === name);
    assert.equal(dense, at('dense'));
    assert.deepEqual(
      tickets.map(({ method, round }) => [method, round]),
      ['aws', 'lrr'].flatMap((method) => [1, 2, 3].map((round) => [method, round])),
    );
    assert.deepEqual(tickets[4], {
      ...{ method: 'lrr', round: 2, sparsity: 0.5, inSearch: { reestimated: 82, official: at('search-lrr') } },
      accuracy: {
        retrain: at('ticket-lrr-r02-retrain'),
        'signed-mask': at('ticket-lrr-r02-signed-mask'),
        'mask-only': at('ticket-lrr-r02-mask-only'),
      },
    });
    assert.deepEqual(
      barriers.map(({ method, normalization, sparsity: reached, barrier: { value } }) => [
        method,
        normalization,
        reached,
        value,
      ]),
      ['aws', 'lrr'].flatMap((method) => ['kept', 'reset'].map((psi) => [method, psi, 0.75, at(`${psi}-${method}`)])),
    );
  });

  it('does not run another study of its name', async () => {
    writeFileSync(temporary('demo.study.json'), '{ "options": {}, "nodes": {} }');
    const { code, stderr } = await call('demo', temporary('.'));
    assert.deepEqual([code, stderr.includes('demo.study.json is not the study of the demo')], [2, true]);
  });

  it('is stopped by Ctrl-C in the demo, which says how to continue', async () => {
    const { child, ended } = start(['demo', temporary('study')]);
    const runs = temporary('study', '.winning-sign', 'demo.study');
    const names = ['search-aws', 'search-lrr', 'dense'];
    await untilEvent(
      names.map((name) => `${runs}/${name}`),
      'started',
    );
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    assert.deepEqual([code, stderr], [130, '']);
    assert.match(stdout, /Stopping after the states are saved/);
    const again = /Stopped\. To continue, run “(?:npx )?winning-sign demo (.*)” again/.exec(stdout);
    assert.equal(again?.[1], temporary('study')); // it is outside of the working directory
    const { runs: listed } = await callJson<{ runs: { status: string }[] }>('runs', runs);
    const statuses = new Set(listed.map(({ status }) => status));
    statuses.delete('waiting'); // a run that was made but had not begun
    assert.deepEqual([...statuses], ['stopped']);
  }).timeout(60_000);
});
