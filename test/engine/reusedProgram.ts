/** The program that calls the command line again and again, for `call`. */
import { engine, findBackendFactory, registerBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { CLI } from './process';

/** A call: the arguments of the command line, and its working directory. */
export interface Call {
  args: string[];
  cwd: string;
}

const load = createRequire(__filename);
const PROGRAM = load.resolve('../../engine/cli');
const startWasm = findBackendFactory('wasm');
Object.assign(load('../../engine/runs/detached') as object, { CLI }); // which verbs start for other runs

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

process.on('message', ({ args, cwd }: Call) => {
  process.chdir(cwd);
  process.argv = [process.execPath, PROGRAM, ...args];
  Object.assign(written, { stdout: '', stderr: '' });
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error');
  if (!Object.hasOwn(engine().registryFactory, 'wasm')) registerBackend('wasm', startWasm); // a run has removed it
  Reflect.deleteProperty(load.cache, PROGRAM); // so that it is executed again, with these arguments
  load(PROGRAM);
});
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
