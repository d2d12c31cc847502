import type { RunDelta } from '../../engine/protocol';
import { equal, ok } from './assert';
import type { FakeHost } from './fakeHost';
import { openPanel, type OpenPanel } from './panel';
import { connectivityRun, FOLDER, runningRun, searchRun } from './world/runs';
import { checkpointPath } from './world/checkpoints';
import { answersOf, study, type Answers } from './world/world';

type Method = keyof Answers;

/** Answers a method with an error while `when` is true. */
function failing(answers: Answers, method: Method, when: () => boolean): Answers {
  const answer = answers[method] as (params: never) => unknown;
  const instead = (params: never) => {
    if (when()) throw new Error('The engine ended before it could answer.');
    return answer(params);
  };
  return { ...answers, [method]: instead };
}

const asked = ({ requests }: FakeHost, method: Method) => requests.filter((one) => one.method === method).length;
const alerts = ({ all }: OpenPanel) => all('[role=alert]').map(({ textContent }) => textContent);

async function restart({ host, settled }: OpenPanel): Promise<void> {
  host.tell({ type: 'restarted' });
  await settled();
}

describe('a panel, after the engine has restarted,', () => {
  const run = runningRun();
  const { directory } = run;
  const delta = (append: RunDelta['append'], set: RunDelta['set'] = {}): RunDelta => {
    return { directory, reset: false, append, set };
  };

  it('requests a new snapshot, ignores changes that arrive before it, and applies later changes', async () => {
    const later = { ...run, rounds: searchRun('aws', 1, 5).rounds };
    let current = run;
    const answers = { ...answersOf([run]), 'run/snapshot': () => current };
    const panel = await openPanel({ view: 'run', directory }, { answers });
    equal(panel.all('.rounds tbody tr').length, 3);
    current = later;
    panel.host.hold.add('run/snapshot');
    await restart(panel);
    equal([asked(panel.host, 'run/snapshot'), asked(panel.host, 'runs')], [2, 2]);
    const change = (params: RunDelta) => {
      panel.host.tell({ type: 'event', event: 'run/changed', params });
      return panel.settled();
    };
    await change(delta({ rounds: [later.rounds[4]!] }));
    equal(panel.all('.rounds tbody tr').length, 3, 'a change since a snapshot that is not here yet');
    panel.host.answerHeld();
    await panel.settled();
    equal(panel.all('.rounds tbody tr').length, 5);
    await change(delta({ rounds: [searchRun('aws', 1, 6).rounds[5]!] }));
    equal(panel.all('.rounds tbody tr').length, 6);
  });

  for (const view of ['run', 'flips'] as const)
    it(`shows the ${view} view that could not be opened`, async () => {
      let broken = true;
      const answers = failing(answersOf([run]), 'run/snapshot', () => broken);
      const panel = await openPanel({ view, directory }, { answers });
      equal(alerts(panel), ['The engine ended before it could answer.']);
      broken = false;
      await restart(panel);
      equal([alerts(panel), panel.all('h1').length], [[], 1]);
      broken = true;
      await restart(panel);
      equal(alerts(panel).length, 1);
      broken = false;
      await restart(panel);
      equal([alerts(panel), panel.all('h1').length], [[], 1]);
      ok(panel.all('figure').length > 1, 'its figures are back');
    });

  it('reads an interpolation that could not be read before, and removes the error', async () => {
    const [a, b] = [connectivityRun('kept', 1), connectivityRun('reset', 7)];
    let broken = true;
    const directories = [a.directory, b.directory];
    const answers = answersOf([a, b]);
    const snapshot = answers['run/snapshot'];
    answers['run/snapshot'] = (params) => {
      if (broken && params.directory === b.directory) throw new Error('gone');
      return snapshot(params);
    };
    const panel = await openPanel({ view: 'connectivity', directories }, { answers });
    equal([alerts(panel), panel.all('.bracket').length], [['gone'], 2]);
    broken = false;
    await restart(panel);
    equal([alerts(panel), panel.all('.bracket').length], [[], 4]);
  });

  for (const method of ['checkpoint/open', 'checkpoint/statistics'] as const)
    it(`repeats ${method} only if it failed`, async () => {
      let broken = true;
      const answers = failing(answersOf(study()), method, () => broken);
      const panel = await openPanel({ view: 'checkpoint', file: checkpointPath('aws', 6) }, { answers });
      equal(panel.all('.layers .bar').length, 0);
      broken = false;
      await restart(panel);
      ok(panel.all('.layers .bar').length > 0, 'the statistics are there');
      const before = asked(panel.host, method);
      await restart(panel);
      equal(asked(panel.host, method), before);
    });

  it('repeats a failed comparison', async () => {
    let broken = true;
    const answers = failing(answersOf(study()), 'checkpoint/compare', () => broken);
    const state = { view: 'compare', a: checkpointPath('aws', 6), b: checkpointPath('lrr', 6) } as const;
    const panel = await openPanel(state, { answers });
    equal(alerts(panel).length, 1);
    broken = false;
    await restart(panel);
    equal(alerts(panel), []);
    ok(panel.all('.comparison tbody tr').length > 0, 'the layers are listed');
  });

  it('shows the flips of a layer that could not be opened before', async () => {
    let broken = true;
    const answers = failing(answersOf(study()), 'checkpoint/open', () => broken);
    const panel = await openPanel({ view: 'flips', directory: `${FOLDER}/aws-seed1` }, { answers });
    panel.host.tell({ type: 'selected', selection: { directory: `${FOLDER}/aws-seed1`, round: 6, layer: 'conv1' } });
    await panel.settled();
    equal(alerts(panel).length, 1);
    broken = false;
    await restart(panel);
    equal([alerts(panel), panel.all('.viewport').length], [[], 1]);
  });
});

describe('a tile that failed', () => {
  const state = { view: 'checkpoint', file: checkpointPath('aws', 6) } as const;
  const LAYER = 'layer3.1.conv1'; // wider than one tile

  /** Opens a layer for which every tile at the right edge fails. */
  async function openBroken() {
    const broken = { now: true };
    const answers = answersOf(study());
    const picture = answers['checkpoint/picture'];
    answers['checkpoint/picture'] = (params) => {
      const { layer, region } = params;
      if (broken.now && layer === LAYER && region.x > 0) throw new Error('This tile cannot be read.');
      return picture(params);
    };
    const panel = await openPanel(state, { answers });
    panel.find(`tr[data-key="${LAYER}"]`).click();
    await panel.settled();
    const failures = () =>
      panel.host.requests.filter(({ method, params }) => {
        const { layer, region } = params as { layer: string; region?: { x: number } };
        return method === 'checkpoint/picture' && layer === LAYER && region!.x > 0;
      }).length;
    return { broken, panel, failures };
  }

  it('shows one error, does not affect other tiles, and is not requested again for the same view', async () => {
    const { panel, failures } = await openBroken();
    equal(alerts(panel), ['This tile cannot be read.']);
    const alert = panel.find('[role=alert]');
    const before = failures();
    ok(before > 0, 'the layer has tiles at its right');
    panel.find('[data-value="mask"]').click();
    await panel.settled();
    equal([failures(), panel.find('[role=alert]') === alert], [before, true]);
    ok(!panel.find('.picture').classList.contains('busy'), 'nothing is under way');
  });

  it('is requested again for the next view, and its error disappears when it arrives', async () => {
    const { broken, panel, failures } = await openBroken();
    const before = failures();
    broken.now = false;
    const { right, top, height } = panel.find('.viewport').getBoundingClientRect();
    await window.person.wheel(right - 4, top + height / 2, -120);
    await panel.settled();
    ok(failures() > before, 'asked again');
    equal(alerts(panel), []);
  });

  it('is requested again after the engine has restarted', async () => {
    const { broken, panel } = await openBroken();
    broken.now = false;
    await restart(panel);
    equal(alerts(panel), []);
  });
});
