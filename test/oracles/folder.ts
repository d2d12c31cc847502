/** The folder of oracles: numbers that PyTorch or the official code computed. `ORACLES` names another folder of the same format. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ModelSpec } from '../../engine/vocabulary/runOptions';

const ORACLES = path.resolve(process.env['ORACLES'] ?? 'test/fixtures/oracles');

/** How an oracle names a network: the family, its options and the number of classes. */
export type OracleNetwork = Exclude<ModelSpec, string> & { classes: number };

/** Returns the path of a file in the folder. */
export function oracle(...names: string[]): string {
  return path.join(ORACLES, ...names);
}

/** Returns the names in a subfolder, in order; none if the subfolder does not exist. */
export function listOracles(subfolder: string): string[] {
  return existsSync(oracle(subfolder)) ? readdirSync(oracle(subfolder)).sort() : [];
}

export function readOracleJson(...names: string[]): unknown {
  return JSON.parse(readFileSync(oracle(...names), 'utf8'));
}

/** The network as the official code prunes it. */
export function asOfficial(network: OracleNetwork): OracleNetwork {
  return { ...network, prunable: 'official' };
}
