/** Tests that a run resumes to the same bytes with every backend and every set of kernels, and that it says so where it cannot. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { places, readInstalled, tensorFlowHome } from '../../../engine/backends/tensorflow/installed';
import type { BackendChoice } from '../../../engine/vocabulary/runEvents';
import { temporaryFolder } from '../../fixtures';
import { outputsOf } from '../killed';
import { readEvents, start, startUntil, writeData, writeRunFile } from '../process';
import { assertUsed, BACKEND_SETS, DENY_RELAXED, isSoftware, whyUnusable, type BackendSet } from './backendSets';

type Env = Record<string, string>;

interface Interrupted {
  file: string;
  directory: string;
  env: Env;
}

/** Options of a run of four epochs, which can be interrupted in the first and after the second. */
const SHORT = { rounds: 1, warmupEpochs: 2, finalEpochs: 1 };

/** The same for devices on which a step takes a tenth of a second. */
const SMALL = { ...SHORT, model: { model: 'convnet', options: { widths: [2, 4] } }, batchSize: 64 };

/** A network with GELU, for sets that are named after how they compute it. */
const MIXER = { model: { model: 'mixer', options: { patchSize: 4, dim: 8, depth: 1 } } };

const STOPPED = 130; // the exit code of a run that saved and stopped

/** Without any choice by the user, so that a resume uses what its log says. */
const NOTHING: Env = { WINNING_SIGN_KERNELS: '', WINNING_SIGN_OPERATIONS: '' };

async function succeeds(args: string[], env: Env): Promise<void> {
  const { code, stderr } = await start(args, env).ended;
  assert.equal(code, 0, stderr);
}

/** Starts a run, or resumes it if it exists. Its process ends by SIGTERM after one more step, or by SIGKILL after one more epoch. */
async function interrupt(signal: 'SIGTERM' | 'SIGKILL', { file, directory, env }: Interrupted): Promise<void> {
  const args = existsSync(directory) ? ['resume', directory] : ['run', file, '--dir', directory];
  const { code, stderr } = await startUntil(signal === 'SIGTERM' ? 'progress' : 'epoch', signal, args, env).ended;
  assert.equal(code, signal === 'SIGTERM' ? STOPPED : null, stderr);
}

/** The backends of a run: at its start, and each time it was resumed. */
function choicesOf(directory: string): BackendChoice[] {
  return readEvents(directory).flatMap((event) => ('backend' in event ? [event.backend] : []));
}

/** Asserts that a run says that it was last resumed with another set, and that its result differs from that without interruptions. */
function assertMixed(directory: string, uses: BackendSet): void {
  const last = choicesOf(directory).at(-1)!;
  assertUsed(uses, last);
  assert.deepEqual([last.mixed, last.deterministic], [true, false]);
  assert.match(last.reason, /^This run used .* before and uses .* now, so its result may not be bit-identical/);
}

/** Returns the next usable set of the same backend. So each is once the first and once the second set of a run. */
async function nextOf(set: BackendSet): Promise<BackendSet | undefined> {
  const at = BACKEND_SETS.indexOf(set);
  const others = [...BACKEND_SETS.slice(at + 1), ...BACKEND_SETS.slice(0, at)];
  for (const other of others)
    if (other.backend === set.backend && (await whyUnusable(other)) === undefined) return other;
  return undefined;
}

interface Absence {
  where: string;
  /** The variables of a process that does not have the set. `home` is a folder that does not exist yet. */
  env: (home: string) => Env;
  /** The set that the process uses instead. */
  uses: BackendSet;
}

/** How the process of a resume lacks a set that the run has used, by the name of the set. */
const absences: Partial<Record<string, Absence>> = Object.fromEntries(
  BACKEND_SETS.flatMap((set): [string, Absence][] => {
    const plain = set.name.replace('relaxed', 'ordinary');
    const uses = BACKEND_SETS.find(
      ({ backend, name }) => backend === set.backend && (backend !== 'wasm' || name === plain),
    )!;
    if (set === uses) return [];
    if (set.backend === 'tensorflow')
      return [[set.name, { where: 'where the operations are not installed', env: withoutOperations, uses }]];
    return [[set.name, { where: 'where Node.js has no relaxed SIMD', env: () => DENY_RELAXED, uses }]];
  }),
);

/** Makes an installation of TensorFlow that differs from the present one in that it has no operations of Winning Sign. */
function withoutOperations(home: string): Env {
  const [present, copy] = [tensorFlowHome(), path.join(home, 'backends', 'tensorflow')];
  mkdirSync(copy, { recursive: true });
  for (const name of readdirSync(present)) symlinkSync(path.join(present, name), path.join(copy, name));
  const { operations: _, ...record } = readInstalled()!;
  rmSync(places.record(copy));
  writeFileSync(places.record(copy), JSON.stringify(record));
  return { WINNING_SIGN_HOME: home };
}

describe('a run that is stopped, killed and resumed', function () {
  this.timeout(600_000);
  const inFolder = temporaryFolder();

  for (const set of BACKEND_SETS)
    describe(`with ${set.name}`, () => {
      const used: Env = { ...NOTHING, ...set.env };
      let file: string;

      before(async function () {
        const reason = await whyUnusable(set);
        if (reason === undefined) return;
        console.log(`      skipped: ${reason}`);
        this.skip();
      });
      beforeEach(async () => {
        await writeData(inFolder());
        file = inFolder('run.sign.json');
        const hasGelu = set.env['WINNING_SIGN_KERNELS']?.includes('gelu');
        const options = (await isSoftware(set)) ? SMALL : SHORT;
        writeRunFile(file, { backend: set.backend, ...options, ...(hasGelu && MIXER) });
      });

      it('has the same bytes as without interruptions', async () => {
        const [whole, broken] = [inFolder('whole'), inFolder('broken')];
        await succeeds(['run', file, '--dir', whole], used);
        await interrupt('SIGTERM', { file, directory: broken, env: used });
        await interrupt('SIGKILL', { file, directory: broken, env: NOTHING });
        await succeeds(['resume', broken], NOTHING);
        assert.deepEqual(outputsOf(broken), outputsOf(whole));
        for (const choice of choicesOf(broken)) {
          assertUsed(set, choice);
          assert.deepEqual([choice.mixed, choice.deterministic], [undefined, true]);
        }
      });

      it('says that it may not be bit-identical if it resumes with another set', async function () {
        const other = await nextOf(set);
        if (!other) this.skip();
        const directory = inFolder('mixed');
        await interrupt('SIGTERM', { file, directory, env: used });
        await succeeds(['resume', directory], { ...NOTHING, ...other.env });
        assertMixed(directory, other);
      });

      const absence = absences[set.name];
      if (absence)
        it(`says that it may not be bit-identical if it resumes ${absence.where}`, async () => {
          const directory = inFolder('mixed');
          await interrupt('SIGTERM', { file, directory, env: used });
          await succeeds(['resume', directory], { ...NOTHING, ...absence.env(inFolder('home')) });
          assertMixed(directory, absence.uses);
        });
    });
});
