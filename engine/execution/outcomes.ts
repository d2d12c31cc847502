/** Exceptions that end a training early. `executeRun` turns them into the outcome of the run. */

/** Thrown when a run was asked to stop, after its state is saved. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Thrown when the loss of a run is no longer finite. This is a result, not an error. */
export class Diverged extends Error {
  override readonly name = 'Diverged';
}
