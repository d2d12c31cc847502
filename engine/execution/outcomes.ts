/** Exceptions that end a training early. `executeRun` turns them into the outcome of the run. */

/** Thrown if a run was asked to stop. Its state is saved before. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Thrown if the loss of a run is no longer finite. This is a result, not an error. */
export class Diverged extends Error {
  override readonly name = 'Diverged';
}
