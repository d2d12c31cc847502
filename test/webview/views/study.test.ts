import type { StudyDelta, StudySnapshot } from '../../../engine/protocol';
import type { SavedState } from '../../../webview/protocol';
import { equal, matches, ok } from '../assert';
import { centre, openPanel, until, type OpenPanel, type PanelOptions } from '../panel';
import {
  answersOfStudy,
  finishedStudy,
  longStudy,
  newStudy,
  runningStudy,
  singleStudy,
  slurmStudy,
  STUDY_FILE,
} from '../world/studies';

const state = { view: 'study', file: STUDY_FILE } as const;
const open = (study: StudySnapshot, options: PanelOptions = {}) =>
  openPanel(state, { answers: answersOfStudy(study), ...options });
const cell = ({ find }: OpenPanel) => find('.run-grid-cell');
const spoken = (panel: OpenPanel) => cell(panel).getAttribute('aria-label');
const button = (panel: OpenPanel, text: string) => panel.all('button').find(({ textContent }) => textContent === text);
const tip = (panel: OpenPanel) => panel.find('.tooltip');

async function press(panel: OpenPanel, ...keys: string[]): Promise<void> {
  for (const key of keys) await window.person.key(key);
  await panel.settled();
}

function deltaOf(study: StudySnapshot, more: Partial<StudyDelta>): StudyDelta {
  const { axes: _, runs: __, tables: ___, provenance: ____, ...summary } = study;
  return { file: STUDY_FILE, reset: false, runs: [], summary, ...more };
}

describe('study panel', () => {
  it('says what the study asks and found, how far it is, and where its numbers come from', async () => {
    const { find } = await open(runningStudy());
    equal(find('h1').textContent, 'transfer-gap');
    matches(find('.study-progress').textContent, /^33 of 40 runs · 2 running · 1 failed .* · 4 min left$/);
    matches(find('.study-question').textContent, /^Does a signed mask/);
    matches(
      find('.finding').textContent,
      /^At 6\.40 % kept, lrr: retrained 84\.\d\d % \(n = 1\), \d\.\d\d points below dense/,
    );
    matches(find('.study-origin').textContent, /33 of 40 runs in \/home\/.* over n runs\. .*Written by Winning Sign/);
    matches(
      find('figcaption').textContent,
      /difference from dense: in percent\. Lines: means over n runs; bands: ± 1 sample/,
    );
  });

  it('says which runs a changed file no longer describes, until they fit again', async () => {
    const changes = {
      conflicts: { runs: 2, first: ['search-lrr', 'search-aws'], nodes: ['search'], fields: ['rounds'] },
      unlisted: { directories: 1, first: ['dense-seed9'] },
    };
    const panel = await open({ ...finishedStudy(), changes });
    const [first, second] = panel.all('.warnings li').map(({ textContent }) => textContent);
    matches(
      first,
      /2 runs were made with other settings than .* now \("rounds"\): search-lrr, search-aws\. .* save the file under another/,
    );
    matches(second, /1 run directory does not belong to the study file any more: dense-seed9/);
    panel.host.tell({ type: 'event', event: 'study/changed', params: deltaOf(finishedStudy(), {}) });
    await panel.settled();
    equal(panel.all('.warnings li').length, 0);
  });

  it('says what its jobs in Slurm do, and what is wrong with them, until it is not', async () => {
    const panel = await open(slurmStudy());
    const text = (selector: string) =>
      panel
        .all(selector)
        .map(({ textContent }) => textContent)
        .join();
    matches(text('.study-jobs'), /^Slurm: 2 running on node7 · 9 pending \(PartitionDown\)$/);
    matches(text('.warnings li'), /the partition is down/);
    panel.host.tell({ type: 'event', event: 'study/changed', params: deltaOf(runningStudy(), {}) });
    await panel.settled();
    equal(text('.warnings li'), '');
    equal(panel.find('.study-jobs').hidden, true);
  });

  it('shows the table with mean, deviation, difference and n, and sorts it by any column', async () => {
    const panel = await open(finishedStudy());
    const rows = () => panel.all('.study-table tbody tr').map(({ textContent }) => textContent);
    equal(rows().length, 6);
    matches(rows()[0], /^lrr140\.0\d\d\.\d\d ± \d\.\d\d \([+−]\d\.\d\d ± \d\.\d\d\)/);
    equal(panel.find('.study-table h2').textContent, 'Mean ± s.d. (difference from dense), n = 2 runs');
    button(panel, 'signed mask')!.click();
    await panel.settled();
    matches(rows()[5], /^lrr3/); // the smallest accuracy is last
    button(panel, 'round')!.click();
    await panel.settled();
    equal(
      rows()
        .map((text) => text[3])
        .join(''),
      '112233',
    );
    const saved = panel.host.kept as SavedState;
    equal(saved.memory?.['sort'], { column: 'round', descending: false });
  });

  it('chooses among the tables, and remembers the choice for a reload', async () => {
    const panel = await open(finishedStudy());
    panel.find('[data-value="barrier"]').click();
    await panel.settled();
    matches(panel.find('.study-table').textContent, /fixed 0.*diverged/);
    equal(panel.all('.error-bars path').length, 9);
    const plot = panel.find('.plot');
    equal(panel.find('.plot > svg').getAttribute('width'), String(plot.clientWidth)); // beside its legend
    const kept = panel.host.kept;
    const again = await open(finishedStudy(), { kept });
    equal(again.find('[aria-checked="true"]').textContent, 'barrier');
    matches(again.find('figure h2').textContent, /^Barrier between/);
  });

  it('offers to run what is left, to stop, to export and to open, if the workspace is trusted', async () => {
    const panel = await open({ ...newStudy(), executing: false });
    equal(button(panel, 'Stop')!.hidden, true);
    for (const name of ['Run', 'Report', 'Open file']) button(panel, name)!.click();
    equal(
      panel.host.actions.map(({ action }) => action),
      ['runStudy', 'studyReport', 'openStudyFile'],
    );
    const running = await open(runningStudy());
    equal(button(running, 'Run')!.hidden, true);
    button(running, 'Stop')!.click();
    button(running, 'TEX')!.click();
    equal(running.host.actions, [
      { action: 'stopStudy', file: STUDY_FILE },
      { action: 'saveStudyTable', file: STUDY_FILE, table: 'accuracy', format: 'latex' },
    ]);
    const untrusted = await open(runningStudy(), { trusted: false });
    equal((button(untrusted, 'Stop') as HTMLButtonElement).disabled, true);
  });

  it('follows the study: a cell, the numbers and the table change without a new snapshot', async () => {
    const study = runningStudy();
    const panel = await open(study);
    const run = study.runs.find(({ name }) => name === 'ticket-aws-r03-signed-mask-seed2')!;
    const { progress: _, ...rest } = run;
    const runs = [{ ...rest, status: 'done' as const, value: 83.21 }];
    const { secondsLeft: __, ...later } = study;
    const counts = { ...study.counts, running: 1, done: 33 };
    panel.host.tell({
      type: 'event',
      event: 'study/changed',
      params: deltaOf({ ...later, counts }, { runs, tables: study.tables.slice(1) }),
    });
    await panel.settled();
    matches(panel.find('.study-progress').textContent, /^34 of 40 runs · 1 running .* stopped$/);
    matches(panel.find('.finding').textContent, /^full: near 0\.40 ± 0\.20 points \(n = 3\)/);
    button(panel, 'MD')!.scrollIntoView();
    panel.find('.study-runs .icon-button').click();
    await panel.settled();
    const row = panel.all('.study-runs tbody tr').find(({ textContent }) => textContent.startsWith(run.name));
    matches(row?.textContent, /done83\.2$/);
    equal(panel.host.requests.length, 1);
    panel.host.tell({ type: 'event', event: 'study/changed', params: deltaOf(study, { reset: true }) });
    await panel.settled();
    equal(panel.host.requests.length, 2);
  });

  it('says which mistake its file has, and what is wrong if it cannot be read', async () => {
    const panel = await open(finishedStudy());
    panel.host.tell({
      type: 'event',
      event: 'studies/changed',
      params: { file: STUDY_FILE, problem: 'Line 3: "axes" must be an object.' },
    });
    await panel.settled();
    matches(panel.find('.warnings').textContent, /Line 3/);
    const missing = await openPanel({ view: 'study', file: '/nowhere' }, { answers: answersOfStudy(finishedStudy()) });
    matches(missing.find('[role="alert"]').textContent, /\/nowhere was not found/);
  });

  it('says what will be here before there are results or tables', async () => {
    const panel = await open({ ...newStudy(), executing: false });
    matches(panel.find('.study-results .empty').textContent, /appears here when the first of its runs is done\.Run$/);
    const single = await open(singleStudy());
    matches(single.find('.study-results .empty').textContent, /has no tables\. Add “results”.*Open file$/);
  });
});

describe('the matrix of runs', () => {
  it('is one tab stop, speaks each cell, shows its tooltip, and opens it with Enter', async () => {
    const panel = await open(runningStudy());
    equal(panel.all('.run-grid [tabindex="0"]').length, 1);
    cell(panel).focus();
    await press(panel, 'ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight');
    matches(
      spoken(panel),
      /^search-lrr-seed1, round 1; search · lrr · round 1; done; .* test accuracy at 40\.0 % kept/,
    );
    equal(document.activeElement === cell(panel), true);
    ok(tip(panel).classList.contains('shown'), 'the tooltip is not shown');
    matches(tip(panel).textContent, /test accuracy at 40\.0 % kept/);
    await press(panel, 'Enter', 'ArrowUp', 'Home', 'Enter');
    equal(
      panel.host.actions.map((action) =>
        Object.values(action)
          .join(' ')
          .replace(/\/.*\//, ''),
      ),
      ['openCheckpoint round-01.safetensors', 'openRun dense-seed3'],
    );
  });

  it('opens nothing for a run that has not begun', async () => {
    const panel = await open(newStudy());
    cell(panel).focus();
    await press(panel, 'Enter');
    matches(spoken(panel), /^dense-seed2; dense · seed 2; queued$/);
    equal(panel.host.actions, []);
  });

  it('goes to the next run of a status', async () => {
    const panel = await open(longStudy());
    const failed = panel.find('[data-status="failed"]');
    failed.click();
    await panel.settled();
    matches(spoken(panel), /; failed; Out of memory\.; Enter opens the run/);
    const first = spoken(panel);
    failed.click();
    await panel.settled();
    ok(spoken(panel) !== first, 'the same run');
    const { top, bottom } = cell(panel).getBoundingClientRect();
    const box = panel.find('.run-grid').getBoundingClientRect();
    ok(top >= box.top && bottom <= box.bottom, 'the cell is not in view');
  });

  it('opens the cell under the mouse, and remembers it for a reload', async () => {
    const panel = await open(runningStudy());
    panel.find('.run-grid').scrollIntoView();
    cell(panel).focus();
    await press(panel, 'ArrowDown', 'End');
    const [x, y] = centre(cell(panel));
    await window.person.click(x, y + 2 * 20);
    await panel.settled();
    const [action] = panel.host.actions;
    equal(action?.action, 'openRun');
    const saved = panel.host.kept as SavedState;
    equal(saved.memory?.['cell'], { row: 3, column: 4 });
    const again = await open(runningStudy(), { kept: panel.host.kept });
    equal(cell(again).getAttribute('aria-colindex'), '5');
  });

  it('has a table behind it (T), which is remembered', async () => {
    const panel = await open(longStudy());
    cell(panel).focus();
    await press(panel, 't');
    ok(panel.find('.run-grid').hidden, 'the matrix is still shown');
    await until(() => panel.all('.study-runs tbody tr').length > 10, 'rows of the table');
    ok(panel.all('.study-runs tbody tr').length < 200, 'all rows are drawn');
    const again = await open(longStudy(), { kept: panel.host.kept });
    ok(again.find('.run-grid').hidden, 'the choice was forgotten');
  });

  it('draws only what is in view of ten thousand runs', async () => {
    const panel = await open(longStudy());
    const canvas = panel.find('.run-grid canvas') as HTMLCanvasElement;
    ok(canvas.clientHeight < 1000, `the canvas is ${canvas.clientHeight} px high`);
    ok(panel.find('.run-grid').scrollHeight > 8000, 'the matrix does not scroll');
  });
});
