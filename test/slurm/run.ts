/** Runs the tests against a real Slurm, or says why it cannot. Most machines have no Slurm, so this is never a failure, also if CI=true. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { skipPart } from '../tally';
import { Cluster, whyNoCluster } from './cluster';

/** Starts a cluster and stops it. Returns why that is not possible here, for example because a container forbids it. */
async function whyNotStarted(): Promise<string | undefined> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'slurm-'));
  try {
    await (await Cluster.start(folder)).stop();
    return undefined;
  } catch (error) {
    return `Slurm does not start here: ${(error as Error).message}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const reason = whyNoCluster() ?? (await whyNotStarted());
  if (reason !== undefined) {
    skipPart('studies on a real Slurm', reason);
    process.exit(0); // daemons that did not start are ended by their watchdog
  }
  const mocha = ['--reporter', 'out/test/reporter.js', 'out/test/slurm/*.test.js', ...process.argv.slice(2)];
  process.exitCode = spawnSync('mocha', mocha, { stdio: 'inherit' }).status ?? 1;
}

void main();
