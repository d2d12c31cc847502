/** Every fixture that is cut at some length is refused, or opened, as hostile/truncations.json says. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../fixtures';
import { examineAll, type Examiner } from './examiners';
import { companionsOf, inRoot, isRight, jsonOf, type Expected } from './files';

interface Cut extends Expected {
  source: string;
  truncate_to: number;
  /** Size of the whole file. */
  of: number;
  /** The file to open, if `source` is one that it names. */
  open?: string;
}

const CUTS = jsonOf<Cut[]>('hostile/truncations.json', []).filter(({ source }) => existsSync(inRoot(source)));

describe(`a fixture that is cut, in ${CUTS.length} places`, function () {
  this.timeout(600_000);
  const temporary = temporaryFolder();

  it('is refused in a sentence', async () => {
    const wrong: string[] = [];
    let next = 0;
    await examineAll(CUTS, async (cut, examiner) => {
      const problem = await problemOf(cut, examiner, temporary(String(next++)));
      if (problem !== undefined) wrong.push(`${cut.source} cut to ${cut.truncate_to} of ${cut.of}: ${problem}`);
    });
    assert.deepEqual(wrong, []);
  });
});

async function problemOf(cut: Cut, examiner: Examiner, folder: string): Promise<string | undefined> {
  const { source, truncate_to: length, of, open = source } = cut;
  const whole = readFileSync(inRoot(source));
  if (whole.length !== of) return `the fixture has ${whole.length} bytes`;
  mkdirSync(folder);
  for (const name of new Set([open, ...companionsOf(open)]))
    copyFileSync(inRoot(name), path.join(folder, path.basename(name)));
  writeFileSync(path.join(folder, path.basename(source)), whole.subarray(0, length));
  const { outcome, message, ms, memory } = await examiner.examine(path.join(folder, path.basename(open)));
  rmSync(folder, { recursive: true });
  if (outcome === 'crash') return message;
  if (!isRight(outcome, cut)) return `${outcome}, not ${cut.expect}. ${message}`;
  if (ms > 5000) return `${ms} ms`; // on a machine that does other things as well
  return memory > 512e6 ? `${memory} bytes of memory` : undefined;
}
