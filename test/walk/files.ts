/** The fixtures that are walked: those in the folder that FIXTURES names, by default test/fixtures. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The folder of the fixtures. */
export const ROOT = path.resolve(process.env['FIXTURES'] ?? 'test/fixtures');

/** Absolute path of a fixture. */
export function inRoot(name: string): string {
  return path.join(ROOT, name);
}

/** Statistics of a tensor, computed by numpy; some truths have none. Numbers that are not finite are texts. */
export interface TrueTensor {
  dtype: string;
  shape: number[];
  count?: number;
  zeros?: number;
  negatives?: number;
  positives?: number;
  nans?: number;
  infs?: number;
  min?: number;
  max?: number;
  mean?: number;
  l2?: number;
  sha256?: string;
}

/** Outcomes that are right. `also_ok` describes another one in words. */
export interface Expected {
  expect?: 'open' | 'reject' | 'open_or_reject';
  also_ok?: string;
}

export interface Truth extends Expected {
  tensors: Record<string, TrueTensor>;
  masks?: { convention: string; layers: { layer: string; kept: number; s_positive: number; s_negative: number }[] };
  layers?: { layer: string; count: number; kept: number; positive: number; negative: number }[];
  uncounted?: Record<string, string>;
  /** Says “tolerance” if the last bits of the numbers depend on the order of rounding. */
  notes?: string;
}

/** Names of all files below a folder of the fixtures, relative to `ROOT`. */
export function filesBelow(folder = ''): string[] {
  return readdirSync(inRoot(folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = path.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(name) : [name];
    });
}

/** A fixture that is JSON; `otherwise` if it does not exist. */
export function jsonOf<T>(name: string, otherwise: T): T {
  return existsSync(inRoot(name)) ? (JSON.parse(readFileSync(inRoot(name), 'utf8')) as T) : otherwise;
}

/** Whether an outcome is right. */
export function isRight(outcome: 'open' | 'reject', { expect = 'open', also_ok: other }: Expected): boolean {
  return expect === outcome || expect === 'open_or_reject' || other !== undefined;
}

/** Names of the files that are opened together with a file: those beside an index or a model that names others. */
export function companionsOf(name: string): string[] {
  if (!/(\.onnx|index\.json|model\.json|\.index)$/.test(name)) return [];
  const folder = path.dirname(name);
  const beside = readdirSync(inRoot(folder), { withFileTypes: true }).filter((entry) => entry.isFile());
  return beside
    .map((entry) => path.join(folder, entry.name))
    .filter((other) => other !== name && /(\.bin|\.safetensors|\.data-\S+|_data)$/.test(other));
}
