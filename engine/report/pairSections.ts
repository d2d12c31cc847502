/** The parts of a report about pairs of files. */
import type { LayerComparison } from '../vocabulary/inspection';
import { MASK_CHANCE, SIGMA, sigmaText, SIGN_CHANCE } from '../vocabulary/chance';
import { percent } from '../vocabulary/numbers';
import { bar, countText, warningsIn } from './fileSection';
import { html, type Html } from './html';
import type { MeasuredPair } from './measure';

/**
 * Returns a matrix with the mask overlap below the diagonal and the agreement of signs above it. For two files, returns one sentence
 * instead.
 */
export function overview(names: readonly string[], pairs: readonly MeasuredPair[]): Html {
  const [only] = pairs;
  if (names.length === 2 && only) return html`<p>${finding(only, names)}</p>`;
  const found = new Map(pairs.map((pair) => [`${pair.a} ${pair.b}`, pair.comparison.total]));
  const cell = (row: number, column: number) => {
    const total = found.get(`${Math.min(row, column)} ${Math.max(row, column)}`);
    if (row === column) return '–';
    if (!total) return '';
    return row > column ? percent(total.iou) : percent(total.signAgreement);
  };
  const rows = names.map(
    (name, row) =>
      html`<tr>
        <td>${row + 1}. ${name}</td>
        ${names.map((_, column) => html`<td>${cell(row, column)}</td>`)}
      </tr>`,
  );
  return html`<div class="wide">
    <table>
      <caption>
        Below the diagonal: mask overlap (IoU), the weights kept in both as a share of those kept in either. Above it:
        the share of the weights kept in both that have the same sign. Unrelated signs agree in about 50 %. Empty: not
        compared, or no layer in common.
      </caption>
      <thead>
        <tr>
          <th></th>
          ${names.map((_, i) => html`<th>${i + 1}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** Returns a section that compares the layers of two files. */
export function pairSection({ a, b, comparison }: MeasuredPair, names: readonly string[]): Html {
  const { layers, total, unmatched, warnings } = comparison;
  return html`<section>
    <h2>${names[a] ?? ''} (A) beside ${names[b] ?? ''} (B)</h2>
    <div class="wide">
      <table>
        <caption>
          IoU is the share of the weights kept in A or B that both keep.
        </caption>
        <thead>
          <tr>
            <th>layer</th>
            <th>kept in both</th>
            <th>only A</th>
            <th>only B</th>
            <th>IoU</th>
            <th></th>
            <th>by chance</th>
            <th>σ</th>
            <th>flipped</th>
            <th>same sign</th>
            <th>by chance</th>
            <th>σ</th>
          </tr>
        </thead>
        <tbody>
          ${layers.map((layer) => comparedRow(layer))}
        </tbody>
        <tfoot>
          ${comparedRow({ ...total, name: 'all layers' })}
        </tfoot>
      </table>
    </div>
    <p>${MASK_CHANCE} ${SIGN_CHANCE} ${SIGMA}</p>
    ${unmatched.map(({ name, side, reason }) => html`<p>Not compared: ${name} of ${side.toUpperCase()} (${reason}).</p>`)}
    ${warningsIn(warnings)}
  </section>`;
}

function comparedRow(layer: LayerComparison): Html {
  const isEmpty = layer.neither === layer.count;
  return html`<tr>
    <td>${layer.name}</td>
    <td>${countText(layer.keptBoth)}</td>
    <td>${countText(layer.onlyA)}</td>
    <td>${countText(layer.onlyB)}</td>
    <td>${isEmpty ? '–' : percent(layer.iou)}</td>
    <td>${isEmpty ? '' : bar([[layer.iou, 'bar']], `IoU ${percent(layer.iou)}`)}</td>
    <td>${isEmpty ? '–' : percent(layer.chanceIou)}</td>
    <td>${sigmaText(layer.maskSigma)}</td>
    <td>${countText(layer.flipped)}</td>
    <td>${layer.keptBoth === 0 ? '–' : percent(layer.signAgreement)}</td>
    <td>${layer.keptBoth === 0 ? '–' : percent(layer.chanceAgreement)}</td>
    <td>${sigmaText(layer.signSigma)}</td>
  </tr>`;
}

function finding({ a, b, comparison: { total } }: MeasuredPair, names: readonly string[]): string {
  const [nameA = '', nameB = ''] = [names[a], names[b]];
  if (total.keptBoth === 0) return `${nameA} and ${nameB} keep no weight in common.`;
  const chance = `${percent(total.chanceAgreement)} would agree by chance, ${sigmaText(total.signSigma)} σ`;
  const iou = `IoU ${percent(total.iou)}, by chance ${percent(total.chanceIou)}, ${sigmaText(total.maskSigma)} σ`;
  return `${nameA} and ${nameB} both keep ${countText(total.keptBoth)} weights (${iou}); ${percent(total.signAgreement)} of these have the same sign (${chance}).`;
}
