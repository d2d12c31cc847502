/** Checks the options of a study's runs once for all runs that differ only in their seed, because there may be thousands. */
import type { Overrides } from '../runs/overrides';
import type { RunOptions } from '../vocabulary/runOptions';
import { SEED } from '../vocabulary/runSchema';
import type { NodeKind } from '../vocabulary/study';
import { isWithin } from './settings';

/** Everything that the options of a run are made from, beside those of the study. */
interface Basis {
  kind: NodeKind;
  /** The options of the run that it needs. */
  inherited: RunOptions | undefined;
  overrides: Overrides;
}

export class CheckedOptions {
  readonly #checked = new Map<string, { id: number; options: RunOptions }>();
  /** The same number for options that differ only in their seed. */
  readonly #ids = new WeakMap<RunOptions, number>();

  /** Returns the options of a run. Calls `check` if no run with the same options, except the seed, was checked before. */
  of({ kind, inherited, overrides }: Basis, check: () => RunOptions): RunOptions {
    const { seed = inherited?.seed, ...others } = overrides as Overrides & { seed?: unknown };
    if (seed !== undefined && !isWithin(seed, SEED)) return check(); // it is refused
    const key = JSON.stringify([kind, inherited && this.#ids.get(inherited), seed === undefined, others]);
    const known = this.#checked.get(key) ?? { id: this.#checked.size, options: check() };
    this.#checked.set(key, known);
    const options = seed === undefined || seed === known.options.seed ? known.options : { ...known.options, seed };
    this.#ids.set(options, known.id);
    return options;
  }
}
