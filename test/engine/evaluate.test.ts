/** Tests `evaluate` with numbers of PyTorch (`make/official_logits.py`), and with what runs have measured. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { readNetworkState, tensorsWithMasks } from '../../engine/checkpoints/state';
import { writeSafetensors } from '../../engine/checkpoints/write';
import { evaluateApart } from '../../engine/runs/apart';
import type { Evaluation } from '../../engine/vocabulary/evaluation';
import type { CurvePoint, RunSummary } from '../../engine/protocol';
import { fixture, readJson, temporaryFolder } from '../fixtures';
import { checkOutput } from './outputSchema';
import { call, callJson } from './reusedProcess';
import { CLI, cliJson, writeData, writeRunFile } from './process';

const OPTIONS = fixture('aws/images.sign.json');
const { files: TRUTHS } = readJson('aws/logits.json') as {
  files: Record<string, { loss: number; accuracy: number }>;
};

const assertClose = (found: { loss: number; accuracy: number }, truth: typeof found) => {
  assert.ok(Math.abs(found.loss - truth.loss) < 1e-5, `loss ${found.loss}, not ${truth.loss}`);
  assert.equal(found.accuracy, truth.accuracy);
};

describe('evaluate', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();

  for (const [name, truth] of Object.entries(TRUTHS))
    it(`measures the loss and accuracy that PyTorch measures (${name})`, async () => {
      const source = path.join(fixture('aws'), name);
      const file = inFolder('i.safetensors');
      await callJson('import', source, '--out', file);
      const found = await callJson<Evaluation>('evaluate', file, '--options', OPTIONS);
      assertClose(found, truth);
      checkOutput('evaluate', found);
      assert.deepEqual([found.images, found.split, found.backend], [32, 'test', 'wasm']);
      assert.equal(found.statistics, name.includes('mixer') ? 'none' : 'stored');
      if (!name.includes('mixer'))
        assertClose(await callJson<Evaluation>('evaluate', source, '--options', OPTIONS), truth);
    });

  it('measures what a run and a connectivity run have measured', async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('a.sign.json'), { rounds: 1 });
    const { directory, rounds } = await callJson<RunSummary>('run', inFolder('a.sign.json'));
    const [zero, one] = rounds.map(({ checkpoint }) => path.join(directory, checkpoint));
    assertClose(await cliJson<Evaluation>('evaluate', one!), rounds[1]!.test);
    const { points } = await callJson<{ points: CurvePoint[] }>('interpolate', one!, zero!, '--points', '2');
    const end = points.find(({ alpha }) => alpha === 1)!;
    for (const split of ['test', 'train'] as const) {
      const found = await evaluateApart({ checkpoint: one!, split, reestimate: true }, { cli: CLI });
      assertClose(found, end[split]);
      assert.deepEqual([found.statistics, found.images], ['re-estimated', split === 'test' ? 32 : 128]);
    }
    const { state } = await readNetworkState(one!);
    const bare = [...tensorsWithMasks(state)].filter(([name]) => !/running_|num_batches/.test(name));
    await writeSafetensors(inFolder('bare.safetensors'), { tensors: new Map(bare), metadata: {} });
    const options = ['--options', inFolder('a.sign.json')];
    const { code, stderr } = await call('evaluate', inFolder('bare.safetensors'), ...options);
    assert.equal(code, 2);
    assert.match(stderr, /running_mean is missing, .*Save the whole state_dict\(\)/);
    await writeSafetensors(inFolder('broken.safetensors'), {
      tensors: tensorsWithMasks(state),
      metadata: { format: 'winning-sign 1', model: '{"model":' },
    });
    const broken = await call('evaluate', inFolder('broken.safetensors'), ...options);
    assert.equal(broken.code, 2);
    assert.match(
      broken.stderr,
      /broken\.safetensors: "model" in its metadata is not JSON\. Copy the file again, or remove/,
    );
    assertClose(
      await callJson<Evaluation>('evaluate', inFolder('bare.safetensors'), ...options, '--reestimate'),
      end.test,
    );
  });

  it('needs a run file for a checkpoint outside a run directory, and says what does not fit', async () => {
    const file = fixture('aws/mixer_aws.pth.tar');
    assert.match((await call('evaluate', file)).stderr, /not in a run directory, .* \(--options FILE\)\./);
    assert.match(
      (await call('evaluate', file, '--options', OPTIONS)).stderr,
      /mixer_aws\.pth\.tar does not fit these options: .* or set the network \(--set model=JSON\)\./,
    );
    await assert.rejects(
      evaluateApart({ checkpoint: file, optionsFile: OPTIONS }, { cli: CLI }),
      /does not fit these options/,
    );
    assert.match(
      (await call('evaluate', file, '--split', 'all')).stderr,
      /--split is "all"\. It must be one of test, train/,
    );
  });
});
