/** The interface of views. */
import type { Disposable } from '../dispose';
import type { Host, Memory } from '../host';

export interface ViewContext {
  host: Host;
  /** The settings that the user had made in this view before a reload. */
  memory: Memory;
}

/** Builds a view in an element. Disposing the result ends the view. */
export type Mount<State> = (root: HTMLElement, state: State, context: ViewContext) => Disposable;

/** Returns the remembered number, or `otherwise` if there is none. */
export function rememberedNumber(memory: Memory, key: string, otherwise: number): number {
  const value = memory[key];
  return typeof value === 'number' ? value : otherwise;
}

/** Returns the remembered word if `known` has it, else the first word of `known`. */
export function rememberedWord<T extends string>(memory: Memory, key: string, known: readonly [T, ...T[]]): T {
  return known.find((word) => word === memory[key]) ?? known[0];
}

/** Returns the remembered text, or an empty one. */
export function rememberedText(memory: Memory, key: string): string {
  const value = memory[key];
  return typeof value === 'string' ? value : '';
}
