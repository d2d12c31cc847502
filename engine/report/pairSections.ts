/** The parts of a report about pairs of files. */
import { matrixPairOf, type ComparedPair } from '../inspection/matrix';
import type { LayerComparison } from '../vocabulary/inspection';
import { MASK_CHANCE, SIGMA, sigmaText, SIGN_CHANCE } from '../vocabulary/chance';
import { nameText } from '../vocabulary/layerNames';
import { percent } from '../vocabulary/numbers';
import { bar, countText, warningsIn } from './fileSection';
import { html, type Html } from './html';
import { matrixSection } from './matrixSection';

/** Returns one sentence about two files, or a matrix of several files. */
export function overview(names: readonly string[], pairs: readonly ComparedPair[]): Html {
  const [only] = pairs;
  if (names.length > 2 || !only) return matrixSection(names, pairs.map(matrixPairOf));
  const { total, reason } = matrixPairOf(only);
  return html`<p>${total ? finding(total, names) : `The files cannot be compared: ${reason ?? ''}`}</p>`;
}

/** Returns a section that compares the layers of two files. */
export function pairSection(pair: ComparedPair, names: readonly string[]): Html {
  if ('problem' in pair || pair.comparison.layers.length === 0) return html``;
  const { a, b, comparison } = pair;
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
    ${unmatched.map(({ name, side, reason }) => html`<p>Not compared: ${nameText(name)} of ${side.toUpperCase()} (${reason}).</p>`)}
    ${warningsIn(warnings)}
  </section>`;
}

function comparedRow(layer: LayerComparison): Html {
  const isEmpty = layer.neither === layer.count;
  return html`<tr>
    <td>${nameText(layer.name)}</td>
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

function finding(total: LayerComparison, [nameA = '', nameB = '']: readonly string[]): string {
  if (total.keptBoth === 0) return `${nameA} and ${nameB} keep no weight in common.`;
  const chance = `${percent(total.chanceAgreement)} would agree by chance, ${sigmaText(total.signSigma)} σ`;
  const iou = `IoU ${percent(total.iou)}, by chance ${percent(total.chanceIou)}, ${sigmaText(total.maskSigma)} σ`;
  return `${nameA} and ${nameB} both keep ${countText(total.keptBoth)} weights (${iou}); ${percent(total.signAgreement)} of these have the same sign (${chance}).`;
}
