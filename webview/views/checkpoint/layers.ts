/** The columns of a checkpoint's layers, and their table for exports. */
import type { CheckpointHeader, Inspection, LayerParts } from '../../../engine/protocol';
import { drawBar, type Share } from '../../charts/bars';
import { h, icon } from '../../dom';
import { count, percent, plural } from '../../format';
import type { DataTable } from '../../parts/dataTable';
import { ListNames } from '../../parts/names';
import type { Column } from '../../parts/table';
import { readTheme, type Theme } from '../../theme';
import { moduleName } from '../picture/source';
import type { LayerNumbers, LayerRow } from './layerTree';

/** Returns all numbers of the layers, in the order of the file. Numbers that the engine did not send are left out. */
export function layersTable({ layers }: CheckpointHeader, inspection: Inspection | undefined): DataTable {
  const statistics = new Map(inspection?.layers.map((layer) => [layer.name, layer]));
  const columns = ['layer', 'shape', 'mask', 'weights', 'kept', 'positive', 'negative'];
  const structured = inspection?.layers.some(({ structure }) => structure) ?? false;
  const more = [
    'pattern',
    'outputs',
    'deadOutputs',
    'inputs',
    'deadInputs',
    'kernels',
    'deadKernels',
    'heads',
    'deadHeads',
    'smallestKept',
  ];
  const rows = layers.map(({ name, shape, count: weights, maskRule }) => {
    const { kept, positive, negative, structure, magnitudes } = statistics.get(name) ?? {};
    const { pattern, outputs, inputs, kernels, heads } = structure ?? {};
    const parts = [outputs, inputs, kernels, heads].flatMap((one) => [one?.count, one?.dead]);
    const added = [pattern, ...parts, magnitudes?.smallestKept ?? undefined];
    return [name, shape.join('x'), maskRule, weights, kept, positive, negative, ...(structured ? added : [])];
  });
  return { columns: structured ? [...columns, ...more] : columns, rows };
}

/** Returns the largest |w| of a layer, or 1 until the weights have been read. */
export function largestWeight(inspection: Inspection | undefined, layer: string): number {
  const tensor = inspection?.tensors.find(({ name }) => name === layer || name === `${layer}.weight`);
  return tensor ? Math.max(Math.abs(tensor.min), Math.abs(tensor.max)) : 1;
}

type LayerColumn = Column<LayerRow>;

/** Draws names so that what tells layers apart stays visible. */
export function namesOf({ layers }: CheckpointHeader): ListNames {
  return new ListNames(layers.map(({ name }) => moduleName(name)));
}

/** Returns the columns of the list beside the picture: name, kept share and signs of a layer. Small bars show the shares. */
export function layerColumns(names: ListNames): LayerColumn[] {
  return shareColumns(names, readTheme());
}

/** Returns the columns of the overview. Columns without any number are left out. */
export function overviewColumns(names: ListNames, rows: readonly LayerRow[]): LayerColumn[] {
  const theme = readTheme();
  const has = (of: (numbers: LayerNumbers) => unknown) => rows.some(({ numbers }) => of(numbers) !== undefined);
  const most = rows.reduce((max, { header, numbers }) => (header ? Math.max(max, numbers.count) : max), 0);
  const parts = (title: string, hint: string, of: (numbers: LayerNumbers) => LayerParts | undefined) =>
    has(of) ? [partsColumn({ title, hint, of, theme })] : [];
  return [
    { title: '#', hint: 'position in the file', numeric: true, ascending: true, value: ({ place }) => place, text: ({ header, place }) => (header ? String(place) : '') },
    ...shareColumns(names, theme),
    { title: 'weights', hint: 'number of weights; the bar is relative to the largest layer', numeric: true, value: ({ numbers }) => numbers.count, draw: drawSize(most, theme) },
    ...(has(({ pattern }) => pattern) ? [patternColumn] : []),
    ...parts('dead filters', 'filters, output channels or neurons whose weights are all pruned', ({ outputs }) => outputs),
    ...parts('dead inputs', 'input channels or features whose weights are all pruned', ({ inputs }) => inputs),
    ...parts('dead kernels', 'kernels of a convolution, from one input to one output, whose weights are all pruned', ({ kernels }) => kernels),
    ...parts('dead heads', 'attention heads whose weights are all pruned', ({ heads }) => heads),
  ]; // prettier-ignore
}

function shareColumns(names: ListNames, theme: Theme): LayerColumn[] {
  const kept = ({ numbers }: LayerRow) => (numbers.kept === undefined ? undefined : numbers.kept / numbers.count);
  const hint = 'kept share of the weights';
  return [
    { title: 'layer', draw: drawName(names), value: ({ label }) => label },
    { title: 'kept', hint, numeric: true, value: kept, draw: drawKept(theme) },
    { title: '%', hint, numeric: true, text: (row) => (row.numbers.kept === undefined ? '' : percent(kept(row)!)) },
    {
      title: '+ / −',
      hint: 'signs of the kept weights; sorted by the share of +',
      numeric: true,
      value: ({ numbers: { positive, kept: all } }) => (positive === undefined ? undefined : positive / all!),
      draw: drawSigns(theme),
    },
  ];
}

const patternColumn: LayerColumn = {
  title: 'N:M',
  hint: 'the strictest N:M pattern: of every M weights along the input axis, at most N are kept; not shown if a random mask would fit it too',
  value: ({ numbers: { pattern } }) => (pattern === 'none' ? undefined : pattern),
  text: ({ numbers: { pattern } }) => (pattern === 'none' ? '–' : (pattern ?? '')),
};

const drawName =
  (names: ListNames) =>
  (cell: HTMLElement, row: LayerRow): void => {
    const { label, header, layers, depth, expanded, numbers } = row;
    cell.style.setProperty('--depth', String(depth));
    const weights = `${count(numbers.count)} weights`;
    cell.title = header
      ? `${moduleName(header.name)}, ${header.shape.join(' × ')}, ${weights}, mask: ${header.maskRule}`
      : `${label}: ${plural(layers.length, 'layer')}, ${weights}`;
    cell.classList.add('name');
    if (header && moduleName(header.name) === label) {
      names.draw(cell, label);
      return;
    }
    const twist = expanded !== undefined && icon(expanded ? 'chevron-down' : 'chevron-right');
    const size = !header && h('span', { class: 'layer-count' }, ` ${count(layers.length)}`);
    cell.replaceChildren(...[twist, h('span', { class: 'label' }, label), size].filter((part) => part !== false));
  };

const drawKept =
  ({ neutral }: Theme) =>
  (cell: HTMLElement, { numbers: { kept, count: all } }: LayerRow): void => {
    if (kept === undefined) return;
    drawBar(cell, [{ share: kept / all, color: neutral }], `kept ${count(kept)} of ${count(all)}`);
  };

const drawSigns =
  (theme: Theme) =>
  (cell: HTMLElement, { numbers: { kept = 0, positive, negative } }: LayerRow): void => {
    if (positive === undefined || negative === undefined) return;
    const shares: Share[] = [
      { share: positive / kept || 0, color: theme.positive },
      { share: negative / kept || 0, color: theme.negative },
    ];
    const [plus, minus] = [positive, negative].map((one) => `${count(one)} (${percent(one / kept)})`);
    drawBar(cell, shares, `+ ${plus}, − ${minus}`);
  };

const drawSize =
  (most: number, { neutral }: Theme) =>
  (cell: HTMLElement, { header, numbers }: LayerRow): void => {
    const share = header ? numbers.count / most : undefined;
    drawNumberAndBar(cell, count(numbers.count), share === undefined ? undefined : [{ share, color: neutral }]);
  };

function partsColumn(options: {
  title: string;
  hint: string;
  of: (numbers: LayerNumbers) => LayerParts | undefined;
  theme: Theme;
}): LayerColumn {
  const { title, hint, of, theme } = options;
  const share = ({ numbers }: LayerRow) => {
    const parts = of(numbers);
    return parts && parts.dead / parts.count;
  };
  const draw = (cell: HTMLElement, row: LayerRow) => {
    const parts = of(row.numbers);
    if (!parts) return;
    const bar = parts.dead > 0 ? [{ share: share(row)!, color: theme.foreground }] : undefined;
    drawNumberAndBar(cell, `${count(parts.dead)} of ${count(parts.count)}`, bar);
    cell.classList.toggle('none', parts.dead === 0);
  };
  return { title, hint, numeric: true, value: share, draw };
}

/** Shows a number, and a bar at its right. The bar says the same, so screen readers skip it. */
function drawNumberAndBar(cell: HTMLElement, text: string, shares: readonly Share[] | undefined): void {
  const holder = h('span', { class: 'bar-holder', 'aria-hidden': 'true' });
  cell.replaceChildren(h('span', {}, text), holder);
  if (shares) drawBar(holder, shares, text);
}
