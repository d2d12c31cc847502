/** `Latest` keeps the answer to the newest request only. `Persistent` also repeats that request after a restart of the engine. */
import type { Disposable, Signal } from './dispose';

export interface Answer<T> {
  done: (value: T) => void;
  failed: (error: Error) => void;
}

/** Passes on the answer to the newest question and drops answers to earlier ones. After `dispose`, drops all answers. */
export class Latest {
  #turn = 0;

  ask<T>(question: Promise<T>, { done, failed }: Answer<T>): void {
    const turn = ++this.#turn;
    question.then(
      (value) => {
        if (turn === this.#turn) done(value);
      },
      (error: unknown) => {
        if (turn === this.#turn) failed(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  dispose(): void {
    this.#turn++;
  }
}

/** Like `Latest`, but repeats the question after each restart of the engine until it is answered. */
export class Persistent implements Disposable {
  readonly #latest = new Latest();
  readonly #restarts: Disposable;
  #again: (() => void) | undefined;

  constructor({ restarted }: { restarted: Signal<undefined> }) {
    this.#restarts = restarted.on(this.retry);
  }

  ask<T>(question: () => Promise<T>, { done, failed }: Answer<T>): void {
    const answered = (value: T) => {
      this.#again = undefined;
      done(value);
    };
    this.#again = () => {
      this.#latest.ask(question(), { done: answered, failed });
    };
    this.#again();
  }

  /** Repeats the newest question, unless it was answered. */
  readonly retry = (): void => {
    this.#again?.();
  };

  dispose(): void {
    this.#restarts.dispose();
    this.#latest.dispose();
  }
}
