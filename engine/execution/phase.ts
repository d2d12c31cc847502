/** The training loop: trains the epochs of one round, from its start or from a saved position. */
import { setImmediate } from 'node:timers/promises';
import { drawNumbers } from '../backends/operations/dropout';
import { numberFrom } from '../environment';
import { interpolationAt } from '../lottery/rounds';
import { epochsBefore } from '../runs/record';
import type { TrainingMeasured } from '../training/trainer';
import type { Measured } from '../vocabulary/runEvents';
import { roundsOf } from '../vocabulary/rounds';
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
  /** Whether the method may interpolate the normalization. False in a full training. */
  interpolates: boolean;
  /** Called before each step, with the number of finished steps of this round. */
  beforeStep?(stepsDone: number): Promise<void>;
}

/**
 * A position in the training, and the re-estimated test accuracy if it was measured there. This accuracy and the speed are never part of
 * a saved state.
 */
export interface Reached {
  position: Position;
  reestimated: Measured | undefined;
  /** Training images per second of this process in this round; undefined if it trained none. */
  imagesPerSecond?: number | undefined;
}

/**
 * Trains the rest of a round and returns the position at its end. If the run was asked to stop, saves the state and throws `Stopped`.
 * Throws `Diverged` if the loss is not finite.
 */
export async function trainPhase(session: Session, phase: Phase, from: Position): Promise<Reached> {
  const clock = new Clock(session, phase.round);
  // The round is complete, but its saved state does not contain the re-estimated accuracy, so the accuracy is measured again.
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
  const { record, maker, trainer, log } = session;
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
    const draws = drawNumbers(dataSeedOf(record), 'dropout', phase.round, epoch, step);
    trainer.step(await batches.batch(step), { learningRate, alpha, draws });
    position = { ...position, step: step + 1 };
    const last = step + 1 === batches.count;
    const saveNow = !last && clock.saveDue(); // the last step is saved at the end of the epoch
    if (saveNow || last || clock.reportDue())
      position = await report(session, position, { steps: batches.count, learningRate, clock });
    if (saveNow) await save(session, position, { clock });
    await trainer.ready();
    await setImmediate(); // lets Node deliver signals between steps
  }
  const { sums } = position;
  const train = { loss: sums.loss / sums.examples, accuracy: sums.accuracy / sums.examples };
  clock.trained(sums.examples - from.sums.examples, Date.now() - began);
  const test = await trainer.evaluate(maker.evaluation('test', batchSize));
  const { epochs } = phase;
  const reestimated = await reestimate(session, { round: phase.round, epoch: epoch + 1, epochs });
  const seconds = (Date.now() - began) / 1000;
  await session.writer.settle(); // the previous round must be logged before the epochs of this one
  const gradientNorm = sums.gradientNorms === undefined ? undefined : sums.gradientNorms / batches.count;
  const measured = { train, test, ...(gradientNorm !== undefined && { gradientNorm }) };
  const result = { ...measured, ...(reestimated && { reestimated }) };
  log.append({ type: 'epoch', round: phase.round, epoch, epochs, seconds, ...result });
  warnOfLoss(session, { round: phase.round, epoch, loss: train.loss, whole: true });
  const next = { ...position, epoch: epoch + 1, step: 0, sums: START.sums, measured };
  await save(session, next, { clock, endsEpoch: true });
  return { position: next, reestimated, imagesPerSecond: clock.imagesPerSecond };
}

/** Logs the loss and accuracy of the steps since the last report, and adds them to the sums of the epoch. */
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
    throw new Diverged(`The loss is ${loss} in round ${round}, epoch ${epoch + 1}. Try a lower "learningRate".`);
  const secondsLeft = clock.secondsLeft(position, steps);
  log.append({ type: 'progress', round, epoch, step, steps, loss, accuracy, learningRate, secondsLeft });
  warnOfLoss(session, { round, epoch, loss, whole: false });
  clock.reported();
  return addSums(position, measured);
}

/** Saves the state. The file is written while the next steps are trained. At the end of an epoch, its signs are compared first. */
async function save(
  { writer, trainer, signs, log }: Session,
  position: Position,
  { clock, endsEpoch = false }: { clock?: Clock; endsEpoch?: boolean } = {},
): Promise<void> {
  await writer.save(async () => {
    log.sync();
    const state = await trainer.save();
    if (endsEpoch) signs.addEpoch(state);
    return { state, signs: signs.save(), position: { ...position, eventBytes: log.size } };
  });
  clock?.saved();
}

async function saveAndStop(session: Session, position: Position): Promise<never> {
  const measured = await session.trainer.takeMeasured();
  await save(session, measured.steps > 0 ? addSums(position, measured) : position);
  await session.writer.settle();
  throw new Stopped('stopped');
}

/**
 * Adds the measurements to the sums of the epoch, weighted by number of examples or steps. So the means of the epoch do not depend on when
 * progress was reported.
 */
function addSums(position: Position, { loss, accuracy, examples, gradientNorm, steps }: TrainingMeasured): Position {
  const { sums } = position;
  const { gradientNorms } = sums;
  return {
    ...position,
    sums: {
      loss: sums.loss + loss * examples,
      accuracy: sums.accuracy + accuracy * examples,
      examples: sums.examples + examples,
      ...(gradientNorms !== undefined && { gradientNorms: gradientNorms + gradientNorm * steps }),
    },
  };
}

/** Decides when to report and when to save, estimates the remaining time and measures the speed. */
class Clock {
  #images = 0;
  #milliseconds = 0;
  /** Undefined before the first report, which is due after the first step, so that a user soon sees that the run trains. */
  #reported: number | undefined;
  #saved = Date.now();
  readonly #saveMs = 1_000 * (numberFrom('WINNING_SIGN_SAVE_SECONDS') ?? SAVE_SECONDS);
  /** The time of the second report, and the number of steps that were done by then. */
  #since: { done: number; time: number } | undefined;

  constructor(
    private readonly session: Session,
    private readonly round: number,
  ) {}

  /** Adds the time in which this process trained on some images. */
  trained(images: number, milliseconds: number): void {
    this.#images += images;
    this.#milliseconds += milliseconds;
  }

  get imagesPerSecond(): number | undefined {
    return this.#milliseconds > 0 ? (1000 * this.#images) / this.#milliseconds : undefined;
  }

  reportDue(): boolean {
    return this.#reported === undefined || Date.now() - this.#reported >= REPORT_MS;
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

  /**
   * Estimates the remaining seconds from the speed of this round in this process, including evaluations. The slow steps before the
   * second report are left out.
   */
  secondsLeft({ epoch, step }: Position, steps: number): number | undefined {
    if (this.#reported === undefined) return undefined;
    const done = epoch * steps + step;
    this.#since ??= { done, time: Date.now() };
    if (done === this.#since.done) return undefined;
    const perStep = (Date.now() - this.#since.time) / 1000 / (done - this.#since.done);
    return Math.round(perStep * (this.#stepsOfRun(steps) - this.#stepsBefore(steps) - done));
  }

  #stepsBefore(steps: number): number {
    return epochsBefore(this.session.record, this.round) * steps;
  }

  #stepsOfRun(steps: number): number {
    const { record } = this.session;
    if (record.kind === 'train') return record.finalEpochs * steps;
    return epochsBefore(record, roundsOf(record) + 1) * steps;
  }
}
