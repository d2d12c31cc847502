/** Calls a function at intervals while it is active. Does not keep the process alive. */
export class Ticker {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly everyMs: number,
    private readonly work: () => void,
  ) {}

  set isWanted(wanted: boolean) {
    if (wanted) this.#timer ??= setInterval(this.work, this.everyMs).unref();
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}
