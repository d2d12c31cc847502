/** Formats checkpoints and comparisons for the terminal. */
import { MASK_CHANCE, SIGMA, sigmaText, SIGN_CHANCE } from '../vocabulary/chance';
import type { LeftOut } from '../vocabulary/checkpoint';
import type { Comparison, Inspection, LayerComparison } from '../vocabulary/inspection';
import { leftOutTexts, noLayerText, ruleText } from '../vocabulary/layerRules';
import { nameText } from '../vocabulary/layerNames';
import { matchingSentences } from '../vocabulary/matching';
import { percent, tensorNumber } from '../vocabulary/numbers';
import { intendedPattern } from '../vocabulary/overview';
import { oneLine } from '../vocabulary/text';
import { table, WIDEST_CELL } from './format';
import { keptZeroLines, quantizedLines, sparsityLine } from './inspectionLines';
import { overviewLines } from './overviewLines';

export function formatInspection(inspection: Inspection): string {
  const { file, format, tensors, uncounted = [], layers, rule, leftOut, maskFile, warnings = [] } = inspection;
  const patterns = layers.map(({ structure }) => (structure ? intendedPattern(structure) : 'none'));
  const hasPattern = patterns.some((pattern) => pattern !== 'none');
  const layerRows = layers.map(({ name, maskRule, count, kept, sparsity: pruned, positive, negative }, i) => [
    ...[nameText(name), maskRule, String(count), String(kept)],
    ...[maskRule === 'quantized' ? '–' : percent(pruned), String(positive), String(negative)],
    ...(hasPattern ? [patterns[i] === 'none' ? '–' : patterns[i]!] : []),
  ]);
  return [
    `${oneLine(file)}: ${format}, ${tensors.length} ${tensors.length === 1 ? 'tensor' : 'tensors'}`,
    ...stateLines(inspection),
    ...(layers.length > 0
      ? [
          sparsityLine(inspection),
          ...(maskFile === undefined ? [] : [`masks from ${oneLine(maskFile)}`]),
          ...ruleLines(rule, leftOut),
          table([
            ['layer', 'mask', 'weights', 'kept', 'sparsity', '+', '−', ...(hasPattern ? ['N:M'] : [])],
            ...layerRows,
          ]),
          ...keptZeroLines(inspection),
          ...overviewLines(inspection),
        ]
      : [oneLine(noLayerText(leftOut)), tensorTable(tensors)]),
    ...warnings.map((warning) => oneLine(`warning: ${warning}`)),
    ...tensors.flatMap(({ name, nans, infs }) =>
      nans + infs > 0 ? [`not finite: ${nans} NaN and ${infs} infinite values in ${nameText(name)}`] : [],
    ),
    ...quantizedLines(tensors),
    ...uncounted.map(
      ({ name, dtype, reason }) =>
        `not counted: ${nameText(name)}, which is ${oneLine(dtype)}${reason === undefined ? '' : `: ${reason}`}`,
    ),
  ].join('\n');
}

const CORRELATION =
  'r of |w|: the correlation of the magnitudes in A and B, among the weights kept in both. The total is over the weights of all layers, so layers of different scale raise it.';

function correlationText(correlation = NaN): string {
  return Number.isFinite(correlation) ? correlation.toFixed(2).replace('-', '−') : '–';
}

/** Says which state dict is shown, if the file has several. */
function stateLines({ state, states = [], layers }: Inspection): string[] {
  const others = states.filter((name) => name !== state).map((name) => `“${name}”`);
  if (others.length === 0) return [];
  const isIn = (layer: string) =>
    states.some((name) => /^[./]/.test(layer.slice(name.length)) && layer.startsWith(name));
  if (state === undefined && layers.length > 0 && layers.every(({ name }) => isIn(name)))
    return [oneLine(`the networks ${others.join(', ')} are counted together; --state NAME shows one of them`)];
  const shown = state === undefined ? 'the tensors outside of state dicts are shown' : `state dict “${state}” is shown`;
  return [oneLine(`${shown}; the file also has ${others.join(', ')} (--state NAME)`)];
}

/** Says which layers count as prunable, and which do not. */
function ruleLines(rule: string, leftOut: readonly LeftOut[], side = ''): string[] {
  return [`prunable${side}: ${ruleText(rule)}`, ...leftOutTexts(leftOut).map((text) => `left out${side}: ${text}`)].map(
    oneLine,
  );
}

/** Greatest number of rows in a table of tensors. */
const MOST_TENSORS = 50;

function tensorTable(tensors: Inspection['tensors']): string {
  const rows = tensors
    .slice(0, MOST_TENSORS)
    .map(({ name, dtype, shape, count, zeros, min, max }) => [
      nameText(name),
      dtype,
      shape.join(' × ') || '–',
      ...[count, zeros].map(String),
      ...[min, max].map((value) => (Number.isFinite(value) ? tensorNumber(value, dtype) : '–')),
    ]);
  const more = tensors.length - rows.length;
  return [
    table([['tensor', 'type', 'shape', 'numbers', 'zeros', 'smallest', 'largest'], ...rows]),
    ...(more > 0 ? [`and ${more} more; --json has all`] : []),
  ].join('\n');
}

export function formatComparison({ a, b, layers, total, unmatched, rules, leftOut, ...rest }: Comparison): string {
  const { states = {}, maskFiles = {}, warnings = [] } = rest;
  const rows = [...layers, { ...total, name: 'total' }].map((layer) => [
    ...[pairText(layer), layer.keptBoth, layer.onlyA, layer.onlyB].map(String),
    ...(layer.neither === layer.count
      ? ['–', '–', '–']
      : [percent(layer.iou), percent(layer.chanceIou), sigmaText(layer.maskSigma)]),
    ...[
      String(layer.flipped),
      percent(layer.signAgreement),
      percent(layer.chanceAgreement),
      sigmaText(layer.signSigma),
      correlationText(layer.magnitudeCorrelation),
    ],
  ]);
  const masksHead = ['kept both', 'only A', 'only B', 'IoU', 'chance', 'σ'];
  const header = ['layer', ...masksHead, 'flipped', 'same sign', 'chance', 'σ', 'r of |w|'];
  const odd = unmatched.map(
    ({ name, side, reason }) => `not compared: ${nameText(name)} of ${side.toUpperCase()}: ${oneLine(reason)}`,
  );
  const matched = matchingSentences(layers).map(oneLine);
  const shown = Object.entries(states).map(([side, name]) => oneLine(`state dict of ${side.toUpperCase()}: ${name}`));
  const masks = Object.entries(maskFiles).map(([side, file]) => oneLine(`masks of ${side.toUpperCase()} from ${file}`));
  const [linesA, linesB] = [ruleLines(rules.a, leftOut.a, ' in A'), ruleLines(rules.b, leftOut.b, ' in B')];
  const chosen =
    rules.a === rules.b ? [...ruleLines(rules.a, []), ...linesA.slice(1), ...linesB.slice(1)] : [...linesA, ...linesB];
  return [
    ...[`A ${oneLine(a)}`, `B ${oneLine(b)}`],
    ...[
      ...shown,
      ...masks,
      ...chosen,
      ...matched,
      table([header, ...rows]),
      MASK_CHANCE,
      SIGN_CHANCE,
      SIGMA,
      CORRELATION,
      ...odd,
    ],
    ...warnings.map((warning) => oneLine(`warning: ${warning}`)),
  ].join('\n');
}

/** Returns the name of a layer. Layers that were matched by hand have both names. */
function pairText({ name, match }: LayerComparison): string {
  if (match?.by !== 'map') return nameText(name);
  const most = Math.floor((WIDEST_CELL - 3) / 2);
  return [name, match.nameB ?? name].map((one) => nameText(one, most)).join(' ↔ ');
}
