import type * as vscode from 'vscode';
import type { MatchedFiles, NameMap } from '../engine/protocol';
import { pathKey } from './paths';

const KEY = 'matchedByHand';

/** Number of pairs of files whose matches are remembered. */
const MOST_PAIRS = 500;

/** Remembers which layers of two checkpoints the user has matched by hand. The workspace stores them. */
export class HandMatches {
  constructor(private readonly memory: Pick<vscode.Memento, 'get' | 'update'>) {}

  /** Returns the layers of A and B that were matched by hand, as names in A and in B. The order of the files does not matter. */
  of(a: string, b: string): NameMap {
    const all = this.#all;
    const swapped = (all[keyOf(b, a)] ?? []).map(([nameB, nameA]) => [nameA, nameB] as const);
    return all[keyOf(a, b)] ?? swapped;
  }

  /** Returns the matches of all pairs of these files. */
  among(files: readonly string[]): MatchedFiles[] {
    const pairs = files.flatMap((b, place) => files.slice(0, place).map((a) => ({ a, b, map: this.of(a, b) })));
    return pairs.filter(({ map }) => map.length > 0);
  }

  /** Stores the matches of two files. If there are too many pairs, the one that was changed longest ago is forgotten. */
  set({ a, b, map }: MatchedFiles): void {
    const others = Object.entries(this.#all).filter(([key]) => key !== keyOf(a, b) && key !== keyOf(b, a));
    const entry = map.length > 0 ? [[keyOf(a, b), map] as const] : [];
    void this.memory.update(KEY, Object.fromEntries([...others, ...entry].slice(-MOST_PAIRS)));
  }

  get #all(): Record<string, NameMap> {
    return this.memory.get<Record<string, NameMap>>(KEY, {});
  }
}

function keyOf(a: string, b: string): string {
  return JSON.stringify([pathKey(a), pathKey(b)]);
}
