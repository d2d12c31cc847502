/** Why the file is not smaller: bytes of the weights as they are stored, and in sparse formats. */
import type { Inspection, Storage, StorageForms } from '../../../engine/protocol';
import { intendedBytes } from '../../../engine/vocabulary/overview';
import type { StackedBar } from '../../charts/stackedBars';
import { bytes, percent } from '../../format';
import type { DataTable } from '../../parts/dataTable';
import { TOTAL, type LayerRow } from './layerTree';

/** The parts of a file, in the order in which bars show them. */
export const STORED = [
  'prunable weights',
  'masks',
  'other tensors',
  'not of this model',
  'headers and the rest',
] as const;

const FORMS: readonly (readonly [keyof StorageForms, string])[] = [
  ['dense', 'dense'],
  ['bitmask', 'bitmask + values'],
  ['csr', 'CSR'],
  ['nm', 'N:M'],
];

export interface RowStorage {
  /** Only for all layers. */
  file?: Storage;
  forms: StorageForms;
}

/** Returns the bytes of a row. For a group, those of its layers are added. Undefined if the engine did not send them. */
export function storageOf(inspection: Inspection | undefined, row: LayerRow): RowStorage | undefined {
  if (!inspection) return undefined;
  if (row.key === TOTAL && row.layers.length === inspection.layers.length && inspection.storage)
    return { file: inspection.storage, forms: withIntended(inspection.storage.forms, inspection.layers) };
  const wanted = new Set(row.layers.map(({ name }) => name));
  const layers = inspection.layers.filter(({ name }) => wanted.has(name));
  const all = layers.map(({ storage }) => storage);
  const known = all.filter((one) => one !== undefined);
  if (known.length === 0 || known.length < all.length) return undefined;
  const sum = (of: (forms: StorageForms) => number) => known.reduce((total, forms) => total + of(forms), 0);
  const forms = {
    dense: sum(({ dense }) => dense),
    bitmask: sum(({ bitmask }) => bitmask),
    csr: sum(({ csr }) => csr),
  };
  return { forms: withIntended(forms, layers) };
}

/** Leaves out N:M patterns that chance explains, as the list of layers does. */
function withIntended({ nm: _, ...forms }: StorageForms, layers: Inspection['layers']): StorageForms {
  const nm = intendedBytes(layers);
  return { ...forms, ...(nm !== undefined && { nm }) };
}

/** Returns a bar for the file, if it is known, and one for each format of the weights. */
export function storageBars({ file, forms }: RowStorage): StackedBar[] {
  const bars = FORMS.flatMap(([form, label]) => {
    const value = forms[form];
    return value === undefined ? [] : [{ label, text: bytes(value), parts: [{ kind: 0, value }] }];
  });
  if (!file) return bars;
  const parts = partsOf(file).map((value, kind) => ({ kind, value }));
  return [{ label: 'the file', text: bytes(file.file), parts }, ...bars];
}

/** Returns the bytes of each part in `STORED`. A compressed file can be smaller than its tensors. */
function partsOf({ file, weights, masks, otherTensors, outside }: Storage): number[] {
  const known = [weights, masks, otherTensors, outside];
  return [...known, Math.max(0, file - known.reduce((a, b) => a + b, 0))];
}

export function storageTable(storage: RowStorage | undefined): DataTable {
  const columns = ['what', 'bytes', 'share of dense'];
  if (!storage) return { columns, rows: [] };
  const { file, forms } = storage;
  const rows = FORMS.flatMap(([form, label]) => {
    const value = forms[form];
    return value === undefined ? [] : [[label, value, value / forms.dense]];
  });
  if (!file) return { columns, rows };
  const parts = partsOf(file).map((value, kind) => [`the file: ${STORED[kind]!}`, value, undefined]);
  return { columns, rows: [['the file', file.file, undefined], ...parts, ...rows] };
}

/** Says what the weights take, and what they would take in the smallest format. */
export function storageSentence(storage: RowStorage | undefined, { label, numbers }: LayerRow): string {
  if (!storage) return `${label}: the bytes are not known.`;
  const { file, forms } = storage;
  const sparse = FORMS.filter(([form]) => form !== 'dense').flatMap(([form, name]) => {
    const value = forms[form];
    return value === undefined ? [] : [{ name, value }];
  });
  const best = sparse.reduce((least, one) => (one.value < least.value ? one : least));
  const now = file?.weights ?? forms.dense;
  const pruned = numbers.kept === undefined ? 0 : 1 - numbers.kept / numbers.count;
  const why = pruned > 0 && now >= forms.dense ? ', because pruned weights take as much room as kept ones' : '';
  const start = file
    ? `The file has ${bytes(file.file)}. Its prunable weights take ${bytes(now)}${why}.`
    : `The weights of ${label} take ${bytes(now)} if they are dense.`;
  if (best.value >= now) return `${start} No sparse format would be smaller at this density.`;
  return `${start} As ${best.name}, they would take ${bytes(best.value)} (${percent(best.value / now)}).`;
}
