/**
 * Compares every backend of this machine, with every set of its kernels, with the oracles. Each set has a process of its own.
 *
 *   npm run test:oracles -- [--set TEXT] [OPTION OF MOCHA…]
 *
 * `--set TEXT` chooses the sets whose names contain TEXT, such as `wasm` or `relaxed`.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { DEFAULT_KERNELS } from '../../engine/backends/wasm/start';
import { BACKEND_SETS, isSoftware, reportOf, whyUnusable, type BackendSet } from '../engine/backends/backendSets';
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

/** Returns the sets that the program uses on this machine if nothing is chosen. */
async function defaultSets(): Promise<(string | undefined)[]> {
  const { operations = 'none' } = await reportOf('tensorflow');
  return [DEFAULT_KERNELS, operations, undefined];
}

function partOf(
  { env }: BackendSet,
  { isSlow, isFirst, isDefault }: Record<'isSlow' | 'isFirst' | 'isDefault', boolean>,
): Part {
  if (isSlow) return 'few';
  if (isFirst) return 'all';
  if (env['WINNING_SIGN_KERNELS']?.endsWith('winograd')) return 'trainings'; // only gradients use the transforms
  return isDefault ? 'numbers' : 'small';
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
  const defaults = await defaultSets();
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
    const isDefault = defaults.includes(set.env['WINNING_SIGN_KERNELS'] ?? set.env['WINNING_SIGN_OPERATIONS']);
    const part = partOf(set, { isSlow, isFirst: set === sets[0], isDefault });
    if (part === 'small')
      skipPart(
        `${what}: networks of more than ${MOST_PARAMETERS.small} parameters`,
        'Smaller networks have the same kernels.',
      );
    if (!compare(set, part, args)) process.exitCode = 1;
  }
}

void main();
