/** Of several answers only the newest question's is wanted. */

export interface Answer<T> {
  done: (value: T) => void;
  failed: (error: Error) => void;
}

/** Hears the answer to the newest question and drops the others, and all of them once ended. */
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
