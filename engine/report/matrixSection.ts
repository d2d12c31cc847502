/** The part of a report about all pairs of its files. */
import { MASK_CHANCE, SIGMA, sigmaText, SIGN_CHANCE } from '../vocabulary/chance';
import type { LayerComparison } from '../vocabulary/inspection';
import type { MatrixPair } from '../vocabulary/matrix';
import { percent } from '../vocabulary/numbers';
import { warningsIn } from './fileSection';
import { html, type Html } from './html';

/** Cell of a pair without a common layer. */
const NO_MATCH = 'no match';

/**
 * Returns a matrix with the mask overlap below the diagonal and the agreement of signs above it, a table of all pairs, and the warnings
 * of the pairs.
 */
export function matrixSection(names: readonly string[], pairs: readonly MatrixPair[]): Html {
  const found = new Map(pairs.map((pair) => [`${pair.a} ${pair.b}`, pair]));
  const cell = (row: number, column: number) => {
    if (row === column) return '–';
    const pair = found.get(`${Math.min(row, column)} ${Math.max(row, column)}`);
    if (!pair) return '';
    if (!pair.total) return NO_MATCH;
    return row > column ? percent(pair.total.iou) : agreementText(pair.total);
  };
  const rows = names.map(
    (name, row) =>
      html`<tr>
        <td>${row + 1}. ${name}</td>
        ${names.map((_, column) => html`<td>${cell(row, column)}</td>`)}
      </tr>`,
  );
  const warnings = new Set(pairs.flatMap((pair) => pair.warnings ?? []));
  return html`<div class="wide">
      <table class="matrix">
        <caption>
          Below the diagonal: mask overlap (IoU), the weights kept in both as a share of those kept in either. Above it:
          the share of the weights kept in both that have the same sign. Empty: not compared.
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
    </div>
    ${pairTable(names, pairs)} ${warningsIn([...warnings])}`;
}

function pairTable(names: readonly string[], pairs: readonly MatrixPair[]): Html {
  return html`<div class="wide">
      <table class="pairs">
        <thead>
          <tr>
            <th>A</th>
            <th>B</th>
            <th>IoU</th>
            <th>by chance</th>
            <th>σ</th>
            <th>same sign</th>
            <th>by chance</th>
            <th>σ</th>
          </tr>
        </thead>
        <tbody>
          ${pairs.map((pair) => pairRow(names, pair))}
        </tbody>
      </table>
    </div>
    <p>${MASK_CHANCE} ${SIGN_CHANCE} ${SIGMA}</p>`;
}

function pairRow(names: readonly string[], { a, b, total, reason = '' }: MatrixPair): Html {
  const cells = total
    ? [
        ...[percent(total.iou), percent(total.chanceIou), sigmaText(total.maskSigma)],
        ...[agreementText(total), total.keptBoth === 0 ? '–' : percent(total.chanceAgreement)],
        sigmaText(total.signSigma),
      ].map((text) => html`<td>${text}</td>`)
    : html`<td class="text" colspan="6">Not compared: ${reason}</td>`;
  return html`<tr>
    <td>${a + 1}. ${names[a] ?? ''}</td>
    <td>${b + 1}. ${names[b] ?? ''}</td>
    ${cells}
  </tr>`;
}

function agreementText({ keptBoth, signAgreement }: LayerComparison): string {
  return keptBoth === 0 ? '–' : percent(signAgreement);
}
