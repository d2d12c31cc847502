/** Reads the configuration of one layer, and throws UserError with the name and class of the layer. */
import { UserError } from '../../errors';
import { quote } from '../../json/strict';
import type { TopologyLayer } from '../../vocabulary/runOptions';

/** The greatest length of an axis and number of units. Larger numbers are mistakes. */
const GREATEST = 2 ** 24;

export class Config {
  readonly name: string;
  readonly className: string;
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(
    private readonly file: string,
    layer: Pick<TopologyLayer, 'name' | 'class' | 'config'>,
  ) {
    this.name = layer.name;
    this.className = layer.class;
    this.#fields = new Map(Object.entries(layer.config));
  }

  /** Returns the error that the layer `is` wrong, and what to do. */
  refused(is: string, remedy: string): UserError {
    return refusedLayer(this.file, { name: this.name, class: this.className }, { is, remedy });
  }

  /** Returns a value as it is in the file. A missing field and null are undefined. */
  given(field: string): unknown {
    return this.#fields.get(field) ?? undefined;
  }

  /** Returns a whole number of at least `minimum`. */
  whole(field: string, fallback?: number, minimum = 1): number {
    const value = this.given(field) ?? fallback;
    if (isWhole(value, minimum)) return value;
    throw this.#wrong(field, `a whole number from ${minimum} to ${GREATEST}`);
  }

  number(field: string, fallback?: number): number {
    const value = this.given(field) ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw this.#wrong(field, 'a number');
  }

  flag(field: string, fallback: boolean): boolean {
    const value = this.given(field) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw this.#wrong(field, 'true or false');
  }

  text(field: string, fallback?: string): string {
    const value = this.given(field) ?? fallback;
    if (typeof value === 'string') return value;
    throw this.#wrong(field, 'a text');
  }

  /** Returns a list of whole numbers. A single number counts as a list of one. */
  wholes(field: string, fallback?: readonly number[], minimum = 1): readonly number[] {
    const value = this.given(field) ?? fallback;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.every((item): item is number => isWhole(item, minimum))) return list;
    throw this.#wrong(field, `whole numbers from ${minimum} to ${GREATEST}`);
  }

  /** Returns the height and the width in a field such as `kernel_size`. One number is both. */
  pair(field: string, fallback?: readonly number[]): readonly [number, number] {
    const [height, width = height, ...rest] = this.wholes(field, fallback);
    if (height !== undefined && width !== undefined && rest.length === 0) return [height, width];
    throw this.#wrong(field, 'one or two whole numbers');
  }

  /** Returns the number in a field that may have two numbers, which must be equal. */
  equal(field: string, fallback?: readonly number[]): number {
    const [first, second] = this.pair(field, fallback);
    if (first === second) return first;
    throw this.refused(
      `has "${field}" [${first}, ${second}]`,
      'Only equal numbers for height and width are supported. Change the layer',
    );
  }

  #wrong(field: string, needed: string): UserError {
    const value = JSON.stringify(this.given(field) ?? null);
    const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value;
    return this.refused(`has "${field}" ${shown}; it must be ${needed}`, 'Correct the file, or export the model again');
  }
}

function isWhole(value: unknown, minimum: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= GREATEST;
}

/** The error that a layer of a file `is` wrong. The advice has no full stop. */
export function refusedLayer(
  file: string,
  layer: Pick<TopologyLayer, 'name' | 'class'>,
  { is, remedy }: { is: string; remedy: string },
): UserError {
  return new UserError(`${file}: layer ${quote(layer.name)} (${shortClass(layer.class)}) ${is}. ${remedy}.`, {
    field: 'model.path',
  });
}

/** Returns the name of a class for messages. It comes from a file, so it is cut and has no control characters. */
function shortClass(name: string): string {
  return quote(name).slice(1, -1);
}
