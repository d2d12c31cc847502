/** Chooses the prunable layers of a network: by a rule, and by patterns of names that add or remove layers. */
import { UserError } from '../errors';
import { nearest } from '../nearest';
import { layerNameOf } from '../tensors';
import type { ModelSpec } from '../vocabulary/runOptions';
import { namePattern } from '../vocabulary/namePatterns';
import type { Architecture, Entry } from './network';
import { prunedAsOfficial } from './officialRule';

/** The field `prunable` of a model in a run file. */
export type PrunableSpec = NonNullable<Exclude<ModelSpec, string>['prunable']>;

/** A rule with patterns. */
interface Choice {
  rule: 'default' | 'official';
  include: readonly string[];
  exclude: readonly string[];
}

/**
 * Returns the network with the chosen prunable layers. Patterns match names of layers, such as `conv1`, or of their weights. Only weights of
 * convolutions and linear layers can be included. An excluded layer is never pruned.
 * Throws UserError if a pattern matches no layer, or if no prunable layer is left.
 */
export function withPrunable(architecture: Architecture, spec: PrunableSpec = 'default'): Architecture {
  const { rule, include, exclude } = choiceOf(spec);
  const ruled = rule === 'official' ? prunedAsOfficial(architecture) : architecture;
  if (include.length + exclude.length === 0) return ruled;
  const isIncluded = matcherOf(ruled, 'include', include);
  const isExcluded = matcherOf(ruled, 'exclude', exclude);
  const entries = ruled.entries.map((entry) => {
    return isCandidate(entry)
      ? { ...entry, prunable: (entry.prunable || isIncluded(entry)) && !isExcluded(entry) }
      : entry;
  });
  if (!entries.some(({ prunable }) => prunable))
    throw new UserError(
      `"model.prunable.exclude" leaves no layer of ${ruled.name} that can be pruned. Exclude fewer.`,
      {
        field: 'model.prunable.exclude',
      },
    );
  return { ...ruled, entries };
}

/** Returns texts for the label of a model, for example `official rule`, `also fc` and `without conv1`. */
export function prunableTexts(spec: PrunableSpec = 'default'): string[] {
  const { rule, include, exclude } = choiceOf(spec);
  return [
    ...(rule === 'official' ? ['official rule'] : []),
    ...(include.length > 0 ? [`also ${include.join(', ')}`] : []),
    ...(exclude.length > 0 ? [`without ${exclude.join(', ')}`] : []),
  ];
}

function choiceOf(spec: PrunableSpec): Choice {
  const { rule = 'default', include = [], exclude = [] } = typeof spec === 'string' ? { rule: spec } : spec;
  return { rule, include, exclude };
}

function isCandidate({ role, unused }: Entry): boolean {
  return role === 'weight' && unused !== true;
}

function matcherOf(
  { name: network, entries }: Architecture,
  field: 'include' | 'exclude',
  patterns: readonly string[],
): (entry: Entry) => boolean {
  const candidates = entries.filter(isCandidate);
  const isMatch = patterns.map(namePattern);
  const matches = ({ name }: Entry, at: number) => isMatch[at]!(name) || isMatch[at]!(layerNameOf(name));
  patterns.forEach((pattern, at) => {
    if (candidates.some((entry) => matches(entry, at))) return;
    const names = candidates.map(({ name }) => layerNameOf(name));
    throw new UserError(
      `"model.prunable.${field}[${at}]" is ${JSON.stringify(pattern)}, which matches no layer of ${network}. ${nearNames(pattern, names)}`,
      { field: `model.prunable.${field}.${at}` },
    );
  });
  return (entry) => patterns.some((_, at) => matches(entry, at));
}

/** Number of names that are listed if none is similar. */
const MOST_NAMES = 5;

function nearNames(pattern: string, names: readonly string[]): string {
  const near = nearest(pattern, names);
  if (near !== undefined) return `Did you mean "${near}"?`;
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `Its layers are ${names.slice(0, MOST_NAMES).join(', ')}${more}.`;
}
