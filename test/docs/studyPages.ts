/**
 * Makes the generated parts of docs/studies/: what the study of each template runs, from the templates, and what it found, from the run
 * directories of finished studies.
 */
import { expand } from '../../engine/studies/expand';
import { drawFigure, fairHeight } from '../../engine/studies/figure';
import type { StudyStates } from '../../engine/studies/outputs';
import { provenanceOf, sourcesOf } from '../../engine/studies/provenance';
import { hasEnded } from '../../engine/studies/states';
import { parseStudy } from '../../engine/studies/studyFile';
import { tablesOf } from '../../engine/studies/table';
import { OFFICIAL } from '../../engine/studies/templates/official';
import { contentOf, OWN_NAMES, type OwnName } from '../../engine/studies/templates/templates';
import { linesOf, valueLabel } from '../../engine/vocabulary/studyLines';
import { baselineText, caption, cellText, commonCount } from '../../engine/vocabulary/studyCells';
import { findingsOf } from '../../engine/vocabulary/studyFindings';
import type { StudyTable } from '../../engine/vocabulary/study';
import { code, table } from './markdown';

export const PAGES = 'docs/studies';

/** Returns the page of a template. The published scripts share one. */
export function pageOf(template: string): string {
  return `${PAGES}/${template.split('/')[0]}.md`;
}

/** Returns the table of the templates with links to their pages, relative to docs/. */
export function templatesTable(questions: Readonly<Record<OwnName, { question: string }>>): string {
  return table(
    ['template', 'question'],
    OWN_NAMES.map((name) => [`[${code(name)}](studies/${name}.md)`, questions[name].question]),
  );
}

/** Describes the study file of a template at the scale `demo`: its nodes with their runs, and the file itself. */
export function studyPart(name: OwnName): string {
  const text = JSON.stringify(contentOf(name, 'demo'), undefined, 2);
  const study = parseStudy(`${name}.study.json`, text);
  const runs = expand(study);
  const rows = Object.entries(study.study.nodes).map(([node, { run, over }]) => {
    const own = runs.filter((one) => one.node === node);
    return [code(node), run, String(own.length), over.join(', '), code(own[0]!.name)];
  });
  return [
    table(['node', 'run', 'runs', 'over', 'the first'], rows),
    `${runs.length} runs at the scale \`demo\`.`,
    `<details><summary>The file ${name}.study.json</summary>`,
    `\`\`\`json\n${text}\n\`\`\``,
    '</details>',
  ].join('\n\n');
}

/** Lists the published scripts. */
export function scriptsTable(): string {
  const rows = Object.entries(OFFICIAL).map(([name, { content }]) => {
    const { options = {}, axes = {} } = content({ options: {}, searchSeeds: [], seeds: [], kept: [] }, 'paper');
    const { model, rounds, finalEpochs } = options;
    const network = typeof model === 'object' ? model.model : model;
    const { round = [] } = axes;
    const trained = typeof round === 'string' ? round : Array.isArray(round) ? round.join(', ') : '';
    return [code(name), String(network), String(rounds), trained, String(finalEpochs)];
  });
  return table(['template', 'network', 'rounds', 'trained rounds', 'epochs of a final training'], rows);
}

/** The results of a finished study as Markdown, and its figures by their file names. */
export interface StudyPage {
  results: string;
  figures: ReadonlyMap<string, string>;
}

/** Size of a figure in millimetres. */
const [WIDTH, HEIGHT] = [120, 80];

/** Describes what a study found. Tables of kept weights are left out, because the options decide them. */
export function resultsPart({ study, states }: StudyStates): StudyPage {
  const tables = tablesOf(study, states).filter(({ measure, rows }) => measure !== 'kept' && rows.length > 0);
  const [first] = tables;
  if (!first) throw new Error(`${study.file} has no results yet. Run it first.`);
  const provenance = provenanceOf(study, states);
  const drawn = readable(first);
  const figures = drawn.map(({ label, table: one }, i) => {
    const height = Math.max(HEIGHT, fairHeight(one, WIDTH));
    const file = drawn.length === 1 ? `${study.name}.svg` : `${study.name}-${i + 1}.svg`;
    return { file, label, svg: drawFigure(one, { width: WIDTH, height, provenance }) };
  });
  const ended = states.filter(({ status }) => hasEnded(status)).length;
  const parts = [
    ...figures.flatMap(({ label, file }) => [
      ...(label === '' ? [] : [`${label}:`]),
      `![${[first.title ?? first.name, label].filter(Boolean).join(': ')}](${file})`,
    ]),
    ...tables.flatMap((one) => [`**${one.title ?? one.name}**`, ...tablePart(one)]),
    ...inWords(findingsOf(first)),
    [`${ended} of ${states.length} runs have ended.`, ...sourcesOf(states)].join(' '),
  ];
  return { results: parts.join('\n\n'), figures: new Map(figures.map(({ file, svg }) => [file, svg])) };
}

/** More lines than this cannot be told apart. */
const MOST_LINES = 12;

/** Returns the table, or one for each value of the first axis of its rows if a figure of all would have too many lines. */
function readable(whole: StudyTable): { label: string; table: StudyTable }[] {
  const axis = Object.keys(whole.rows[0]!.axes)[0]!;
  if (linesOf(whole).lines.length <= MOST_LINES) return [{ label: '', table: whole }];
  return [...new Set(whole.rows.map(({ axes }) => axes[axis]!))].map((value) => ({
    label: String(value),
    table: { ...whole, rows: whole.rows.filter(({ axes }) => axes[axis] === value) },
  }));
}

/** More sentences than this would only repeat the table. */
const MOST_FINDINGS = 4;

function inWords(findings: readonly string[]): string[] {
  if (findings.length === 0 || findings.length > MOST_FINDINGS) return [];
  return [['In words:\n', ...findings.map((sentence) => `- ${escaped(sentence)}`)].join('\n')];
}

function tablePart(one: StudyTable): string[] {
  const { columns, rows, title, name } = one;
  const shown = { ...one, count: commonCount(one) };
  const about = caption(one).slice((title ?? name).length + 2);
  const head = ['', ...columns.map((column) => escaped(valueLabel(column)))];
  const body = rows.map(({ label, cells }) => [
    escaped(label.split(' · ').map(valueLabel).join(' · ')),
    ...cells.map((cell) => withMinus(cellText(cell, shown))),
  ]);
  const below = baselineText(one);
  const base = below === undefined ? [] : [`${withMinus(below)}.`];
  return [table(head, body), [`${about[0]!.toUpperCase()}${about.slice(1)}.`, ...base].join(' ')];
}

function withMinus(text: string): string {
  return text.replace(/-(?=\d)/g, '−');
}

function escaped(text: string): string {
  return text.replace(/[\\`*_<>[\]]/g, '\\$&');
}
