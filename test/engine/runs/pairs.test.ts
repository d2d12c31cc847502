import assert from 'node:assert/strict';
import path from 'node:path';
import type { RunOptions, RunRecord, TicketSource } from '../../../engine/protocol';
import type { SearchStart } from '../../../engine/vocabulary/runRecord';
import { checkOptions } from '../../../engine/runs/options';
import { pairOf, type EndOrigin } from '../../../engine/runs/pairs';
import { recordOf } from '../../../engine/runs/record';

const OPTIONS = { method: 'lrr', model: 'mlp', dataset: 'sample' };

function optionsOf(options: object): RunOptions {
  return checkOptions({ ...OPTIONS, ...options }, path.resolve('/study/x.sign.json'));
}

let directories = 0;

/** Makes an end that a search wrote, or a dense training with `method: 'dense'`. */
function end(options: object = {}, role: EndOrigin['role'] = 'final'): EndOrigin {
  const directory = `/runs/${directories++}`;
  return { run: { directory, record: recordOf('run', optionsOf(options)) }, role };
}

/** Makes an end that a transfer from a ticket wrote. */
function moved(options: object, source: Partial<TicketSource> = {}): EndOrigin {
  const ticket: TicketSource = { from: 'checkpoint', checkpoint: '/t', sha256: 't', variant: 'signed-mask', ...source };
  const record: RunRecord = { version: 1, name: 'run', ...optionsOf(options), kind: 'train', source: ticket };
  return { run: { directory: `/runs/${directories++}`, record }, role: 'final' };
}

/** Makes an end that a search wrote, which continues from a checkpoint. */
function continued(options: object, start: SearchStart): EndOrigin {
  const record: RunRecord = { version: 1, name: 'run', ...optionsOf(options), kind: 'search', start };
  return { run: { directory: `/runs/${directories++}`, record }, role: 2 };
}

const retrained = (options: object, source: Partial<TicketSource> = {}) =>
  moved(options, { variant: 'retrain', ...source });
const kind = (a?: EndOrigin, b?: EndOrigin) => pairOf(a, b).kind;

describe('the kind of a pair', () => {
  it('is noise stability for one start and two orders of the data', () => {
    const dense = { method: 'dense', seed: 1 };
    const pair = pairOf(end({ ...dense, dataSeed: 2 }), end({ ...dense, dataSeed: 3 }));
    assert.equal(pair.kind, 'noise-stability');
    assert.match(
      pair.sentence,
      /start from the same network and see the data in different orders \(data seeds 2 and 3\)/,
    );
    assert.equal(kind(end({ seed: 1 }, 4), end({ seed: 1, dataSeed: 9 }, 4)), 'noise-stability');
    assert.equal(kind(moved({ seed: 1 }), moved({ seed: 1, dataSeed: 9 })), 'noise-stability');
    assert.equal(kind(retrained({ seed: 1 }), retrained({ seed: 2 })), 'noise-stability', 'a ticket has no seed');
  });

  it('is initialization stability for two initializations, also if the order of the data differs, too', () => {
    const pair = pairOf(moved({ seed: 2 }), moved({ seed: 3 }));
    assert.equal(pair.kind, 'initialization-stability');
    assert.match(pair.sentence, /seeds 2 and 3\), and see the data in different orders \(data seeds 2 and 3\)/);
    const same = pairOf(moved({ seed: 2, dataSeed: 7 }), moved({ seed: 3, dataSeed: 7 }));
    assert.match(same.sentence, /and see the data in the same order\./);
    assert.equal(kind(end({ seed: 1 }, 2), end({ seed: 2 }, 2)), 'initialization-stability');
  });

  it('is linear mode connectivity for a ticket and its transfer with the same seed', () => {
    const pair = pairOf(moved({ seed: 2 }), retrained({ seed: 2 }));
    assert.equal(pair.kind, 'linear-mode-connectivity');
    assert.match(
      pair.sentence,
      /B is the ticket itself, trained fully, and A its transfer \(signed-mask\), with the same seed 2/,
    );
    assert.equal(
      kind(retrained({ seed: 2 }), moved({ seed: 2 }, { variant: 'mask-only' })),
      'linear-mode-connectivity',
    );
    assert.equal(kind(retrained({ seed: 2 }), moved({ seed: 3 })), 'other');
    assert.equal(kind(retrained({ seed: 2 }), moved({ seed: 2 }, { sha256: 'another' })), 'other');
    assert.equal(kind(retrained({ seed: 2 }), moved({ seed: 2, learningRate: 0.3 })), 'other');
  });

  it('knows the checkpoint that searches continue from', () => {
    const start = { checkpoint: '/c', sha256: 'c', round: 1 };
    const init = { checkpoint: '/i', sha256: 'i' };
    const noise = pairOf(continued({ seed: 1 }, start), continued({ seed: 2 }, start));
    assert.equal(noise.kind, 'noise-stability');
    assert.match(noise.sentence, /start from the same network and see the data in different orders/);
    const copy = { ...start, checkpoint: '/copy' };
    assert.equal(kind(continued({ seed: 1 }, start), continued({ seed: 2 }, copy)), 'noise-stability');
    const alike = pairOf(continued({ seed: 1, dataSeed: 7 }, start), continued({ seed: 2, dataSeed: 7 }, start));
    assert.equal(alike.kind, 'other');
    assert.match(alike.sentence, /the data in the same order\. Only their seeds differ \(1 and 2\)\.$/);
    const drawn = { criterion: 'random' };
    assert.equal(
      kind(continued({ seed: 1, ...drawn }, start), continued({ seed: 2, ...drawn }, start)),
      'initialization-stability',
      'the first masks depend on the seed',
    );
    for (const other of [
      { sha256: 'd' },
      { round: 2 },
      { initialization: init },
      { mask: init },
      { layers: 'official' },
    ]) {
      const { kind: found, sentence } = pairOf(continued({ seed: 1 }, start), continued({ seed: 2 }, { ...start, ...other })); // prettier-ignore
      assert.equal(found, 'other');
      assert.match(sentence, /their runs started from different checkpoints/);
    }
    assert.equal(kind(continued({ seed: 1 }, start), end({ seed: 2 }, 2)), 'other');
  });

  it('is another one for pairs that differ in more than seeds, and says in what', () => {
    assert.match(pairOf(end({ seed: 1 }, 1), end({ seed: 2 }, 2)).sentence, /A is round 1 and B is round 2/);
    assert.match(pairOf(end({ learningRate: 0.3 }), end()).sentence, /their runs differ in learningRate/);
    assert.match(pairOf(moved({ seed: 1 }), moved({ seed: 2 }, { sha256: 'u' })).sentence, /different checkpoints/);
    const search = end({}, 1);
    const later = pairOf(search, { ...search, role: 2 });
    assert.deepEqual([later.kind, later.sentence], ['other', 'A is round 1 and B is round 2 of the same run.']);
    assert.equal(kind(moved({ seed: 1 }), moved({ seed: 1 })), 'other');
  });

  it('is unknown if a run is not known', () => {
    assert.match(pairOf(undefined, end()).sentence, /^The run of A is not known/);
    assert.match(pairOf(end(), undefined).sentence, /^The run of B is not known/);
    assert.deepEqual(pairOf(undefined, undefined).kind, 'unknown');
  });
});
