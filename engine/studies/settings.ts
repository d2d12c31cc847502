/** What the axes and `set` of a node give to a run. */
import { MASK_RULES, NORMALIZATIONS } from '../vocabulary/connectivity';
import { choiceText, numberText, type Bounds } from '../vocabulary/schemaWords';
import { CLASSIFIERS, RESCALES, TRANSFER_VARIANTS, type TransferChoices } from '../vocabulary/transferVariants';
import type { Measuring } from '../vocabulary/runRecord';
import { POINTS, SEED } from '../vocabulary/runSchema';
import { UserError } from '../errors';
import { didYouMean } from '../nearest';
import { checkChoices } from '../runs/transferSources';
import { OPTION_NAMES, SEARCH_OPTIONS } from '../runs/options';
import type { Overrides } from '../runs/overrides';
import type { Assignment, Axis, NamedValue, NodeKind, StudyFile, StudyNode } from '../vocabulary/study';

/** Fields of derived runs that are not options. `mistakeIn` checks them. */
type Fields = Partial<Omit<TransferChoices, 'initialization'>> & Measuring & { points?: number };

/** The values of a run. */
export interface Settings {
  /** Options that replace those of the study, or those that a derived run inherits. */
  overrides: Overrides;
  fields: Fields;
}

/** The values that a field may have: some words, or whole numbers. */
type Values = readonly string[] | Bounds;

const FIELDS: Record<NodeKind, Readonly<Record<string, Values>>> = {
  search: {},
  training: {},
  transfer: {
    variant: Object.keys(TRANSFER_VARIANTS),
    rescale: Object.keys(RESCALES),
    classifier: Object.keys(CLASSIFIERS),
    magnitudeSeed: SEED,
  },
  connectivity: { points: POINTS, normalization: Object.keys(NORMALIZATIONS), masks: Object.keys(MASK_RULES) },
};

const OPTIONS: ReadonlySet<string> = new Set(OPTION_NAMES);
/** The options that a transfer has from its source. */
const OF_SOURCE: ReadonlySet<string> = new Set(['method', 'model', 'dataset', ...SEARCH_OPTIONS]);

/** Returns what is wrong with the fields of a run, and the field if one is wrong by itself; undefined if nothing is. */
export function mistakeIn(kind: NodeKind, { fields }: Settings): { message: string; field?: keyof Fields } | undefined {
  if (kind === 'transfer' && fields.variant === undefined)
    return { message: 'has no variant. Add "variant" to its "set", or an axis of this name.' };
  for (const [field, value] of Object.entries(fields) as [keyof Fields, unknown][]) {
    const values = FIELDS[kind][field]!;
    if ('includes' in values ? values.includes(value as string) : isWithin(value, values)) continue;
    const needed = 'includes' in values ? choiceText(values) : numberText('integer', values);
    const meant = 'includes' in values ? didYouMean(value, values) : '';
    return { message: `has a wrong "${field}": it is ${JSON.stringify(value)}, but must be ${needed}.${meant}`, field };
  }
  const message = kind === 'transfer' ? choiceMistake(fields) : undefined;
  return message === undefined ? undefined : { message };
}

/** Returns why some choices of a transfer do not go together, or undefined. */
function choiceMistake({ variant, ...choices }: Fields): string | undefined {
  try {
    checkChoices({ variant: variant!, ...choices });
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return `cannot be run: ${error.message}`;
    throw error;
  }
}

/** Whether a value is a whole number within bounds. */
export function isWithin(value: unknown, { minimum = 0, maximum = Infinity }: Bounds): value is number {
  return Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum;
}

/** The names that runs of some kinds take from an axis, for suggestions. */
export function takenNames(kinds: readonly NodeKind[]): string[] {
  return [...OPTION_NAMES, ...kinds.flatMap((kind) => Object.keys(FIELDS[kind]))];
}

/** Returns the values for a run. Values of axes that a run of this kind does not have are left out, and those of `set` are kept. */
export function settingsOf({ axes }: StudyFile, node: StudyNode, assignment: Assignment): Settings {
  const settings = { overrides: {} as Record<string, unknown>, fields: {} as Record<string, unknown> };
  const put = (field: string, value: unknown) => {
    (Object.hasOwn(FIELDS[node.run], field) ? settings.fields : settings.overrides)[field] = value;
  };
  for (const axis of node.over) {
    const value = assignment[axis]!;
    const named = namedValue(axes[axis], value);
    const given = named ? Object.entries(named.set) : [[axis, value] as const];
    for (const [field, one] of given) if (isTaken(node.run, field)) put(field, one);
  }
  for (const [field, value] of Object.entries(node.set ?? {})) put(field, replacedAxis(value, assignment));
  return settings;
}

function namedValue(axis: Axis | undefined, value: Assignment[string]): NamedValue | undefined {
  if (!Array.isArray(axis) || typeof value !== 'string') return undefined; // a study may have thousands of numbers
  return (axis as readonly (NamedValue | Assignment[string])[]).find(
    (one): one is NamedValue => typeof one === 'object' && one.name === value,
  );
}

/** Whether a run of this kind takes a value of an axis with this name. */
export function isTaken(kind: NodeKind, field: string): boolean {
  if (Object.hasOwn(FIELDS[kind], field)) return true;
  const option = field.split('.', 1)[0]!;
  if (!OPTIONS.has(option) || kind === 'connectivity') return false;
  return kind !== 'transfer' || !OF_SOURCE.has(option);
}

/** Returns the value of an axis for the text `$AXIS`; any other value as it is. */
function replacedAxis(value: unknown, assignment: Assignment): unknown {
  const axis = typeof value === 'string' && value.startsWith('$') ? value.slice(1) : undefined;
  return axis !== undefined && Object.hasOwn(assignment, axis) ? assignment[axis] : value;
}
