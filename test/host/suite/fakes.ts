/** Fakes of the engine process and of user input, for tests of single classes of the extension. */
import * as vscode from 'vscode';
import type { Events, Params, RequestMethod, Result } from '../../../engine/protocol';
import { engineEmitters, type EngineClient } from '../../../extension/engine';

type Answers = { [M in RequestMethod]?: (params: Params<M>) => Result<M> | Promise<Result<M>> };

/** A fake engine with given answers and events. */
export class FakeEngine implements EngineClient {
  readonly asked: { method: RequestMethod; params: unknown }[] = [];
  readonly #emitters = engineEmitters();
  readonly #restarted = new vscode.EventEmitter<void>();
  readonly onDidRestart = this.#restarted.event;

  constructor(readonly answers: Answers = {}) {}

  async request<M extends RequestMethod>(method: M, params: Params<M>): Promise<Result<M>> {
    this.asked.push({ method, params });
    const answer = this.answers[method];
    if (!answer) throw new Error(`Nothing answers ${method}.`);
    return answer(params);
  }

  on<E extends keyof Events>(event: E, listener: (params: Events[E]) => void): vscode.Disposable {
    return this.#emitters[event].event(listener);
  }

  tell<E extends keyof Events>(event: E, params: Events[E]): void {
    this.#emitters[event].fire(params);
  }

  restart(): void {
    this.#restarted.fire();
  }
}

const restores: (() => void)[] = [];

/** Replaces a function or value of VS Code's API until `restoreAll`. */
export function replace<T extends object>(owner: T, name: keyof T, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(owner, name)!;
  Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  restores.push(() => Object.defineProperty(owner, name, before));
}

/** Undoes every `replace`, in reverse order. */
export function restoreAll(): void {
  for (const restore of restores.splice(0).reverse()) restore();
}

/** Waits until all resolved promises are handled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
