/** The verb `backends`: lists and measures the backends, and installs or removes TensorFlow and WebGPU. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { INSTALL } from '../backends/tensorflow/installed';
import { backendHome } from '../home';
import { INSTALL_WEBGPU } from '../backends/webgpu/load';
import { Cancelled, throwIfCancelled } from '../children';
import { command } from '../commands';
import { installTensorFlow, planTensorFlow, uninstallTensorFlow } from '../install/install';
import { DAWN, installWebGpu, uninstallWebGpu } from '../install/webgpu';
import { isAutomatic } from '../backends/report';
import { describeLimit, threadLimit } from '../threads';
import { tryTensorFlow } from '../backends/tensorflow/try';
import { UserError } from '../errors';
import { onStopSignal } from '../signals';
import { buildArchitecture } from '../models/registry';
import type { InstallProgress } from '../vocabulary/installation';
import { CLI } from '../runs/detached';
import { measureAnew } from '../calibration/calibrate';
import { measureIn } from '../calibration/measure';
import { formatBackends, formatCalibration, formatPlan } from './format';
import { writeFraction, writeLines, writeMessage } from './output';
import { probeBackends } from '../calibration/probe';
import type { Arguments, Printed, Verb } from './verb';
import { readWork, WORK_OPTIONS, WORK_USAGE } from './work';

type Action = (args: Arguments) => Promise<Printed>;

const ACTIONS: Record<string, Action> = { list, measure, install, uninstall, try: tryOut };

export const backendVerbs: Record<string, Verb> = {
  backends: {
    usage: `backends [list | measure ${WORK_USAGE} | install NAME [--gpu] [--python PATH] [--tensorflow VERSION] [--yes] | uninstall NAME]`,
    summary:
      'list the backends that work here; measure how fast each trains a network; install tensorflow or webgpu, after asking; uninstall a backend',
    positionals: [0, 2],
    options: {
      python:
        'for install tensorflow: the Python whose pip is used (default the active virtual environment, else python3)',
      tensorflow: 'for install tensorflow: the exact version (default the newest)',
      ...WORK_OPTIONS,
    },
    flags: {
      gpu: 'for install tensorflow: with the CUDA libraries, several GB (Linux)',
      yes: 'for install: download without asking',
    },
    run: (args) => {
      const [name = 'list'] = args.positionals;
      if (!Object.hasOwn(ACTIONS, name))
        throw new UserError(
          `backends ${name}: unknown. Write list, measure, “install NAME” or “uninstall NAME”, where NAME is tensorflow or webgpu.`,
        );
      return ACTIONS[name]!(args);
    },
  },
};

function refuseMore({ positionals }: Arguments, most: number): void {
  const [extra] = positionals.slice(most);
  if (extra !== undefined)
    throw new UserError(`backends ${positionals[0]}: unexpected argument “${extra}”. Leave it out.`);
}

async function list(args: Arguments): Promise<Printed> {
  refuseMore(args, 1);
  const { backends } = await probeBackends();
  const limit = threadLimit();
  return { json: { backends, threads: limit }, text: `${formatBackends(backends)}\nThreads: ${describeLimit(limit)}` };
}

/** Measures the speed of each backend again and saves the result, which `auto` then uses. */
async function measure(args: Arguments): Promise<Printed> {
  const work = readWork(args);
  refuseMore(args, 1);
  buildArchitecture(work.model, work.data); // throws for a wrong network before anything is measured
  const candidates = (await probeBackends()).backends.filter(isAutomatic);
  const stopped: Printed = { json: { speeds: [] }, text: 'Nothing was measured.', outcome: 'stopped' };
  return interruptible(stopped, async (signal) => {
    const calibration = await measureAnew(work, candidates, {
      measure: measureIn(CLI),
      signal,
      onMessage: writeMessage,
    });
    return { json: calibration, text: formatCalibration(calibration) };
  });
}

function install(args: Arguments): Promise<Printed> {
  const make = nameIn(args) === 'webgpu' ? ownWebGpu : ownTensorFlow;
  if (make === ownWebGpu) refuseTensorFlowOptions(args);
  return interruptible(NOTHING, (signal) => make(args, signal));
}

function refuseTensorFlowOptions({ flags, text }: Arguments): void {
  const given = ['gpu', 'python', 'tensorflow'].find((name) => flags[name] === true || text[name] !== undefined);
  if (given !== undefined) throw new UserError(`--${given} is only for tensorflow. Leave it out for webgpu.`);
}

/** Does work that Ctrl-C or a closed terminal cancels. Cancelled work leaves everything unchanged. */
async function interruptible(stopped: Printed, work: (signal: AbortSignal) => Promise<Printed>): Promise<Printed> {
  const abort = new AbortController();
  const ignoreSignals = onStopSignal(() => {
    abort.abort();
  });
  try {
    return await work(abort.signal);
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    return { ...stopped, text: error.message };
  } finally {
    ignoreSignals();
  }
}

const NOTHING: Printed = { json: { installed: false }, text: 'Nothing was installed.', outcome: 'stopped' };

async function ownTensorFlow({ flags, text }: Arguments, signal: AbortSignal): Promise<Printed> {
  const wanted = { gpu: flags['gpu'] === true, python: text['python'], version: text['tensorflow'] };
  const plan = await planTensorFlow(wanted, signal);
  writeLines(process.stderr, formatPlan(plan));
  const what = plan.replaces === undefined ? 'Install' : `Replace ${plan.replaces} by`;
  const again = [INSTALL, ...given(text, ['python', 'tensorflow']), ...(wanted.gpu ? ['--gpu'] : [])].join(' ');
  if (flags['yes'] !== true && !(await consents(what, { command: again, signal }))) return NOTHING;
  const installed = await installTensorFlow(plan, { cli: CLI, signal, onProgress: printProgress });
  return { json: { installed }, text: `TensorFlow ${installed.version} is installed in ${plan.home}.` };
}

async function ownWebGpu({ flags }: Arguments, signal: AbortSignal): Promise<Printed> {
  const { name, version, bytes } = DAWN;
  const size = `${(bytes! / 1e6).toFixed(0)} MB`;
  writeMessage(`${name} ${version} from npm, ${size}, checked with its hash, into ${backendHome('webgpu')}`);
  if (flags['yes'] !== true && !(await consents('Install', { command: INSTALL_WEBGPU, signal }))) return NOTHING;
  const home = await installWebGpu({ signal, onProgress: printProgress });
  return {
    json: { installed: { version, home } },
    text: `WebGPU (${name} ${version}) is installed in ${home}. “${command('backends')}” shows which GPU it finds.`,
  };
}

/** Returns the given options as command-line words, to repeat them in a message. */
function given(text: Arguments['text'], names: readonly string[]): string[] {
  return names.flatMap((name) => (text[name] === undefined ? [] : [`--${name} ${text[name]}`]));
}

/** Asks the user on a terminal. Throws UserError if there is no terminal. */
async function consents(
  what: string,
  { command: text, signal }: { command: string; signal: AbortSignal },
): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new UserError(`Cannot ask for consent without a terminal. To download this, run “${text} --yes”.`);
  // `terminal: false`, because readline would otherwise handle Ctrl-C itself
  const questions = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  const closed = once(questions, 'close').then(() => 'no');
  try {
    const answer = await Promise.race([questions.question(`${what} this? [y/N] `, { signal }), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  } finally {
    questions.close();
  }
}

function printProgress({ message, fraction }: InstallProgress): void {
  if (fraction === undefined) writeMessage(message);
  else if (process.stderr.isTTY) writeFraction(process.stderr, fraction);
}

async function uninstall(args: Arguments): Promise<Printed> {
  const name = nameIn(args);
  const home = await (name === 'webgpu' ? uninstallWebGpu() : uninstallTensorFlow());
  const title = name === 'webgpu' ? 'WebGPU' : 'TensorFlow';
  const text = home === undefined ? `${title} was not installed.` : `Removed ${title} from ${home}.`;
  return { json: { removed: home ?? null }, text };
}

/** Tests a new installation. The installer runs this in a separate process before it moves the files into place. */
async function tryOut({ positionals }: Arguments): Promise<Printed> {
  const [, home] = positionals;
  if (home === undefined) throw new UserError('backends try: the folder of an installation is missing.');
  const tried = await tryTensorFlow(home);
  return { json: tried, text: `TensorFlow ${tried.version} computes (${tried.device}).` };
}

function nameIn({ positionals }: Arguments): 'tensorflow' | 'webgpu' {
  const [verb, name] = positionals;
  if (name === 'tensorflow' || name === 'webgpu') return name;
  throw new UserError(`backends ${verb} ${name ?? ''}`.trimEnd() + ': the name must be tensorflow or webgpu.');
}
