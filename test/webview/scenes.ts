/** Scenes for tests and screenshots: each panel in its important states. */
import type { PanelState } from '../../webview/protocol';
import { centre, type OpenPanel, type PanelOptions } from './panel';
import { FOLDER, runningRun, searchRun, waitingRun, withReestimated } from './world/runs';
import { answersWithChoices } from './world/choices';
import { checkpointPath } from './world/checkpoints';
import { surfaceRun, unfinished } from './world/surface';
import { ticketStudy } from './world/tickets';
import { manyRuns } from './world/manyRuns';
import {
  answersOfStudy,
  finishedStudy,
  longStudy,
  newStudy,
  runningStudy,
  singleStudy,
  slurmStudy,
  STUDY_FILE,
} from './world/studies';
import { answersOf, study } from './world/world';

export interface Scene {
  state: PanelState;
  options?: PanelOptions;
  /** Actions of the user after the panel has opened. */
  then?: (panel: OpenPanel) => Promise<void>;
}

const running = runningRun();
const waiting = waitingRun();
const seeds = [1, 2, 3].map((seed) => searchRun('aws', seed));

const study_ = { view: 'study', file: STUDY_FILE } as const;

export const SCENES: Record<string, Scene> = {
  study: { state: study_, options: { answers: answersOfStudy(finishedStudy()) } },
  'study-live': { state: study_, options: { answers: answersOfStudy(runningStudy()) } },
  'study-slurm': { state: study_, options: { answers: answersOfStudy(slurmStudy()) } },
  'study-new': { state: study_, options: { answers: answersOfStudy(newStudy()) } },
  'study-single': { state: study_, options: { answers: answersOfStudy(singleStudy()) } },
  'study-long': { state: study_, options: { answers: answersOfStudy(longStudy()) } },
  'study-marks': {
    state: study_,
    options: { answers: answersOfStudy(finishedStudy()) },
    then: async ({ find, settled }) => {
      find('[data-value="barrier"]').click();
      await settled();
    },
  },
  'study-tables': {
    state: study_,
    options: { answers: answersOfStudy(runningStudy()) },
    then: async ({ all, settled }) => {
      for (const toggle of all('button[aria-label^="Show as table"]')) toggle.click();
      await settled();
    },
  },
  'study-missing': {
    state: { view: 'study', file: '/nowhere.study.json' },
    options: { answers: answersOfStudy(finishedStudy()) },
  },
  run: { state: { view: 'run', directory: `${FOLDER}/aws-seed1` } },
  'run-live': {
    state: { view: 'run', directory: running.directory },
    options: { answers: answersOf([running, ...study().slice(1)]) },
  },
  'run-waiting': { state: { view: 'run', directory: waiting.directory }, options: { answers: answersOf([waiting]) } },
  'run-seeds': { state: { view: 'run', directory: `${FOLDER}/aws-seed1` }, options: { answers: answersOf(seeds) } },
  'run-tickets': {
    state: { view: 'run', directory: `${FOLDER}/aws-seed1` },
    options: { answers: answersOf(ticketStudy()) },
  },
  'run-reestimated': {
    state: { view: 'run', directory: `${FOLDER}/aws-seed1` },
    options: { answers: answersOf([withReestimated(searchRun('aws', 1), 45), ...study().slice(1)]) },
  },
  'run-normalization': {
    state: { view: 'run', directory: `${FOLDER}/aws-seed1` },
    then: async ({ find, settled }) => {
      find('.rounds tbody tr:nth-child(4)').click();
      find('.normalization').scrollIntoView();
      await settled();
    },
  },
  'run-signs': {
    state: { view: 'run', directory: `${FOLDER}/signed-mask-8` },
    then: async ({ find, settled }) => {
      find('.signs').scrollIntoView();
      await settled();
    },
  },
  'run-train': { state: { view: 'run', directory: `${FOLDER}/signed-mask-8` } },
  runs: { state: { view: 'runs' }, options: { answers: answersOf(manyRuns(40)) } },
  'runs-grouped': {
    state: { view: 'runs' },
    options: { answers: answersOf(manyRuns(40)) },
    then: async ({ find, settled }) => {
      const group = find('.runs-toolbar select') as HTMLSelectElement;
      group.value = 'done';
      group.dispatchEvent(new Event('change'));
      await settled();
      find('[data-key^="group:signed"] .run-name').click();
      await settled();
    },
  },
  'runs-columns': {
    state: { view: 'runs' },
    options: { answers: answersOf(manyRuns(40)) },
    then: async ({ find, settled }) => {
      find('.runs-toolbar > .button').click();
      await settled();
    },
  },
  'runs-plot': {
    state: { view: 'runs' },
    options: { answers: answersOf(manyRuns(40)) },
    then: async ({ find, all, settled }) => {
      for (const mark of all('.runs-table tbody .check').slice(0, 24)) mark.click();
      find('.run-actions [title^="Plot"]').click();
      await settled();
    },
  },
  'runs-empty': { state: { view: 'runs' }, options: { answers: answersOf([]) } },
  'run-missing': { state: { view: 'run', directory: '/nowhere' } },
  checkpoint: { state: { view: 'checkpoint', file: checkpointPath('aws', 6) } },
  'checkpoint-choices': {
    state: { view: 'checkpoint', file: checkpointPath('aws', 6) },
    options: { answers: answersWithChoices(), choices: { layers: 'layer1*', state: 'ema' } },
  },
  'checkpoint-nothing': {
    state: { view: 'checkpoint', file: checkpointPath('aws', 6) },
    options: { answers: answersWithChoices('') },
  },
  'checkpoint-zoomed': {
    state: { view: 'checkpoint', file: checkpointPath('aws', 6) },
    then: async ({ find, settled }) => {
      find('tr[data-key="layer3.0.conv1"]').click();
      await settled();
      const [x, y] = centre(find('.viewport'));
      await window.person.wheel(x, y, -900);
      await settled();
      await window.person.move(x + 20, y + 10);
      await new Promise((resolve) => setTimeout(resolve, 150));
    },
  },
  'checkpoint-overview': {
    state: { view: 'checkpoint', file: checkpointPath('aws', 6) },
    then: async ({ find, settled }) => {
      find('[data-value="overview"]').click();
      await settled();
    },
  },
  'checkpoint-grouped': {
    state: { view: 'checkpoint', file: checkpointPath('aws', 6) },
    then: async ({ find, settled }) => {
      find('[data-value="overview"]').click();
      find('button[title="Group by module"]').click();
      find('tr[data-key="layer2.*"]').click();
      await settled();
    },
  },
  flips: {
    state: { view: 'flips', directory: `${FOLDER}/aws-seed1` },
    then: async ({ find, settled }) => {
      const { left, top } = find('.figure-body').getBoundingClientRect();
      await window.person.click(left + 220, top + 150);
      await settled();
    },
  },
  series: { state: { view: 'series', targets: [`${FOLDER}/aws-seed1/checkpoints`] } },
  'series-flips': {
    state: { view: 'series', targets: [`${FOLDER}/aws-seed1/checkpoints`] },
    then: async ({ find, settled }) => {
      find('[data-value="sincePrevious"]').click();
      await settled();
    },
  },
  connectivity: { state: { view: 'connectivity', directories: [`${FOLDER}/reset`] } },
  'connectivity-many': {
    state: { view: 'connectivity', directories: ['kept', 'reset', 'far'].map((name) => `${FOLDER}/${name}`) },
  },
  surface: { state: { view: 'connectivity', directories: [`${FOLDER}/surface`] } },
  'surface-loss': {
    state: { view: 'connectivity', directories: [`${FOLDER}/surface`] },
    then: async ({ find, settled }) => {
      find('[data-value="testLoss"]').click();
      await settled();
    },
  },
  'surface-live': {
    state: { view: 'connectivity', directories: [`${FOLDER}/surface`] },
    options: { answers: answersOf([unfinished(surfaceRun('surface'), 140)]) },
  },
  'compare-swipe': {
    state: { view: 'compare', a: checkpointPath('aws', 2), b: checkpointPath('aws', 6) },
    then: async ({ find, settled }) => {
      find('[data-value="swipe"]').click();
      await settled();
    },
  },
  'compare-blink': {
    state: { view: 'compare', a: checkpointPath('aws', 2), b: checkpointPath('aws', 6) },
    then: async ({ find, settled }) => {
      document.body.classList.add('vscode-reduce-motion');
      find('[data-value="blink"]').click();
      await settled();
    },
  },
  'compare-jump': {
    state: { view: 'compare', a: checkpointPath('aws', 6), b: checkpointPath('lrr', 6) },
    then: async ({ all, settled }) => {
      all('button')
        .find(({ textContent }) => textContent === 'Largest disagreement')!
        .click();
      await settled();
      await settled();
    },
  },
  matrix: {
    state: {
      view: 'matrix',
      files: [
        ...[0, 2, 6].map((round) => checkpointPath('aws', round)),
        checkpointPath('lrr', 6),
        `${FOLDER}/other.pt`,
      ],
    },
  },
  'compare-matching': {
    state: { view: 'compare', a: checkpointPath('aws', 6), b: checkpointPath('lrr', 6) },
    options: { matched: [{ a: checkpointPath('aws', 6), b: checkpointPath('lrr', 6), map: [['conv1', 'conv1']] }] },
    then: ({ find }) => {
      find('.matching summary').click();
      return Promise.resolve();
    },
  },
  compare: { state: { view: 'compare', a: checkpointPath('aws', 6), b: checkpointPath('lrr', 6) } },
};
