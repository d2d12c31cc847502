/**
 * Tests which weights a full training of a ticket starts from: the rewound weights for imp, and the weights of the ticket for other
 * methods.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readNetworkState, tensorsWithMasks } from '../../engine/checkpoints/state';
import { writeSafetensors } from '../../engine/checkpoints/write';
import type { RunSummary } from '../../engine/protocol';
import { floats, type HostTensor } from '../../engine/tensors';
import { temporaryFolder } from '../fixtures';
import { call, callIn, callJson } from './reusedProcess';
import { writeData, writeRunFile } from './process';
import { hashesOf } from './oracle';

/** Removes the checksum, because the test changes tensors on purpose. */
function without(metadata: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== 'checksum'));
}

describe('transfer --variant retrain', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const run = (...parts: string[]) => inFolder('.winning-sign', ...parts);
  const checkpoint = (name: string, of = 'search') => run(of, 'checkpoints', `${name}.safetensors`);
  const retrain = (file: string) => [
    'transfer',
    file,
    '--variant',
    'retrain',
    '--seed',
    '9',
    '--dir',
    run('retrained'),
  ];

  async function search(options: object): Promise<void> {
    await writeData(inFolder());
    writeRunFile(inFolder('search.sign.json'), { rounds: 1, finalEpochs: 1, ...options });
    assert.equal((await callJson<RunSummary>('run', inFolder('search.sign.json'))).status, 'done');
  }

  /** Asserts that the retrained run started from the weights of checkpoint `weights`, with the mask of round 1. */
  async function assertStart(weights: string): Promise<void> {
    const [{ state: ticket }, { state: rewound }] = [
      await readNetworkState(checkpoint('round-01')),
      await readNetworkState(checkpoint(weights)),
    ];
    const { state } = await readNetworkState(checkpoint('init', 'retrained'));
    assert.deepEqual(hashesOf(state), hashesOf({ tensors: rewound.tensors, masks: ticket.masks }));
  }

  for (const [rewindStep, weights] of [
    [0, 'init'],
    [3, 'rewind'],
  ] as const)
    it(`starts from the weights of step ${rewindStep}, to which an imp search rewinds`, async () => {
      await search({ method: 'imp', rewindStep });
      const summary = await callJson<RunSummary>(...retrain(checkpoint('round-01')));
      assert.equal(summary.status, 'done', summary.message);
      await assertStart(weights);
      const { source } = JSON.parse(readFileSync(run('retrained/run.json'), 'utf8')) as { source: object };
      assert.deepEqual(Object.keys(source), ['from', 'checkpoint', 'sha256', 'variant', 'rewind']);
      const [rewound, trained] = [checkpoint(weights), checkpoint('round-01')].map((file) => readNetworkState(file));
      const weightOf = async (read = rewound!) => hashesOf((await read).state)['conv1.weight'];
      assert.notEqual(await weightOf(), await weightOf(trained), 'or this would show nothing');
    });

  it('starts from the weights of the round for lrr', async () => {
    await search({ method: 'lrr' });
    assert.equal((await call(...retrain(checkpoint('round-01')))).code, 0);
    await assertStart('round-01');
  });

  it('names the missing file with the rewound weights of an imp ticket', async () => {
    await search({ method: 'imp', rewindStep: 3 });
    writeFileSync(inFolder('moved.safetensors'), readFileSync(checkpoint('round-01')));
    const moved = await call(...retrain(inFolder('moved.safetensors')), '--options', inFolder('search.sign.json'));
    assert.equal(moved.code, 2);
    assert.match(
      moved.stderr,
      /moved\.safetensors is a round of an imp search\. .* Name the checkpoint in the run directory/,
    );
    const kept = readFileSync(checkpoint('rewind'));
    const record = readFileSync(run('search/run.json'), 'utf8');
    writeFileSync(run('search/run.json'), record.replace('"rewindStep": 3', '"rewindStep": 0'));
    const edited = await call(...retrain(checkpoint('round-01')));
    assert.equal(edited.code, 2);
    assert.match(
      edited.stderr,
      /round-01\.safetensors does not belong to the search in \S+search\. Either run\.json was changed, or/,
    );
    writeFileSync(run('search/run.json'), record);
    rmSync(checkpoint('rewind'));
    const { code, stderr } = await call(...retrain(checkpoint('round-01')));
    assert.equal(code, 2);
    assert.match(stderr, /rewind\.safetensors is missing\. The file has the weights that the ticket \S+ is rewound to/);
    writeFileSync(run('search/state/rewind.safetensors'), kept); // where version 0.1 kept it
    assert.equal((await call(...retrain(checkpoint('round-01')))).code, 0);
  });

  it('refuses options of a search, and uses the method in the metadata of the checkpoint', async () => {
    await search({ method: 'aws' });
    const refused = await call(...retrain(checkpoint('round-01')), '--set', 'rewindStep=3');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /field "rewindStep" has no effect in a full training/);
    writeFileSync(inFolder('moved.safetensors'), readFileSync(checkpoint('round-01')));
    writeRunFile(inFolder('other.sign.json'), { method: 'dense', finalEpochs: 1 });
    const args = [...retrain(inFolder('moved.safetensors')), '--options', inFolder('other.sign.json')];
    assert.equal((await callJson<RunSummary>(...args)).method, 'aws');
    const { state } = await readNetworkState(checkpoint('round-01'));
    const metadata = { format: 'pt', method: 'magnitude', run: 'theirs', round: '1' }; // somebody else's words
    await writeSafetensors(inFolder('moved.safetensors'), { tensors: tensorsWithMasks(state), metadata });
    const elsewhere = [...args.slice(0, -4), '--options', inFolder('other.sign.json'), '--json'];
    const { stdout } = await callIn(inFolder(), ...elsewhere); // of no run: it goes to the folder it is called in
    const theirs = JSON.parse(stdout) as RunSummary;
    assert.deepEqual([theirs.method, theirs.name], ['dense', 'moved-retrain-seed9']);
  });

  it('refuses a network with values that are not finite, and so does interpolate', async () => {
    await search({ method: 'lrr' });
    const { state, metadata } = await readNetworkState(checkpoint('round-01'));
    const name = 'conv2.weight';
    const data = floats(state.tensors, name).map((value, i) => (i === 5 ? NaN : value));
    const tensors = tensorsWithMasks({
      ...state,
      tensors: new Map([...state.tensors, [name, { ...state.tensors.get(name)!, data } as HostTensor]]),
    });
    const broken = run('search/checkpoints/broken.safetensors');
    await writeSafetensors(broken, { tensors, metadata: { ...without(metadata), round: 'broken' } });
    for (const args of [retrain(broken), ['interpolate', broken, checkpoint('round-01'), '--dir', run('line')]]) {
      const { code, stderr } = await call(...args);
      assert.equal(code, 2);
      assert.match(stderr, /broken\.safetensors has NaN or infinite values in conv2\.weight, so it cannot be/);
    }
    assert.deepEqual([existsSync(run('retrained')), existsSync(run('line'))], [false, false]);
    assert.match((await call('inspect', broken)).stdout, /not finite: 1 NaN and 0 infinite values in conv2\.weight/);
  });

  it('warns about a source that is probably a mistake', async () => {
    await search({ method: 'lrr' });
    const { state, metadata } = await readNetworkState(checkpoint('round-01'));
    state.masks.get('conv2')!.fill(0);
    const write = (name: string, said: Record<string, string>) =>
      writeSafetensors(run('search/checkpoints', name), {
        tensors: tensorsWithMasks(state),
        metadata: { ...without(metadata), ...said },
      });
    await write('empty.safetensors', { round: 'empty' });
    const weights = floats(state.tensors, 'conv1.weight');
    weights[0] = 0;
    state.masks.get('conv1')!.fill(1);
    state.masks.set('fc', new Uint8Array(floats(state.tensors, 'fc.weight').length));
    await write('odd.safetensors', { round: 'odd' });
    const odd = await call('transfer', checkpoint('odd'), '--seed', '4');
    assert.match(odd.stderr, /odd\.safetensors keeps 1 weights that are exactly 0\. They have no sign/);
    assert.match(
      odd.stderr,
      /odd\.safetensors has a mask for fc, which is not a prunable layer here\. The mask is not transferred/,
    );
    await write('other.safetensors', { round: 'other', normalization: '{"mean":[0],"std":[255]}' });
    const empty = await call(...retrain(checkpoint('empty')));
    assert.match(empty.stderr, /empty\.safetensors has no weights left in conv2\./);
    assert.doesNotMatch(empty.stderr, /other data|otherwise/);
    const other = await call('interpolate', checkpoint('round-01'), checkpoint('other'), '--points', '2');
    assert.match(other.stderr, /other\.safetensors was trained on images that were normalized differently\./);
    assert.doesNotMatch(other.stderr, /round-01\.safetensors (is|was) /);
    const limited = ['--set', 'dataset.limit={"test":16}'];
    const changed = await call('transfer', checkpoint('round-01'), '--seed', '5', ...limited);
    assert.match(
      changed.stderr,
      /round-01\.safetensors was trained on other data, or the data have changed since then/,
    );
  });
});
