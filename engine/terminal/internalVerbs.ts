/** Verbs that our own processes start, each with one task as JSON. They are not part of the contract of the command line. */
import { checkHere } from './checkHere';
import { MEASURE_VERB, measureHere } from '../calibration/measure';
import { PREPARE_VERB, prepareHere } from '../runs/prepare';
import { PROBE_VERB, probeHere } from '../calibration/probe';
import type { Verb } from './verb';

function internal(name: string, run: (task: string) => Promise<unknown>): Verb {
  return {
    usage: `${name} TASK`,
    summary: 'for internal use',
    internal: true,
    positionals: [1, 1],
    run: async ({ positionals }) => {
      const result = await run(positionals[0]!);
      return { json: result, text: JSON.stringify(result) };
    },
  };
}

export const internalVerbs: Record<string, Verb> = {
  [MEASURE_VERB]: internal(MEASURE_VERB, measureHere),
  [PROBE_VERB]: internal(PROBE_VERB, probeHere),
  [PREPARE_VERB]: internal(PREPARE_VERB, (task) => prepareHere(task, { checkBackend: checkHere })),
};
