/** The part of a report about one file. */
import { nameText } from '../vocabulary/layerNames';
import { leftOutTexts, noLayerText, ruleText } from '../vocabulary/layerRules';
import { percent, significant } from '../vocabulary/numbers';
import { isSparsityUnknown, UNKNOWN_SPARSITY } from '../vocabulary/sparsityWords';
import { html, type Html } from './html';
import type { MeasuredFile, MeasuredLayer } from './measure';
import type { SignPicture } from './signPicture';

const BAR_WIDTH = 120;
const BAR_HEIGHT = 12;
/** Metadata with more characters than this is cut. */
const LONGEST_VALUE = 300;

export function fileSection(measured: MeasuredFile, name: string): Html {
  const { file, bytes, sha256, inspection, metadata, layers } = measured;
  const rows = Object.entries(metadata).map(
    ([key, value]) =>
      html`<tr>
        <td>${key}</td>
        <td class="text"><code>${cut(value)}</code></td>
      </tr>`,
  );
  return html`<section>
    <h2>${name}</h2>
    <p>${headline(measured)}</p>
    ${warningsIn(inspection.warnings)} ${notFinite(measured)} ${notCounted(measured)}
    ${layers.length > 0 ? layerTable(measured) : html``}
    <details>
      <summary>File</summary>
      <table>
        <tr>
          <td>path</td>
          <td class="text"><code>${file}</code></td>
        </tr>
        <tr>
          <td>format</td>
          <td class="text">
            ${inspection.format}, ${inspection.tensors.length}
            ${inspection.tensors.length === 1 ? 'tensor' : 'tensors'}, ${byteText(bytes)}
          </td>
        </tr>
        <tr>
          <td>SHA-256</td>
          <td class="text"><code>${sha256}</code></td>
        </tr>
        ${choices(measured)} ${rows}
      </table>
    </details>
  </section>`;
}

function headline({ layers, inspection: { sparsity, rule, leftOut } }: MeasuredFile): string {
  if (layers.length === 0) return noLayerText(leftOut);
  const [weights, kept] = [sum(layers, ({ count }) => count), sum(layers, ({ kept: own }) => own)];
  if (isSparsityUnknown(layers)) return `${countText(weights)} prunable weights: ${UNKNOWN_SPARSITY}.`;
  if (kept === weights) return `Dense: none of ${countText(weights)} prunable weights is pruned.`;
  const [first] = [...layers].sort((a, b) => b.sparsity - a.sparsity);
  const sparsest =
    layers.length > 1 && first
      ? ` The sparsest layer is ${nameText(first.name)}: ${percent(first.sparsity)} pruned.`
      : '';
  const left = leftOut.length > 0 ? ` Not prunable: ${leftOutTexts(leftOut).join('; ')}.` : '';
  return `${percent(sparsity.prunable)} of ${countText(weights)} prunable weights are pruned, which is ${percent(sparsity.all)} of all parameters.${sparsest} Prunable layers: ${ruleText(rule)}.${left}`;
}

export function warningsIn(warnings: readonly string[] = []): Html[] {
  return warnings.map((warning) => html`<p><strong>Warning:</strong> ${warning}</p>`);
}

/** Rows with the state dict that is shown, if the file has several, and with the file of the masks. */
function choices({ inspection: { state, states = [], maskFile } }: MeasuredFile): Html[] {
  const others = states.filter((name) => name !== state);
  const shown = state ?? 'tensors outside of state dicts';
  return [
    ...(others.length > 0 ? [['state dict', `${shown}; the file also has ${others.join(', ')}`] as const] : []),
    ...(maskFile === undefined ? [] : [['masks from', maskFile] as const]),
  ].map(
    ([key, value]) =>
      html`<tr>
        <td>${key}</td>
        <td class="text"><code>${value}</code></td>
      </tr>`,
  );
}

function notCounted({ inspection: { uncounted = [] } }: MeasuredFile): Html[] {
  return uncounted.map(
    ({ name, dtype, reason }) =>
      html`<p>Not counted: ${nameText(name)}, which is ${dtype}${reason === undefined ? '' : `: ${reason}`}.</p>`,
  );
}

function notFinite({ inspection: { tensors } }: MeasuredFile): Html {
  const odd = tensors.filter(({ nans, infs }) => nans + infs > 0);
  if (odd.length === 0) return html``;
  const words = odd.map(({ name, nans, infs }) => `${nameText(name)} (${nans} NaN, ${infs} infinite)`);
  return html`<p><strong>Not finite:</strong> ${words.join(', ')}.</p>`;
}

function layerTable({ layers, inspection }: MeasuredFile): Html {
  const [weights, kept] = [sum(layers, ({ count }) => count), sum(layers, ({ kept: own }) => own)];
  const [positive, negative] = [sum(layers, (layer) => layer.positive), sum(layers, (layer) => layer.negative)];
  return html`<div class="wide">
    <table>
      <caption>
        Each picture has one row for an output and one column for an input weight; a pixel is the mean of its weights.
        Orange is a positive sign, blue a negative one, and the background shows through where weights are pruned. The
        bars show kept weights, and how they divide into positive and negative ones.
      </caption>
      <thead>
        <tr>
          <th>layer</th>
          <th>picture</th>
          <th>mask</th>
          <th>weights</th>
          <th>kept</th>
          <th></th>
          <th>sparsity</th>
          <th>+</th>
          <th>−</th>
          <th></th>
        </tr>
      </thead>
      <tbody>
        ${layers.map(layerRow)}
      </tbody>
      <tfoot>
        <tr>
          <td>all layers</td>
          <td></td>
          <td></td>
          <td>${countText(weights)}</td>
          <td>${countText(kept)}</td>
          <td></td>
          <td>${isSparsityUnknown(layers) ? '–' : percent(inspection.sparsity.prunable)}</td>
          <td>${countText(positive)}</td>
          <td>${countText(negative)}</td>
          <td></td>
        </tr>
      </tfoot>
    </table>
  </div>`;
}

function layerRow({ name, header, picture, maskRule, count, kept, sparsity, positive, negative }: MeasuredLayer): Html {
  const signs = positive + negative;
  return html`<tr>
    <td>${nameText(name)}<br /><span class="faint">${header.axes}</span></td>
    <td>${picture ? image(picture, `Signs of ${nameText(name)}`) : ''}</td>
    <td>${maskRule}</td>
    <td>${countText(count)}</td>
    <td>${countText(kept)}</td>
    <td>${bar([[kept / count, 'bar']], `${percent(kept / count)} kept`)}</td>
    <td>${maskRule === 'quantized' ? '–' : percent(sparsity)}</td>
    <td>${countText(positive)}</td>
    <td>${countText(negative)}</td>
    <td>
      ${
        signs === 0
          ? ''
          : bar(
              [
                [positive / signs, 'plus'],
                [negative / signs, 'minus'],
              ],
              `${percent(positive / signs)} positive`,
            )
      }
    </td>
  </tr>`;
}

/** Greatest width and height of a picture on the page. Small layers are enlarged. */
const MOST_WIDTH = 120;
const MOST_HEIGHT = 90;
const MOST_ENLARGED = 6;

function image({ png, width, height }: SignPicture, description: string): Html {
  const scale = Math.min(MOST_ENLARGED, MOST_WIDTH / width, MOST_HEIGHT / height);
  const [across, down] = [width, height].map((side) => Math.max(1, Math.round(scale * side)));
  const source = `data:image/png;base64,${png.toString('base64')}`;
  return html`<img alt="${description}" width="${across ?? 1}" height="${down ?? 1}" src="${source}" />`;
}

/** Draws a bar whose parts are shares of a whole. */
export function bar(shares: readonly [share: number, kind: string][], description: string): Html {
  const rectangles = shares.map(([share, kind], i) => {
    const before = shares.slice(0, i).reduce((total, [other]) => total + other, 0);
    return html`<rect
      class="${kind}"
      x="${(before * BAR_WIDTH).toFixed(1)}"
      width="${(share * BAR_WIDTH).toFixed(1)}"
      height="${BAR_HEIGHT}"
    />`;
  });
  return html`<svg role="img" width="${BAR_WIDTH}" height="${BAR_HEIGHT}">
    <title>${description}</title>
    ${rectangles}
    <rect class="frame" x="0.5" y="0.5" width="${BAR_WIDTH - 1}" height="${BAR_HEIGHT - 1}" />
  </svg>`;
}

/** Formats a count with thin spaces between thousands. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

function byteText(bytes: number): string {
  return bytes < 1e6
    ? `${significant(bytes / 1e3)} kB`
    : bytes < 1e9
      ? `${significant(bytes / 1e6)} MB`
      : `${significant(bytes / 1e9)} GB`;
}

function cut(text: string): string {
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}…`;
}

function sum<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
