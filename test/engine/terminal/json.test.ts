/** Checks the documents of `--json` against docs/output.schema.json. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../../fixtures';
import { checkOutput as check } from '../outputSchema';
import { call, callJson } from '../reusedProcess';
import { cliJson, writeData, writeRunFile } from '../process';

describe('the JSON of the command line', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();

  beforeEach(() => writeData(inFolder()));

  it('matches the schema for datasets, also for one that is there already', async () => {
    check('datasets', await cliJson('dataset', 'list'));
    mkdirSync(inFolder('cifar10', 'cifar-10-batches-bin'), { recursive: true });
    const downloaded = await callJson<{ dataset: unknown }>('dataset', 'get', 'cifar10', '--into', inFolder());
    check('datasetGet', downloaded);
    assert.deepEqual(downloaded.dataset, { format: 'cifar10', path: inFolder('cifar10', 'cifar-10-batches-bin') });
  });

  it('matches the schema for every verb about runs', async () => {
    writeRunFile(inFolder('aws.sign.json'), { rounds: 1, finalEpochs: 1 });
    const search = await cliJson<{ directory: string }>('run', inFolder('aws.sign.json'));
    check('run', search);
    const round = path.join(search.directory, 'checkpoints/round-01.safetensors');
    const ticket = await cliJson<{ directory: string }>('transfer', round, '--seed', '2');
    check('run', ticket);
    const final = path.join(ticket.directory, 'checkpoints/final.safetensors');
    const line = await cliJson<{ directory: string }>('interpolate', round, final, '--points', '3');
    check('run', line);
    for (const { directory } of [search, ticket, line]) check('run', await callJson('show', directory));
    check('runs', await callJson('runs', inFolder('.winning-sign')));
    check('stop', await callJson('stop', search.directory));
    check('inspection', await callJson('inspect', round));
    check('comparison', await callJson('compare', round, final));
  });

  it('matches the schema for verbs about the machine, and for errors', async () => {
    check('backends', await cliJson('backends'));
    check('doctor', await cliJson('doctor'));
    check(
      'bench',
      await cliJson('bench', '--network', 'mlp', '--images', '8x8x1', '--batch', '8', '--backend', 'wasm'),
    );
    check('error', await cliJson('inspect', inFolder('none.safetensors')));
    check('error', await callJson('nothing'));
  });

  it('has the differences between runs, and marks accuracies that were measured in a search', async () => {
    writeRunFile(inFolder('a.sign.json'), { rounds: 1 });
    writeRunFile(inFolder('b.sign.json'), { rounds: 1, normalizationInterpolation: { low: 0, high: 0.5 } });
    for (const name of ['a', 'b']) await cliJson('run', inFolder(`${name}.sign.json`));
    interface Listed {
      options: Record<string, unknown>;
      rounds: { measured: string }[];
    }
    const { runs } = await callJson<{ runs: Listed[] }>('runs', inFolder('.winning-sign'));
    const { stdout } = await call('runs', inFolder('.winning-sign'));
    assert.match(
      stdout,
      /differs\na .* normalizationInterpolation\.high 1\nb .* normalizationInterpolation\.high 0\.5\n/,
    );
    const [a, b] = runs.map(({ options }) => options['normalizationInterpolation']);
    const rest = { each: 'step', parameters: 'both', initial: 'construction' };
    assert.deepEqual([a, b], [undefined, { low: 0, high: 0.5, ...rest }]);
    assert.deepEqual(
      new Set(runs.flatMap(({ rounds }) => rounds.map(({ measured }) => measured))),
      new Set(['in search']),
    );
  });
});
