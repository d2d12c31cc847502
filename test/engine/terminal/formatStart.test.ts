import assert from 'node:assert/strict';
import type { RunRecord } from '../../../engine/protocol';
import { networkLine, startLines } from '../../../engine/terminal/formatStart';

const file = (checkpoint: string) => ({ checkpoint, sha256: '0' });
const OPTIONS = { version: 1, name: 'x', model: 'mlp', dataset: 'sample' } as RunRecord;

describe('what show prints about the start of a run', () => {
  it('names the source, the choices and the initialization of a transfer', () => {
    const choices = { variant: 'random-magnitudes', magnitudeSeed: 8, rescale: 'layer', classifier: 'new' } as const;
    const source = { from: 'checkpoint', ...file('/t'), ...choices, initialization: file('/i') } as const;
    assert.deepEqual(startLines({ ...OPTIONS, kind: 'train', source }), [
      'transfer of /t: variant random-magnitudes, rescale layer, classifier new, magnitude seed 8',
      'initialization /i',
    ]);
    assert.deepEqual(startLines({ ...OPTIONS, kind: 'train', source: { from: 'initialization' } }), []);
  });

  it('names the checkpoints of a measurement and of a continued search', () => {
    const [a, b, c] = [file('/a'), file('/b'), file('/c')];
    const ends = { kind: 'connectivity', a, b, c, points: 3, masks: 'equal' } as const;
    assert.deepEqual(startLines({ ...OPTIONS, ...ends }), [
      'A: /a',
      'B: /b',
      'C: /c',
      '--masks equal, --normalization exact',
    ]);
    const start = { ...a, round: 2, initialization: b };
    assert.deepEqual(startLines({ ...OPTIONS, kind: 'search', start }), [
      'continues from /a after round 2',
      'initialization /b',
    ]);
  });

  it('names the options of the network', () => {
    const model = { model: 'convnet', options: { norm: 'group' }, prunable: 'official' } as const;
    assert.match(networkLine({ ...OPTIONS, model })[0]!, /^network convnet \(norm group, /);
    assert.deepEqual(networkLine(OPTIONS), []);
  });
});
