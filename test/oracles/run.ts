/**
 * Compares every backend of this machine, with every set of its kernels, with the oracles. Each set has a process of its own.
 *
 *   npm run test:oracles -- [--set TEXT] [OPTION OF MOCHA…]
 *
 * `--set TEXT` chooses the sets whose names contain TEXT, such as `wasm` or `relaxed`.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { executableSets } from '../../engine/backends/tensorflow/instructions';
import { BACKEND_SETS, isSoftware, whyUnusable, type BackendSet } from '../engine/backends/backendSets';
import { skipPart } from '../tally';
import { MOST_PARAMETERS, VARIABLES, type Part } from './backend';

/** What takes too long on a software (CPU) implementation of a GPU. */
const LEFT_OUT = `interpolations, steps on large images, and networks of more than ${MOST_PARAMETERS.few} parameters`;

const MOCHA = createRequire(__filename).resolve('mocha/bin/mocha.js');

/** Runs the tests in a process with this set. Returns whether they passed. */
function compare({ name, backend, env }: BackendSet, part: Part, args: readonly string[]): boolean {
  console.log(`\n${name}`);
  const chosen = { [VARIABLES.backend]: backend, [VARIABLES.set]: name, [VARIABLES.part]: part };
  const files = part === 'trainings' ? ['steps', 'training'] : ['*'];
  const tests = files.map((file) => `out/test/oracles/${file}.test.js`);
  const mocha = [MOCHA, '--exit', '--reporter', 'out/test/reporter.js', ...tests, ...args];
  const options = { env: { ...process.env, ...env, ...chosen }, stdio: 'inherit' } as const;
  return spawnSync(process.execPath, mocha, options).status === 0;
}

/** What the program uses if nothing is chosen. */
const DEFAULTS: readonly (string | undefined)[] = ['relaxed, winograd, gelu32', executableSets()[0]];

function partOf({ env }: BackendSet, { isSlow, isFirst }: { isSlow: boolean; isFirst: boolean }): Part {
  if (isSlow) return 'few';
  if (isFirst) return 'all';
  const { WINNING_SIGN_KERNELS: kernels, WINNING_SIGN_OPERATIONS: operations } = env;
  if (kernels?.endsWith('winograd')) return 'trainings'; // only gradients use the transforms
  const chosen = kernels ?? operations;
  return chosen === undefined || DEFAULTS.includes(chosen) ? 'numbers' : 'small';
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const at = args.indexOf('--set');
  const [, wanted = ''] = at === -1 ? [] : args.splice(at, 2);
  const sets = BACKEND_SETS.filter(({ name }) => name.includes(wanted));
  if (sets.length === 0 || (at !== -1 && !wanted)) {
    console.error(`--set takes a part of one of these names: ${BACKEND_SETS.map(({ name }) => name).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  for (const set of sets) {
    const what = `the oracles on ${set.name}`;
    const reason = await whyUnusable(set);
    if (reason !== undefined) {
      skipPart(what, reason);
      continue;
    }
    const isSlow = (await isSoftware(set)) && process.env['WINNING_SIGN_SOFTWARE_GPU'] !== 'all';
    if (isSlow)
      skipPart(`${what}: ${LEFT_OUT}`, 'On a CPU they take minutes. WINNING_SIGN_SOFTWARE_GPU=all adds them.');
    if (!compare(set, partOf(set, { isSlow, isFirst: set === sets[0] }), args)) process.exitCode = 1;
  }
}

void main();
