/** How training ends early: thrown inside an execution, and turned into the outcome of its run. */

/** A run that was asked to stop, thrown once its state is saved. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** A run whose loss is no longer a number: a result, not an error. */
export class Diverged extends Error {
  override readonly name = 'Diverged';
}
