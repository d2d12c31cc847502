/** Makes one HTML page about a study: its question, tables and figures, where the numbers come from, and its runs. */
import { html, Html } from '../report/html';
import { STYLE } from '../report/style';
import { relativeTo } from '../runs/list';
import type { StudyStatus, StudyTable } from '../vocabulary/study';
import { drawFigure, fairHeight } from './figure';
import { baselineText, caption, cellParts, cellText, commonCount, DIGITS, HALF } from '../vocabulary/studyCells';
import { findingsOf } from '../vocabulary/studyFindings';
import { valueLabel } from '../vocabulary/studyLines';
import { emptyText, rowLabel } from '../vocabulary/tableWords';
import { folderOf } from './place';
import { DEVIATION, provenanceOf, sourcesOf, subjectOf } from './provenance';
import { rowOf } from './rows';
import { hasEnded, type RunState } from './states';
import type { ReadStudy } from './studyFile';
import { tablesOf } from './table';

/** Width and height of a figure in millimetres. */
const SIZE = { width: 180, height: 100 };

/** Returns the page. It needs no script, no other file and no Winning Sign. */
export function studyReport(study: ReadStudy, states: readonly RunState[], now: Date): string {
  const provenance = provenanceOf(study, states);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${study.name}</title>
        <style>
          ${new Html(STYLE)} figure {
            margin: 8px 0;
          }
          figure svg {
            max-width: 100%;
            height: auto;
          }
          .results th,
          .results td {
            white-space: normal;
            vertical-align: bottom;
          }
          .results span {
            white-space: nowrap;
          }
          details {
            margin: 16px 0;
          }
          summary {
            cursor: pointer;
          }
        </style>
      </head>
      <body>
        <h1>${study.study.question ?? study.name}</h1>
        <p class="faint">${aboutWords(study, states, now)}</p>
        ${tablesOf(study, states).map((table) => section(table, provenance))} ${troubled(study, states)}
        <h2>Where the numbers come from</h2>
        ${[DEVIATION, ...subjectOf(study, states), ...sourcesOf(states)].map((sentence) => html`<p>${sentence}</p>`)}
        <details>
          <summary>All ${states.length} runs</summary>
          ${runsTable(study, states)}
        </details>
        <details>
          <summary>The study file, from which “winning-sign study run” computes everything again</summary>
          <pre><code>${new Html(escapedJson(study.study))}</code></pre>
        </details>
      </body>
    </html> `;
  return page.text;
}

function aboutWords({ name }: ReadStudy, states: readonly RunState[], now: Date): string {
  const ended = states.filter(({ status }) => hasEnded(status)).length;
  return `Study ${name}: ${ended} of ${states.length} runs have ended. Made on ${now.toISOString().slice(0, 10)}.`;
}

/** A result is read from top to bottom: what was found, the picture, and the numbers. */
function section(table: StudyTable, provenance: readonly string[]): Html {
  const { name, title, columns, rows } = table;
  const below = baselineText(table);
  const shown = { ...table, count: commonCount(table) };
  if (rows.length === 0)
    return html`<h2>${title ?? name}</h2>
      <p>${emptyText(table)}${below === undefined ? '' : ` ${below}.`}</p>`;
  return html`<h2>${title ?? name}</h2>
    ${findingsOf(table).map((sentence) => html`<p>${sentence}</p>`)} ${figureOf(table, provenance)}
    <div class="wide">
      <table class="matrix results">
        <thead>
          <tr>
            <th></th>
            ${columns.map((column) => html`<th>${valueLabel(column)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ label, cells }) =>
              html`<tr>
                <td>${rowLabel(label)}</td>
                ${cells.map((cell) => html`<td>${brokenText(cellText(cell, shown))}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="faint">${caption(table)}.${below === undefined ? '' : ` ${below}.`}</p>`;
}

/** A narrow page may break a cell, but neither its numbers nor their deviations. */
function brokenText(text: string): Html[] {
  return cellParts(text).map((part) => html`<span>${part}</span>`);
}

/** Kept weights along kept weights would be a straight line, so their table has no figure. */
function figureOf(table: StudyTable, provenance: readonly string[]): Html {
  if (table.measure === 'kept') return html``;
  const { width } = SIZE;
  const height = Math.max(SIZE.height, fairHeight(table, width));
  return html`<figure>${new Html(drawFigure(table, { width, height, provenance }))}</figure>`;
}

/** Returns the runs without a result that was meant, with their messages. They are in no table, so the reader must be told. */
function troubled(study: ReadStudy, states: readonly RunState[]): Html {
  const runs = states.filter(({ status }) => TROUBLES.includes(status));
  if (runs.length === 0) return html``;
  return html`<h2>Runs that failed, diverged or were interrupted</h2>
    ${runsTable(study, runs)}`;
}

const TROUBLES: readonly StudyStatus[] = ['failed', 'diverged', 'interrupted'];

function runsTable(study: ReadStudy, states: readonly RunState[]): Html {
  const folder = folderOf(study);
  const hasMessages = states.some(({ message }) => message !== undefined);
  const rows = states.map((state) => {
    const { run, status, message, overview } = state;
    return html`<tr>
      <td>${run.name}</td>
      <td>${status}</td>
      <td>${resultText(state)}</td>
      <td>${overview?.backend?.name ?? ''}</td>
      ${hasMessages ? html`<td class="text">${message === undefined ? '' : relativeTo(folder, message)}</td>` : html``}
    </tr>`;
  });
  return html`<div class="wide">
    <table class="matrix">
      <thead>
        <tr>
          <th>run</th>
          <th>status</th>
          <th>result</th>
          <th>backend</th>
          ${hasMessages ? html`<th>message</th>` : html``}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** Returns the accuracy or the barrier of a run: “85.05 %”, “barrier 7.31 points”, or “no barrier (½Δ 1.20 points)”. */
function resultText(state: RunState): string {
  const { value, withoutBarrier } = rowOf(state);
  if (value === undefined) return '';
  if (state.run.kind !== 'connectivity') return `${value.toFixed(DIGITS.accuracy)} %`;
  const height = `${value.toFixed(DIGITS.barrier)} points`;
  return withoutBarrier ? `no barrier (${HALF} ${height})` : `barrier ${height}`;
}

/** The line breaks of JSON are kept, which a template would remove. */
function escapedJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2)
    .split('\n')
    .map((line) => html`${line}`.text)
    .join('\n');
}
