/** The program that calls the command line again and again, for `call`. */
import { engine, findBackendFactory, registerBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { CLI } from './process';

/** A call: the arguments of the command line, its working directory and its environment variables. */
export interface Call {
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

const load = createRequire(__filename);
const PROGRAM = load.resolve('../../engine/cli');
const startWasm = findBackendFactory('wasm');
Object.assign(load('../../engine/runs/detached') as object, { CLI }); // verbs start this program for other runs

const written = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr'] as const)
  process[name].write = (chunk: string | Uint8Array, ...more: unknown[]) => {
    written[name] += Buffer.from(chunk).toString();
    const done = more.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };

process.exit = ((code: number) => {
  const { stdout, stderr } = written;
  process.send!({ code, stdout, stderr });
}) as typeof process.exit;

const end = () => process.kill(process.pid, 'SIGKILL');

/** Takes back what the call before has changed in this process. */
function reset(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, env);
  Object.assign(written, { stdout: '', stderr: '' });
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error');
  process.removeAllListeners('disconnect').once('disconnect', end);
  if (!Object.hasOwn(engine().registryFactory, 'wasm')) registerBackend('wasm', startWasm); // a run has removed it
  Reflect.deleteProperty(load.cache, PROGRAM); // so that it is executed again, with other arguments
}

process.on('message', ({ args, cwd, env }: Call) => {
  reset(env);
  process.chdir(cwd);
  process.argv = [process.execPath, PROGRAM, ...args];
  load(PROGRAM);
});
process.once('disconnect', end);
