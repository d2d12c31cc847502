import { equal, matches, near, ok } from '../assert';
import { centre, openPanel, until, type OpenPanel } from '../panel';
import { FOLDER } from '../world/runs';
import { ticketStudy } from '../world/tickets';
import { answersOf } from '../world/world';

const state = { view: 'run', directory: `${FOLDER}/aws-seed1` } as const;
const answers = answersOf(ticketStudy());
const open = (kept?: unknown) => openPanel(state, { answers, kept });

function rows({ all }: OpenPanel): string[][] {
  return all('.line-legend tbody tr').map((row) =>
    [...row.children].map(({ textContent }) => textContent.replaceAll('\u00a0', ' ')),
  );
}

function ticks({ all }: OpenPanel, axis: 'x' | 'y'): number[] {
  return all(`figure.line-figure .${axis}-axis .tick`).map(({ textContent }) => Number(textContent));
}

describe('the accuracy chart of the run panel', () => {
  it('has a legend in the order of the values at the right edge, with n, deviation and the gap to dense', async () => {
    const panel = await open();
    const found = rows(panel);
    const values = found.map(([, , value]) => Number.parseFloat(value!));
    equal(
      values,
      [...values].sort((a, b) => b - a),
      'order',
    );
    equal(found[0]!.slice(0, 3), ['dense', '2', '93.3 ± 0.1 %']);
    const [name, n, value, gap] = found.find(([first]) => first === 'aws · signed mask')!;
    equal([name, n], ['aws · signed mask', '2']);
    near(Number(gap!.replace('−', '-')), Number.parseFloat(value!) - 93.3, 0.11, 'gap');
    equal(
      panel.all('.line-legend thead th').map(({ textContent }) => textContent),
      ['n', 'at 17 % kept', 'to dense'],
    );
    equal(panel.all('.end-label').length, panel.all('figure:not(.line-figure) .end-label').length);
  });

  it('is not squeezed by a low point of a search: an arrow marks the point, and zooming out shows it', async () => {
    const panel = await open();
    ok(Math.min(...ticks(panel, 'y')) > 85, `the axis begins at ${Math.min(...ticks(panel, 'y'))}`);
    const arrows = panel.all('.below path');
    equal(new Set(arrows.map((arrow) => arrow.dataset['row'])).size, 2, 'one arrow for each search');
    matches(arrows[0]!.getAttribute('aria-label'), /71\.3.*below the axis/);
    for (let i = 0; i < 3; i++) panel.find('button[title^="Zoom out"]').click();
    await panel.settled();
    ok(Math.min(...ticks(panel, 'y')) < 76, 'the whole range');
    equal(panel.all('.below path').length, 0);
  });

  it('brings a line forward while its row has the pointer or the focus, and hides it by click or Enter', async () => {
    const panel = await open();
    const row = () =>
      panel.all('.line-legend tr').find(({ textContent }) => textContent.startsWith('aws · mask only'))!;
    await window.person.move(...centre(row()));
    await until(() => panel.all('.plot .line.forward').length > 0, 'a line in front');
    const key = row().dataset['row'];
    equal(
      panel.all('.plot .forward').every((element) => element.dataset['row'] === key),
      true,
    );
    row().querySelector('button')!.focus();
    await window.person.key('Enter');
    await panel.settled();
    equal(panel.all(`.plot [data-row="${key}"]`).length, 0, 'marks of the hidden line');
    equal(row().querySelector('button')!.getAttribute('aria-pressed'), 'false');
    ok(document.activeElement === row().querySelector('button'), 'the row keeps the focus');
    const again = await open(panel.host.kept);
    equal(again.all('.hidden-line').length, 1, 'it stays hidden after a reload');
    again.find('.hidden-line').click();
    await again.settled();
    ok(again.all(`.plot [data-row="${key}"]`).length > 0, 'the line is back');
  });

  it('zooms into a range that is dragged, and back by double click', async () => {
    const panel = await open();
    const before = ticks(panel, 'x');
    const { left, top, width, height } = panel.find('.plot').getBoundingClientRect();
    await window.person.drag([left + width * 0.5, top + height * 0.3], [left + width * 0.8, top + height * 0.6]);
    await panel.settled();
    const after = ticks(panel, 'x');
    ok(Math.max(...after) < 60 && Math.min(...after) > 20, `ticks ${after.join(', ')}`);
    const dot = panel.all('.plot .point').map(({ dataset }) => dataset['row']);
    ok(dot.length > 0, 'points in the range');
    panel.find('.plot').dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await panel.settled();
    equal(ticks(panel, 'x'), before);
  });

  it('zooms and moves by keyboard, about the point that has the focus', async () => {
    const panel = await open();
    const point = panel.find('.plot .point[data-key="4"]');
    point.focus();
    const [x] = centre(point);
    await window.person.key('+');
    await panel.settled();
    const zoomed = panel.find('.plot .point[data-key="4"]');
    near(centre(zoomed)[0], x, 1, 'the point stays at its place');
    const low = Math.min(...ticks(panel, 'y'));
    await window.person.key('Shift+ArrowUp');
    await window.person.key('Shift+ArrowUp');
    await panel.settled();
    ok(Math.min(...ticks(panel, 'y')) > low, 'it moved up');
    await window.person.key('0');
    await panel.settled();
    equal(panel.find('button[title^="Back to all"]').hidden, true);
  });

  it('shows the official measure faintly on demand, with the reason why it is low', async () => {
    const panel = await open();
    ok(!rows(panel).some(([name]) => name!.endsWith('official')), 'only on demand');
    panel.find('.line-controls input').click();
    await panel.settled();
    equal(rows(panel).filter(([name]) => name!.endsWith('official')).length, 2);
    equal(panel.all('.plot .line.faint').length, 2);
    matches(panel.find('.line-figure figcaption').textContent, /Faint: as the official code measures it\. .*too low/);
    const again = await open(panel.host.kept);
    equal(again.all('.plot .line.faint').length, 2, 'it is remembered');
  });

  it('exports the legend with the chart', async () => {
    const panel = await open();
    panel.find('.line-legend tbody tr:last-child').click();
    await panel.settled();
    panel.find('.line-figure button[title="Save as SVG"]').click();
    const [saved] = panel.host.actions;
    ok(saved?.action === 'save', 'a file');
    ok(
      saved.content.includes('>aws · signed mask<') && saved.content.includes('>at 17 % kept<'),
      'texts of the legend',
    );
    ok(!saved.content.includes('>lrr · search<'), 'hidden lines are left out');
  });
});
