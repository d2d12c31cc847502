/** Writes the saved states and checkpoints of a run while it trains. */
import { saveState, type SavedRun, type StateToSave } from './savedState';

/** Writes files while training continues. Writes them one at a time and in order, so memory holds at most one copy of a network. */
export class Writer {
  private underWay: Promise<void> = Promise.resolve();
  private failure: { error: unknown } | undefined;

  constructor(private readonly run: SavedRun) {}

  /** Waits for the previous write, then collects the state and starts to write it. Throws the error of the previous write. */
  async save(take: () => Promise<StateToSave>): Promise<void> {
    await this.settle();
    this.start(saveState(this.run, await take()));
  }

  /** Waits for the previous write, then starts this one. Throws the error of the previous write. */
  async begin(work: () => Promise<unknown>): Promise<void> {
    await this.settle();
    this.start(work());
  }

  /** Throws the error of a failed write, so that training does not continue in vain. */
  check(): void {
    if (this.failure) throw this.failure.error;
  }

  /** Waits until everything is written. Throws the error of a failed write. */
  async settle(): Promise<void> {
    await this.underWay;
    this.check();
  }

  /** Waits until nothing is being written. Does not throw. */
  async idle(): Promise<void> {
    await this.underWay;
  }

  private start(work: Promise<unknown>): void {
    this.underWay = work.then(
      () => undefined,
      (error: unknown) => {
        this.failure = { error };
      },
    );
  }
}
