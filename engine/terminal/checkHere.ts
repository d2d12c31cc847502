/** Checks the backend of a run before its directory is made. */
import { checkChoice } from '../calibration/choose';
import { probeBackends } from '../calibration/probe';
import type { BackendName } from '../vocabulary/runOptions';

/** Throws UserError if a run cannot begin with this backend. */
export function checkHere(name: BackendName): Promise<void> {
  return checkChoice(name, async () => (await probeBackends()).backends);
}
