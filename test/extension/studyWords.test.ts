import assert from 'node:assert/strict';
import type { PlannedRun, StudyPlan, StudySummary } from '../../engine/protocol';
import { countsText, progressText } from '../../engine/vocabulary/studyCounts';
import { canResume, endNotice, limitsTexts, planText } from '../../extension/studies/words';

const STUDY: StudySummary = {
  ...{ file: '/w/gap.study.json', name: 'gap', folder: '/w/.winning-sign/gap.study' },
  ...{ counts: { done: 24, running: 2, waiting: 1 }, executing: true, stopping: false, secondsLeft: 240 },
};
const ended = (counts: StudySummary['counts']): StudySummary => ({ ...STUDY, counts, executing: false });

describe('Sentences about studies', () => {
  it('say how far a study is', () => {
    const brief = (study: StudySummary) => progressText(study, { brief: true });
    assert.equal(brief(STUDY), '24/27 · 4 min left');
    assert.equal(brief({ ...STUDY, stopping: true }), '24/27 · stopping…');
    assert.equal(brief(ended({ done: 2, diverged: 1, failed: 1 })), '3/4');
    assert.equal(countsText(STUDY.counts), '24 done, 2 running, 1 waiting');
  });

  it('offer to resume only what has begun and has not ended', () => {
    assert.equal(canResume(STUDY), false);
    assert.equal(canResume(ended({ queued: 2, waiting: 3 })), false);
    assert.equal(canResume(ended({ done: 3, diverged: 1 })), false);
    assert.equal(canResume(ended({ done: 1, queued: 2 })), true);
    assert.equal(canResume(ended({ stopped: 1, waiting: 2 })), true);
  });

  it('say which limits of this machine a user has chosen', () => {
    assert.deepEqual(limitsTexts({}), []);
    assert.deepEqual(limitsTexts({ cores: 1, memory: 4 }), [
      'It uses 1 processor.',
      'Its runs use at most 4 GB of memory together.',
    ]);
  });

  it('say what a study will run, and what is there already', () => {
    const wrong: PlannedRun = {
      ...{ name: 'dense-seed2', node: 'dense', kind: 'training', axes: {}, needs: [], epochs: 1 },
      ...{ status: 'failed', message: 'It has other options.' },
    };
    const plan: StudyPlan = { runs: 3, existing: 1, epochs: 12, seconds: 90, bytes: 2e6, nodes: [wrong] };
    assert.equal(
      planText(plan),
      [
        '2 runs with 12 epochs, about 2 min on this machine.',
        '1 of 3 runs has ended already and is kept.',
        'Disk: up to 2.00 MB in all.',
        'dense-seed2: It has other options.',
      ].join('\n'),
    );
    assert.match(
      planText(plan, '/w/long.slurm.json'),
      /^2 runs with 12 epochs\.\n.*\nJobs ask for what long\.slurm\.json says\.\n/,
    );
    const conflicts = { runs: 1, first: ['dense-seed2'], nodes: ['dense'], fields: ['seed'] };
    const changed = planText({ ...plan, nodes: [{ ...wrong, conflict: ['seed'] }], changes: { conflicts } });
    assert.match(
      changed,
      /^1 run with 12 epochs.*\n.*\n.*\n1 run was made with other settings than the study file has now \("seed"\): dense-seed2\./,
    );
    assert.doesNotMatch(changed, /other options|--|winning-sign/);
    const { seconds: _, ...unknown } = { ...plan, runs: 1, existing: 0, epochs: 1, nodes: [] };
    assert.equal(planText(unknown), '1 run with 1 epoch.\nDisk: up to 2.00 MB in all.');
  });

  it('tell the end of a study once, with its finding', () => {
    const told = (counts: StudySummary['counts'], options = { finding: 'A is 1 point better.', isPart: false }) =>
      endNotice({ before: STUDY, after: ended(counts) }, options);
    assert.deepEqual(told({ done: 26, diverged: 1 }), {
      severity: 'information',
      sentence: 'gap is done: 27 runs, 1 of which diverged. A is 1 point better.',
      action: 'openStudy',
    });
    assert.deepEqual(told({ done: 25, failed: 1, waiting: 1 }), {
      severity: 'warning',
      sentence: 'gap has ended, but not all runs: 25 done, 1 failed, 1 waiting.',
      action: 'openStudy',
    });
    assert.deepEqual(told({ done: 25, interrupted: 1, waiting: 1 })?.action, 'resumeStudy');
    assert.match(
      told({ done: 5, queued: 22 }, { finding: '', isPart: true })!.sentence,
      /^The part of gap is done: 5 done/,
    );
    assert.equal(told({ done: 25, stopped: 2 }), undefined, 'the user stopped it');
    assert.equal(endNotice({ before: STUDY, after: STUDY }, { isPart: false }), undefined);
    assert.equal(endNotice({ after: ended({ done: 27 }) }, { isPart: false }), undefined, 'it had ended before');
  });
});
