import assert from 'node:assert/strict';
import { keyOf, titleOf, withOwnPaths } from '../../extension/panelState';
import type { PanelState } from '../../webview/protocol';

const nameOf = (directory: string) => directory.split('/').at(-1)!;

describe('the state of a panel', () => {
  it('has a title', () => {
    const cases: [PanelState, string][] = [
      [{ view: 'run', directory: '/runs/aws' }, 'aws'],
      [{ view: 'checkpoint', file: '/runs/aws/checkpoints/round-03.safetensors' }, 'round-03.safetensors'],
      [{ view: 'flips', directory: '/runs/aws' }, 'Sign flips: aws'],
      [{ view: 'connectivity', directories: ['/runs/a', '/runs/b'] }, 'Connectivity: a, b'],
      [{ view: 'compare', a: '/x/a.safetensors', b: '/y/b.safetensors' }, 'a.safetensors ↔ b.safetensors'],
    ];
    for (const [state, title] of cases) assert.equal(titleOf(state, nameOf), title);
  });

  it('has a key that depends on the view and the paths', () => {
    const run: PanelState = { view: 'run', directory: '/runs/aws' };
    assert.equal(keyOf(run), keyOf({ view: 'run', directory: '/runs/aws/' }));
    assert.notEqual(keyOf(run), keyOf({ view: 'flips', directory: '/runs/aws' }));
    assert.notEqual(keyOf(run), keyOf({ view: 'run', directory: '/runs/lrr' }));
  });

  it('has the engine’s spelling of run directories', () => {
    const own = (directory: string) => directory.toLowerCase();
    assert.deepEqual(withOwnPaths({ view: 'run', directory: 'C:\\A' }, own), { view: 'run', directory: 'c:\\a' });
    const several: PanelState = { view: 'connectivity', directories: ['C:\\A', 'C:\\B'] };
    assert.deepEqual(withOwnPaths(several, own), { view: 'connectivity', directories: ['c:\\a', 'c:\\b'] });
    const pair: PanelState = { view: 'compare', a: 'C:\\A', b: 'C:\\B' };
    assert.deepEqual(withOwnPaths(pair, own), pair);
  });
});
