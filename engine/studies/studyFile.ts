/** Reads and checks study files (`NAME.study.json`). */
import path from 'node:path';
import { FileError } from '../errors';
import { locateIn, type FieldPath } from '../json/locate';
import { isObject } from '../json/strict';
import { validatorOf } from '../json/validator';
import { parseJson } from '../json/parse';
import { readText } from '../json/text';
import { didYouMean } from '../nearest';
import { explain } from '../runs/explain';
import { runAdvice } from '../runs/runFile';
import type { Problem } from '../vocabulary/problems';
import type { Axis, Measure, NamedValue, NodeKind, Scalar, SourceRef, StudyFile, StudyNode } from '../vocabulary/study';
import { STUDY_SCHEMA } from '../vocabulary/studySchema';
import { isTaken, takenNames } from './settings';
import { structureText } from './structureWords';

/** A study file that was read. */
export interface ReadStudy {
  /** Absolute path. */
  file: string;
  /** Name of the study, from the name of the file. */
  name: string;
  study: StudyFile;
  /** The text that was read, for the places of mistakes. Without it, the file is read again. */
  text?: string;
}

/** A mistake in a study file. */
interface Mistake {
  field: FieldPath;
  part: 'value' | 'name';
  message: string;
}

const validate = validatorOf<StudyFile>('study', withoutOptions(STUDY_SCHEMA));

/** The options are checked for each run, after the axes have replaced some of them. */
function withoutOptions({ properties, ...schema }: typeof STUDY_SCHEMA) {
  return { ...schema, properties: { ...properties, options: { type: 'object' } } };
}

/**
 * Reads a study file. Throws FileError with all mistakes of its structure. `expand` checks the options of the runs. `content` names a copy
 * of the file that is read instead; the runs and their paths remain those of the file.
 */
export async function readStudy(given: string, content = given): Promise<ReadStudy> {
  const file = path.resolve(given);
  return parseStudy(file, await readText(path.resolve(content)));
}

/** Returns the study in a text, which is the content of a file or of an editor. Throws FileError with all mistakes of its structure. */
export function parseStudy(file: string, text: string): ReadStudy {
  const parsed = parseJson(text, file);
  if (isObject(parsed) && !('nodes' in parsed) && 'method' in parsed)
    throw new FileError(file, [{ message: 'This is a run file, not a study.', advice: runAdvice(file) }]);
  const study = structuredClone(parsed);
  if (!validate(study)) {
    const problems = explain(validate.errors);
    throw mistakesIn(
      { file, text },
      problems.map((one) => ({ field: one.field, part: one.part, message: structureText(one, parsed) })),
    );
  }
  const mistakes = mistakesOf(study);
  if (mistakes.length > 0) throw mistakesIn({ file, text }, mistakes);
  return { file, name: studyName(file), study, text };
}

/** Returns the name of the study of a file. */
export function studyName(file: string): string {
  return path.basename(file).replace(/(\.study)?\.json$/, '');
}

/** Returns an error with the places of the mistakes. */
export function mistakesIn({ file, text }: Pick<ReadStudy, 'file' | 'text'>, mistakes: readonly Mistake[]): FileError {
  const locate = locateIn(file, text);
  const problems = mistakes.map(({ field, part, message }): Problem => {
    const range = locate(field, part);
    return { message, ...(range && { range }) };
  });
  return new FileError(file, problems);
}

/** The fields that a node of each kind needs and may have, beside `run`, `over`, `include`, `exclude` and `set`. */
const SOURCES: Record<NodeKind, readonly ('from' | 'a' | 'b')[]> = {
  search: [],
  training: [],
  transfer: ['from'],
  connectivity: ['a', 'b'],
};

/** Returns the mistakes that the schema cannot express: unknown names, missing and needless fields, and circles. */
function mistakesOf(study: StudyFile): Mistake[] {
  const ofNodes = Object.entries(study.nodes).flatMap(([name, node]) => mistakesOfNode(study, name, node));
  // An axis may seem to change nothing only because a node is wrong.
  return [...ofNodes, ...mistakesOfAxes(study, { isSure: ofNodes.length === 0 }), ...mistakesOfResults(study)];
}

function mistakesOfNode(study: StudyFile, name: string, node: StudyNode): Mistake[] {
  const { axes, nodes } = study;
  const mistakes: Mistake[] = [];
  const say = (field: FieldPath, message: string, part: Mistake['part'] = 'value') =>
    mistakes.push({ field: ['nodes', name, ...field], part, message });
  node.over.forEach((axis, i) => {
    if (!Object.hasOwn(axes, axis)) say(['over', String(i)], unknown('axis', axis, Object.keys(axes)));
  });
  for (const list of ['include', 'exclude'] as const)
    (node[list] ?? []).forEach((assignment, i) => {
      for (const axis of Object.keys(assignment))
        if (!node.over.includes(axis)) say([list, String(i), axis], unknown('axis', axis, node.over), 'name');
        else if (!isValueOf(axes[axis], assignment[axis]!))
          say(
            [list, String(i), axis],
            `the axis "${axis}" has no value ${JSON.stringify(assignment[axis])}. Name one of its values.`,
          );
    });
  for (const [option, value] of Object.entries(node.set ?? {})) {
    const axis = typeof value === 'string' && value.startsWith('$') ? value.slice(1) : undefined;
    if (axis !== undefined && !node.over.includes(axis))
      say(['set', option], `"${option}" is "$${axis}": ${unknown('axis', axis, node.over)}`);
  }
  for (const field of ['from', 'a', 'b'] as const) {
    const ref = node[field];
    const needed = SOURCES[node.run].includes(field);
    if (ref === undefined && needed) say([], `node "${name}" needs "${field}", because it is a ${node.run}. Add it.`);
    if (ref === undefined) continue;
    if (!needed) say([field], `"${field}" has no effect in a ${node.run}. Remove it.`, 'name');
    const { node: from, where = {} } = partsOf(ref);
    for (const axis of Object.keys(where))
      if (!(nodes[from]?.over ?? [axis]).includes(axis))
        say([field, 'where', axis], unknown('axis', axis, nodes[from]!.over), 'name');
    if (!Object.hasOwn(nodes, from)) say([field], unknown('node', from, Object.keys(nodes)));
    else if (nodes[from]!.run === 'connectivity') say([field], `node "${from}" has no checkpoints. Name another node.`);
    else if (reaches(study, from, name)) say([field], `node "${name}" would need its own result. Name another node.`);
  }
  return mistakes;
}

/** Whether an axis has this value. The rounds of “all” and “kept” are not known here. */
function isValueOf(axis: Axis | undefined, value: Scalar): boolean {
  return (
    !Array.isArray(axis) ||
    axis.some((one: Scalar | NamedValue) => (typeof one === 'object' ? one.name : one) === value)
  );
}

/** Whether a node needs another one, directly or by way of others. */
function reaches({ nodes }: StudyFile, from: string, target: string, seen = new Set<string>()): boolean {
  if (from === target) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return refsOf(nodes[from]).some((ref) => reaches({ nodes } as StudyFile, partsOf(ref).node, target, seen));
}

/** Returns the sources of a node. */
export function refsOf(node: StudyNode | undefined): SourceRef[] {
  return [node?.from, node?.a, node?.b].filter((ref) => ref !== undefined);
}

/** Returns the parts of `NODE#CHECKPOINT`. */
export function partsOf(ref: SourceRef): Exclude<SourceRef, string> {
  if (typeof ref !== 'string') return ref;
  const [node, checkpoint] = ref.split('#', 2) as [string, string?];
  return { node, ...(checkpoint !== undefined && { checkpoint }) };
}

function mistakesOfAxes({ axes, nodes }: StudyFile, { isSure }: { isSure: boolean }): Mistake[] {
  const repeated = Object.entries(axes).flatMap(([name, axis]) => mistakesOfAxis(name, axis));
  if (!isSure) return repeated;
  const idle = Object.entries(axes).flatMap(([name, axis]) => idleParts(name, axis, Object.values(nodes)));
  return [...repeated, ...idle];
}

/** Returns the parts of an axis that change nothing, probably because a name is misspelt. */
function idleParts(name: string, axis: Axis, nodes: readonly StudyNode[]): Mistake[] {
  const over = nodes.filter((node) => node.over.includes(name));
  const field = ['axes', name];
  if (over.length === 0) return []; // an axis without a node has no run that could mislead
  const kinds = over.map(({ run }) => run);
  const isUsed = (part: string) => kinds.some((kind) => isTaken(kind, part));
  const isNamed = over.some(({ set = {} }) => Object.values(set).includes(`$${name}`));
  const values: readonly unknown[] = Array.isArray(axis) ? axis : [];
  const parts = values.flatMap((value, i) =>
    isNamedValue(value) ? Object.keys(value.set).map((part) => ({ part, i })) : [],
  );
  const known = takenNames(kinds);
  const wrong = parts.filter(({ part }) => !isUsed(part));
  const mistakes = wrong.map(({ part, i }): Mistake => {
    const message = `no node over "${name}" takes "${part}".${didYouMean(part, known) || ' Correct its name.'}`;
    return { field: [...field, String(i), 'set', part], part: 'name', message };
  });
  if (parts.length > 0 || name === 'round' || isNamed || isUsed(name) || values.some(isNamedValue)) return mistakes;
  const message = `the axis "${name}" changes nothing: no node takes it.${didYouMean(name, known) || ` Name it like an option, or use "$${name}" in "set".`}`;
  return [{ field, part: 'name', message }];
}

function isNamedValue(value: unknown): value is NamedValue {
  return isObject(value) && isObject(value['set']);
}

function mistakesOfAxis(name: string, axis: Axis): Mistake[] {
  const field = ['axes', name];
  if (!Array.isArray(axis)) {
    if (name === 'round') return [];
    const message = `"axes.${name}" can only be a list: "all" and "kept" are for the axis "round". List its values.`;
    return [{ field, part: 'value', message }];
  }
  const labels = axis.map((value: Scalar | NamedValue) => (typeof value === 'object' ? value.name : String(value)));
  const seen = new Set<string>();
  const repeated = labels.findIndex((label) => seen.size === seen.add(label).size);
  if (repeated < 0) return [];
  const message = `"${labels[repeated]}" appears twice. Remove one.`;
  return [{ field: [...field, String(repeated)], part: 'value', message }];
}

function mistakesOfResults({ axes, nodes, results }: StudyFile): Mistake[] {
  return Object.entries(results).flatMap(([name, { of, rows, columns, baseline, measure }]) => {
    const mistakes: Mistake[] = [];
    const say = (field: FieldPath, message: string) =>
      mistakes.push({ field: ['results', name, ...field], part: 'value', message });
    for (const node of [of, baseline ?? []].flat())
      if (!Object.hasOwn(nodes, node))
        say([node === baseline ? 'baseline' : 'of'], unknown('node', node, Object.keys(nodes)));
    const kinds = kindsOf(measure);
    const misfit = [of].flat().find((node) => !kinds.includes(nodes[node]?.run ?? kinds[0]!));
    if (misfit !== undefined && Object.hasOwn(nodes, misfit))
      say(['measure'], `a ${nodes[misfit]!.run} (node "${misfit}") has no ${measure}. Name another measure or node.`);
    rows.forEach((axis, i) => {
      if (!Object.hasOwn(axes, axis)) say(['rows', String(i)], unknown('axis', axis, Object.keys(axes)));
    });
    if (columns !== undefined && !Object.hasOwn(axes, columns))
      say(['columns'], unknown('axis', columns, Object.keys(axes)));
    return mistakes;
  });
}

/** Returns the kinds of runs that have a measure. */
function kindsOf(measure: Measure): readonly NodeKind[] {
  if (measure === 'barrier' || measure === 'chord barrier') return ['connectivity'];
  return measure.startsWith('same sign') ? ['transfer'] : ['search', 'training', 'transfer'];
}

function unknown(what: 'axis' | 'node', name: string, known: readonly string[]): string {
  const list = known.length === 0 ? `There is no ${what} here` : `Known here: ${known.join(', ')}`;
  return `there is no ${what} "${name}".${didYouMean(name, known) || ` ${list}.`}`;
}
