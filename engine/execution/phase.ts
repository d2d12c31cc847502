/** The training loop: epochs of one round, from wherever the saved state stood. */
import { setImmediate } from 'node:timers/promises';
import { evaluationBatches } from '../datasets/batches';
import { numberFrom } from '../environment';
import { interpolationAt } from '../lottery/rounds';
import { epochsOf } from '../runs/record';
import type { Measured } from '../vocabulary/runEvents';
import { dataSeedOf } from '../vocabulary/seeds';
import { Diverged, Stopped } from './outcomes';
import { reestimate } from './reestimation';
import { type Position, START } from './savedState';
import type { Session } from './session';
import { warnOfLoss } from './trainingWarnings';

const REPORT_MS = 1_000;
const SAVE_SECONDS = 60;

export interface Phase {
  round: number;
  epochs: number;
  learningRate(epoch: number): number;
  /** Whether normalization is interpolated as the method says; final trainings never are. */
  interpolates: boolean;
  /** Called before each step with the number of steps of this round that are done. */
  beforeStep?(stepsDone: number): Promise<void>;
}

/** Where training is, and the re-estimated test accuracy there, if it was measured. The accuracy is not part of any state. */
export interface Reached {
  position: Position;
  reestimated: Measured | undefined;
}

/** Trains the rest of a round and returns its end. Throws `Stopped` (with the state saved) and `Diverged`. */
export async function trainPhase(session: Session, phase: Phase, from: Position): Promise<Reached> {
  const clock = new Clock(session, phase.round);
  // A run that resumes at the end of a round has saved that state, but not the accuracy.
  if (from.epoch === phase.epochs)
    return { position: from, reestimated: await reestimate(session, { ...from, epochs: phase.epochs }) };
  let reached = await trainEpoch(session, phase, { from, clock });
  while (reached.position.epoch < phase.epochs)
    reached = await trainEpoch(session, phase, { from: reached.position, clock });
  return reached;
}

async function trainEpoch(
  session: Session,
  phase: Phase,
  { from, clock }: { from: Position; clock: Clock },
): Promise<Reached> {
  const { record, dataset, maker, trainer, log } = session;
  const { batchSize, augmentation } = record;
  const { epoch } = from;
  const began = Date.now();
  const batches = maker.epoch({ batchSize, seed: dataSeedOf(record), round: phase.round, epoch, augmentation });
  const learningRate = phase.learningRate(epoch);
  let position = from;
  for (let step = from.step; step < batches.count; step++) {
    session.writer.check();
    if (session.stopRequested()) await saveAndStop(session, position);
    await phase.beforeStep?.(epoch * batches.count + step);
    const alpha = phase.interpolates ? interpolationAt(record, { round: phase.round, epoch, step }) : 0;
    trainer.step(await batches.batch(step), { learningRate, alpha });
    position = { ...position, step: step + 1 };
    const last = step + 1 === batches.count;
    const saveNow = !last && clock.saveDue(); // after the last step the epoch's own save follows
    if (saveNow || last || clock.reportDue())
      position = await report(session, position, { steps: batches.count, learningRate, clock });
    if (saveNow) await save(session, position, clock);
    await trainer.ready();
    await setImmediate(); // signals are read between steps
  }
  const { sums } = position;
  const train = { loss: sums.loss / sums.examples, accuracy: sums.accuracy / sums.examples };
  const test = await trainer.evaluate(evaluationBatches(dataset, 'test', batchSize));
  const { epochs } = phase;
  const reestimated = await reestimate(session, { round: phase.round, epoch: epoch + 1, epochs });
  const seconds = (Date.now() - began) / 1000;
  await session.writer.settle(); // the round before is logged before the epochs of this one
  const measured = { train, test, ...(reestimated && { reestimated }) };
  log.append({ type: 'epoch', round: phase.round, epoch, epochs, seconds, ...measured });
  warnOfLoss(session, { round: phase.round, epoch, loss: train.loss, whole: true });
  const next = { ...position, epoch: epoch + 1, step: 0, sums: START.sums, measured: { train, test } };
  await save(session, next, clock);
  return { position: next, reestimated };
}

/** Reads what the steps since the last report measured, logs it, and adds it to the epoch's sums. */
async function report(
  session: Session,
  position: Position,
  { steps, learningRate, clock }: { steps: number; learningRate: number; clock: Clock },
): Promise<Position> {
  const { trainer, log } = session;
  const { round, epoch, step } = position;
  const measured = await trainer.takeMeasured();
  const { loss, accuracy } = measured;
  if (!Number.isFinite(loss))
    throw new Diverged(`the loss is ${loss} in round ${round}, epoch ${epoch + 1}; a lower learning rate may help.`);
  const secondsLeft = clock.secondsLeft(position, steps);
  log.append({ type: 'progress', round, epoch, step, steps, loss, accuracy, learningRate, secondsLeft });
  warnOfLoss(session, { round, epoch, loss, whole: false });
  clock.reported();
  return addSums(position, measured);
}

/** The state is written while the next steps are trained. */
async function save({ writer, trainer, log }: Session, position: Position, clock?: Clock): Promise<void> {
  await writer.save(async () => {
    log.sync();
    return { state: await trainer.save(), position: { ...position, eventBytes: log.size } };
  });
  clock?.saved();
}

async function saveAndStop(session: Session, position: Position): Promise<never> {
  const measured = await session.trainer.takeMeasured();
  await save(session, measured.steps > 0 ? addSums(position, measured) : position);
  await session.writer.settle();
  throw new Stopped('stopped');
}

/** Weighted by examples, so that the epoch's mean does not depend on when it was looked at. */
function addSums(position: Position, { loss, accuracy, examples }: Measured & { examples: number }): Position {
  const { sums } = position;
  return {
    ...position,
    sums: {
      loss: sums.loss + loss * examples,
      accuracy: sums.accuracy + accuracy * examples,
      examples: sums.examples + examples,
    },
  };
}

/** When to report and save, and how long the rest will take. */
class Clock {
  #reported = Date.now();
  #saved = Date.now();
  readonly #saveMs = 1_000 * (numberFrom('WINNING_SIGN_SAVE_SECONDS') ?? SAVE_SECONDS);
  /** When the first report was, and after how many steps. */
  #since: { done: number; time: number } | undefined;

  constructor(
    private readonly session: Session,
    private readonly round: number,
  ) {}

  reportDue(): boolean {
    return Date.now() - this.#reported >= REPORT_MS;
  }

  reported(): void {
    this.#reported = Date.now();
  }

  saveDue(): boolean {
    return Date.now() - this.#saved >= this.#saveMs;
  }

  saved(): void {
    this.#saved = Date.now();
  }

  /** From the speed of this round in this process, evaluation included; its first steps, which prepare the others, are left out. */
  secondsLeft({ epoch, step }: Position, steps: number): number | undefined {
    const done = epoch * steps + step;
    this.#since ??= { done, time: Date.now() };
    if (done === this.#since.done) return undefined;
    const perStep = (Date.now() - this.#since.time) / 1000 / (done - this.#since.done);
    return Math.round(perStep * (this.#stepsOfRun(steps) - this.#stepsBefore(steps) - done));
  }

  #stepsBefore(steps: number): number {
    let epochs = 0;
    for (let round = 0; round < this.round; round++) epochs += epochsOf(this.session.record, round);
    return epochs * steps;
  }

  #stepsOfRun(steps: number): number {
    const { record } = this.session;
    if (record.kind === 'train') return record.finalEpochs * steps;
    return (record.warmupEpochs + record.rounds * record.epochsPerRound) * steps;
  }
}
