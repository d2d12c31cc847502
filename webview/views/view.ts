/** What every view is given, and what it gives back. */
import type { Disposable } from '../dispose';
import type { Host, Memory } from '../host';

export interface ViewContext {
  host: Host;
  /** What a person had set in this view before a reload. */
  memory: Memory;
}

/** Builds a view into an element; disposing ends it. */
export type Mount<State> = (root: HTMLElement, state: State, context: ViewContext) => Disposable;

/** The remembered number, if there is one. */
export function rememberedNumber(memory: Memory, key: string, otherwise: number): number {
  const value = memory[key];
  return typeof value === 'number' ? value : otherwise;
}

/** The remembered word, if it is one of those known now. */
export function rememberedWord<T extends string>(memory: Memory, key: string, known: readonly [T, ...T[]]): T {
  return known.find((word) => word === memory[key]) ?? known[0];
}
