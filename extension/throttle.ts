/** Calls a function some time after it was requested, and at most once in each interval. */
export class Throttle {
  #timer: NodeJS.Timeout | undefined;
  #next = 0;

  /** @param interval milliseconds between two calls */
  constructor(
    private readonly act: () => void,
    private readonly interval: number,
  ) {}

  request(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#next = Date.now() + this.interval;
        this.act();
      },
      Math.max(0, this.#next - Date.now()),
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
