import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { StudySummary } from '../../../engine/protocol';
import { RunTree } from '../../../extension/tree/grow';
import { contextOf } from '../../../extension/tree/looks';

interface Manifest {
  contributes: { menus: { 'view/item/context': { command: string; when: string }[] } };
}

const STUDY: StudySummary = {
  ...{ file: '/project/gap.study.json', name: 'gap', folder: '/project/.winning-sign/gap.study' },
  ...{ counts: { done: 1, queued: 1 }, executing: false, stopping: false },
};

describe('The menu of a study in the tree', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const starting = ['runStudy', 'runStudyPart', 'stopStudy', 'resumeStudy', 'retryStudy'];

  /** Returns which of the commands that start or stop a study its row has. */
  function actionsOf(change: Partial<StudySummary>, problem?: string): string[] {
    const studyProblems = problem === undefined ? [] : [{ file: STUDY.file, message: problem }];
    const [row] = new RunTree({ runs: [], studies: [{ ...STUDY, ...change }], studyProblems }).top();
    const context = contextOf(row!);
    return starting.filter((name) =>
      manifest.contributes.menus['view/item/context'].some(({ command, when }) => {
        const pattern = /viewItem =~ \/(.*?)\/ /.exec(when)?.[1];
        return command === `winningSign.${name}` && pattern !== undefined && new RegExp(pattern).test(context);
      }),
    );
  }

  it('has only what fits its state', () => {
    assert.deepEqual(actionsOf({ counts: { queued: 2, waiting: 1 } }), ['runStudy', 'runStudyPart']);
    assert.deepEqual(actionsOf({}), ['runStudy', 'runStudyPart', 'resumeStudy']);
    const failed = actionsOf({ counts: { done: 1, failed: 1 } });
    assert.deepEqual(failed, ['runStudy', 'runStudyPart', 'resumeStudy', 'retryStudy']);
    assert.deepEqual(actionsOf({ executing: true }), ['stopStudy']);
    assert.deepEqual(actionsOf({ executing: true, stopping: true }), []);
    assert.deepEqual(actionsOf({ counts: { done: 2 } }), [], 'all have ended');
    assert.deepEqual(actionsOf({ counts: { done: 1, diverged: 1 } }), ['retryStudy']);
    assert.deepEqual(actionsOf({}, 'Unknown field.'), []);
  });
});
