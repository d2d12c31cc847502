import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import { FileChoices } from '../../extension/fileChoices';

/** A memory as VS Code gives it, in this process. */
function memory(): vscode.Memento {
  const values = new Map<string, unknown>();
  return {
    keys: () => [...values.keys()],
    get: <T>(key: string, otherwise?: T) => (values.get(key) ?? otherwise) as T,
    update: (key: string, value: unknown) => {
      values.set(key, structuredClone(value));
      return Promise.resolve();
    },
  };
}

describe('choices for files', () => {
  it('are stored in the workspace for each file, and removed when all are the default', () => {
    const workspace = memory();
    const choices = new FileChoices(workspace);
    choices.set('/x/a.pt', { layers: 'matrices' });
    choices.set('/x/b.pt', { state: 'ema' });
    const reopened = new FileChoices(workspace);
    assert.deepEqual(reopened.of('/x/a.pt'), { layers: 'matrices' });
    assert.deepEqual(reopened.of('/x/b.pt'), { state: 'ema' });
    assert.deepEqual(reopened.chosen('/x/a.pt'), { file: '/x/a.pt', layers: 'matrices' });
    assert.deepEqual(reopened.chosen('/x/c.pt'), { file: '/x/c.pt' });
    reopened.set('/x/a.pt', {});
    assert.equal(reopened.of('/x/a.pt'), undefined);
  });

  it('of the file that was changed longest ago are forgotten after 500 files', () => {
    const choices = new FileChoices(memory());
    choices.set('/x/first.pt', { layers: 'matrices' });
    for (let i = 0; i < 499; i++) choices.set(`/x/${i}.pt`, { layers: 'decoder' });
    assert.ok(choices.of('/x/first.pt'));
    choices.set('/x/0.pt', { layers: 'official' });
    choices.set('/x/last.pt', { layers: 'official' });
    assert.equal(choices.of('/x/first.pt'), undefined);
    assert.ok(choices.of('/x/0.pt') && choices.of('/x/last.pt'));
  });
});
