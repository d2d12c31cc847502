/** Runs the tests against a real Slurm, or says why it cannot. */
import { spawnSync } from 'node:child_process';
import { skipPart } from '../tally';
import { whyNoCluster } from './cluster';

const reason = whyNoCluster();
if (reason !== undefined) process.exitCode = skipPart('studies on a real Slurm', reason);
else {
  const mocha = ['--reporter', 'out/test/reporter.js', 'out/test/slurm/*.test.js', ...process.argv.slice(2)];
  process.exitCode = spawnSync('mocha', mocha, { stdio: 'inherit' }).status ?? 1;
}
