/** Tests `transfer` from the command line to the network that its training starts from. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { readNetworkState, tensorsWithMasks } from '../../engine/checkpoints/state';
import { writeSafetensors } from '../../engine/checkpoints/write';
import type { RunAgreement } from '../../engine/vocabulary/transferSigns';
import { floats, type NetworkState } from '../../engine/tensors';
import type { FileAsOf, ListedRun, RunSummary } from '../../engine/protocol';
import { fixture, temporaryFolder } from '../fixtures';
import { cli, cliJson } from './process';

const CASE = 'cases/32-foreign-transfer';
const OPTIONS = fixture(`${CASE}/opt11.sign.json`);
const SOURCE = fixture(`${CASE}/plain.safetensors`);

describe('the choices of a transfer', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const state = async (file: string) => (await readNetworkState(file)).state;
  const startOf = (run: string) => state(inFolder(run, 'checkpoints/init.safetensors'));
  const weights = ({ tensors, masks }: NetworkState) => {
    const mask = masks.get('fc1')!;
    return [...floats(tensors, 'fc1.weight')].map((value, i) => (mask[i] === 1 ? value : 0));
  };
  const transfer = async (run: string, file: string, ...more: string[]) => {
    const seed = more.includes('--seed') ? [] : ['--seed', '5'];
    const done = await cliJson<RunSummary>('transfer', file, ...seed, '--options', OPTIONS, '--dir', inFolder(run), ...more); // prettier-ignore
    assert.equal(done.status, 'done', done.message);
    return startOf(run);
  };
  const recordOf = (run: string) =>
    JSON.parse(readFileSync(inFolder(run, 'run.json'), 'utf8')) as { source: { initialization?: FileAsOf } };
  const refusal = async (file: string, ...more: string[]) => {
    const args = ['transfer', file, '--seed', '5', '--options', OPTIONS, '--dir', inFolder('refused'), ...more];
    const { code, stderr } = await cli(...args);
    assert.equal(code, 2, stderr);
    return stderr;
  };

  it('takes the magnitudes of the source, or draws them with their own seed', async () => {
    const source = weights(await state(SOURCE)).map(Math.abs);
    const signed = weights(await transfer('signed', SOURCE));
    const sized = weights(await transfer('sized', SOURCE, '--variant', 'source-magnitudes'));
    const coins = weights(await transfer('coins', SOURCE, '--variant', 'source-magnitudes-random-signs'));
    assert.deepEqual([sized.map(Math.abs), coins.map(Math.abs)], [source, source]);
    const init = weights(await transfer('masked', SOURCE, '--variant', 'mask-only'));
    assert.deepEqual(sized.map(Math.sign), init.map(Math.sign));
    assert.notDeepEqual(coins.map(Math.sign), init.map(Math.sign));
    const drawn = (run: string, ...more: string[]) =>
      transfer(run, SOURCE, '--variant', 'random-magnitudes', ...more).then(weights);
    const [one, other] = [await drawn('one', '--magnitude-seed', '8'), await drawn('other', '--magnitude-seed', '9')];
    assert.deepEqual(one.map(Math.sign), signed.map(Math.sign));
    assert.notDeepEqual(one, other);
    assert.deepEqual(await drawn('again', '--seed', '6', '--magnitude-seed', '8'), one);
    assert.match(await refusal(SOURCE, '--magnitude-seed', '8'), /has no effect in the variant signed-mask/);
  });

  it('takes signs from the initialization of the source, which is in its run or named', async () => {
    await cliJson('run', OPTIONS, '--dir', inFolder('search'));
    const [ticket, origin] = ['round-01', 'init'].map((name) => inFolder(`search/checkpoints/${name}.safetensors`));
    const start = await transfer('inside', ticket!, '--variant', 'initial-signs');
    const kept = (await state(ticket!)).masks.get('fc1')!;
    const signs = [...floats((await state(origin!)).tensors, 'fc1.weight')].map(
      (value, i) => Math.sign(value) * kept[i]! || 0,
    );
    assert.deepEqual(weights(start).map(Math.sign), signs);
    assert.deepEqual(
      weights(start).map(Math.abs),
      weights(await transfer('sizes', ticket!, '--variant', 'mask-only')).map(Math.abs),
    );
    const outside = inFolder('ticket.safetensors');
    copyFileSync(ticket!, outside);
    const message = await refusal(outside, '--variant', 'initial-signs');
    assert.match(message, /signs of its initialization are unknown, .* before its training as its initialization/);
    assert.deepEqual(await transfer('named', outside, '--variant', 'initial-signs', '--init', origin!), start);
    const { source } = recordOf('named');
    assert.match(source.initialization!.sha256, /^[0-9a-f]{64}$/);
    assert.equal(source.initialization!.checkpoint, '../search/checkpoints/init.safetensors');
    assert.match(
      await refusal(outside, '--variant', 'retrain', '--init', origin!),
      /has no effect in the variant retrain/,
    );
    const wrong = await refusal(
      ticket!,
      '--variant',
      'initial-signs',
      '--init',
      fixture('oracles/training/mixer/initA.safetensors'),
    );
    assert.match(wrong, /initA\.safetensors does not fit this run: tensor fc1\.weight is missing/);
    copyFileSync(SOURCE, origin!);
    assert.match(
      await refusal(ticket!, '--variant', 'initial-signs'),
      /init\.safetensors does not belong to the search/,
    );
    rmSync(origin!);
    assert.match(
      await refusal(ticket!, '--variant', 'initial-signs'),
      /init\.safetensors is missing\..* before its training as its initialization/,
    );
  });

  it('rescales the kept weights', async () => {
    const plain = weights(await transfer('plain', SOURCE));
    const density = plain.filter((value) => value !== 0).length / plain.length;
    const byLayer = weights(await transfer('layer', SOURCE, '--rescale', 'layer'));
    assert.deepEqual(
      byLayer,
      plain.map((value) => Math.fround(value / Math.sqrt(density))),
    );
    const norm = (values: number[]) => Math.hypot(...values);
    const bySource = weights(await transfer('source', SOURCE, '--rescale', 'source', '--variant', 'mask-only'));
    const ratio = norm(bySource) / norm(weights(await state(SOURCE)));
    assert.ok(Math.abs(ratio - 1) < 1e-6, `ratio of norms ${ratio}`);
    assert.deepEqual(await transfer('none', SOURCE, '--rescale', 'none'), await startOf('plain'));
    for (const variant of ['retrain', 'source-magnitudes'])
      assert.match(
        await refusal(SOURCE, '--rescale', 'layer', '--variant', variant),
        /only for variants that draw magnitudes/,
      );
    const { runs } = await cliJson<{ runs: ListedRun[] }>('runs', inFolder());
    const experiments = new Map(runs.map(({ name, experiment }) => [name, experiment]));
    assert.equal(experiments.get('none'), experiments.get('plain'));
    assert.notEqual(experiments.get('layer'), experiments.get('plain'));
  });

  it('counts the signs that the start network shares with its ticket', async () => {
    await cliJson('run', OPTIONS, '--dir', inFolder('search'));
    const ticket = inFolder('search/checkpoints/round-01.safetensors');
    const origin = weights(await state(inFolder('search/checkpoints/init.safetensors')));
    const signs = weights(await state(ticket)).map(Math.sign);
    const kept = signs.filter((sign) => sign !== 0).length;
    const same = (others: number[]) => signs.filter((sign, i) => sign !== 0 && sign === Math.sign(others[i]!)).length;
    for (const variant of ['signed-mask', 'mask-only', 'random-signs'] as const) {
      const start = weights(await transfer(variant, ticket, '--variant', variant));
      const shown = await cliJson<{ signs: RunAgreement }>('show', inFolder(variant));
      assert.equal(shown.signs.kept, kept);
      assert.equal(shown.signs.sameSign, variant === 'signed-mask' ? kept : same(start));
      assert.equal(shown.signs.initialization?.sameSign, same(origin));
      assert.deepEqual(
        shown.signs.layers.map(({ name }) => name),
        ['fc1'],
      );
      if (variant === 'random-signs') assert.equal(shown.signs.chance, 0.5);
      assert.ok(Math.abs(shown.signs.chance - 0.5) < 0.05);
    }
    const { stdout } = await cli('show', inFolder('mask-only'));
    assert.match(
      stdout,
      /The start network has the sign of the checkpoint in \d+ of \d+ kept weights \(\d+\.\d %; by chance/,
    );
    assert.match(stdout, /^fc1 +\d+ +\d+\.\d % +\d+\.\d % +\d+\.\d % +\d+\.\d %$/m);
    const named = ['--init', inFolder('search/checkpoints/init.safetensors')];
    for (const [run, more] of [
      ['foreign', []],
      ['foreign-named', named],
    ] as const) {
      await transfer(run, SOURCE, ...more);
      const { signs: counted } = await cliJson<{ signs: RunAgreement }>('show', inFolder(run));
      assert.equal(counted.initialization !== undefined, run === 'foreign-named');
    }
  });

  it('takes a file that has only masks, if the variant needs nothing else', async () => {
    const source = await state(SOURCE);
    const { shape } = source.tensors.get('fc1.weight')!;
    const bits = source.masks.get('fc1')!;
    for (const name of ['fc1.weight', 'fc1.mask', 'fc1.weight_mask', 'module.fc1.fixed_m']) {
      const file = inFolder(`${name}.safetensors`);
      const tensor = name === 'fc1.weight' ? { dtype: 'F32' as const, shape, data: Float32Array.from(bits) } : { dtype: 'U8' as const, shape, data: bits }; // prettier-ignore
      await writeSafetensors(file, { tensors: new Map([[name, tensor]]), metadata: {} });
      for (const variant of ['mask-only', 'random-signs']) {
        const start = await transfer(`${name}-${variant}`, file, '--variant', variant);
        assert.deepEqual(start, await transfer(`whole-${name}-${variant}`, SOURCE, '--variant', variant), name);
        const shown = await cliJson<{ signs?: RunAgreement }>('show', inFolder(`${name}-${variant}`));
        assert.equal(shown.signs, undefined, 'a mask has no signs');
      }
      assert.match(await refusal(file), /has only masks, no weights: .* variants mask-only and random-signs/);
      const scaled = await refusal(file, '--variant', 'mask-only', '--rescale', 'source');
      assert.match(scaled, /has only masks/);
    }
  });

  it('keeps its choices in a run with another seed', async () => {
    const source = await state(SOURCE);
    const { shape } = source.tensors.get('fc1.weight')!;
    const data = source.masks.get('fc1')!.map((_, i) => (i % 4 === 0 ? 1 : 0));
    await writeSafetensors(inFolder('mask.safetensors'), {
      tensors: new Map([['fc1.weight', { dtype: 'U8', shape, data }]]),
      metadata: {},
    });
    const mask = ['--mask', inFolder('mask.safetensors')];
    const choices = ['--magnitude-seed', '8', '--rescale', 'layer', '--init', SOURCE];
    const given = [...mask, '--variant', 'random-magnitudes', ...choices];
    await transfer('first', SOURCE, ...given);
    await cliJson('run', inFolder('first'), '--set', 'seed=7', '--dir', inFolder('repeated'));
    assert.deepEqual(recordOf('repeated').source, recordOf('first').source);
    assert.deepEqual(weights(await startOf('repeated')), weights(await startOf('first')));
  });

  it('needs only those tensors that the variant reads', async () => {
    const source = await state(SOURCE);
    const write = (name: string, isIn: (tensor: string) => boolean) =>
      writeSafetensors(inFolder(name), {
        tensors: new Map([...tensorsWithMasks(source)].filter(([tensor]) => isIn(tensor))),
        metadata: {},
      });
    await write('layer.safetensors', (name) => name.startsWith('fc1.'));
    await write('weights.safetensors', (name) => !name.startsWith('bn1.'));
    const [layer, bare] = [inFolder('layer.safetensors'), inFolder('weights.safetensors')];
    for (const variant of ['mask-only', 'random-signs']) {
      const whole = await transfer(`${variant}-whole`, SOURCE, '--variant', variant);
      assert.deepEqual(await transfer(`${variant}-layer`, layer, '--variant', variant), whole);
    }
    assert.deepEqual(await transfer('signed-bare', bare), await transfer('signed-whole', SOURCE));
    assert.match(await refusal(layer), /tensor fc\.weight is missing/);
    assert.match(await refusal(bare, '--variant', 'psi-kept'), /tensor bn1\.weight is missing/);
    assert.match(await refusal(bare, '--variant', 'retrain'), /tensor bn1\.(weight|running_mean) is missing/);
  });
});
