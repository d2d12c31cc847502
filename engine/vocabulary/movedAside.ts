/** The names of runs of a study that were moved aside, so that they begin anew. Pure. */

/** Comes between the name of a run that was moved aside and its number. */
const ASIDE = '-before-retry-';

/** Returns the name, or the path, that a run gets when it is moved aside. */
export function asideName(name: string, number: number): string {
  return `${name}${ASIDE}${number}`;
}

/** Whether a run with this name was moved aside. */
export function isMovedAside(name: string): boolean {
  return new RegExp(`${ASIDE}\\d+$`).test(name);
}
