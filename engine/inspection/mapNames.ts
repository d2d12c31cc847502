/** Reads the names of layers that a user matches by hand, from texts such as `features.0=params/Conv_0`. */
import { chooseLayers } from '../checkpoints/layers';
import { withCheckpoints } from '../checkpoints/open';
import type { CheckpointReader } from '../checkpoints/reader';
import { command } from '../commands';
import { UserError } from '../errors';
import { quote } from '../json/strict';
import type { CheckpointRef } from '../vocabulary/checkpoint';
import type { NameMap } from '../vocabulary/inspection';

type Pair = NameMap[number];

/**
 * Splits each `NAME_IN_A=NAME_IN_B`. If the names contain “=”, chooses the split whose parts are layers of A and of B; opens the files only
 * then. Throws UserError if a text has no split, or if the files do not decide which one is meant.
 */
export async function readMap(
  texts: readonly string[],
  [a, b]: readonly [CheckpointRef, CheckpointRef],
): Promise<Pair[]> {
  const splits = texts.map((text) => ({ text, pairs: splitsOf(text) }));
  for (const { text, pairs } of splits)
    if (pairs.length === 0)
      throw new UserError(`--map is "${text}". Write the name of a layer in A, “=”, and its name in B.`);
  if (splits.every(({ pairs }) => pairs.length === 1)) return splits.flatMap(({ pairs }) => pairs);
  return withCheckpoints([a, b], async ([readerA, readerB]) => {
    const [namesA, namesB] = [await namesIn(readerA!), await namesIn(readerB!)];
    return splits.map(({ text, pairs }) => {
      const [first, ...others] = pairs;
      if (first && others.length === 0) return first;
      const [fitting, ...more] = pairs.filter(([nameA, nameB]) => namesA.has(nameA) && namesB.has(nameB));
      if (fitting && more.length === 0) return fitting;
      const problem = fitting
        ? 'can be split in several ways. Write the names of the tensors, for example with “.weight” at their ends'
        : `names no layer of ${readerA!.file} before an “=” and a layer of ${readerB!.file} after it`;
      throw new UserError(
        `--map is ${quote(text)}, which ${problem}. “${command('inspect')}” lists the layers of a file.`,
      );
    });
  });
}

/** Splits a text at each “=” that has text on both sides. */
function splitsOf(text: string): Pair[] {
  return Array.from(text.matchAll(/=/g), ({ index }): Pair => [text.slice(0, index), text.slice(index + 1)]).filter(
    ([a, b]) => a !== '' && b !== '',
  );
}

/** Returns the names of the layers and of their tensors. Dense layers can be matched with prunable ones. */
async function namesIn(reader: CheckpointReader): Promise<Set<string>> {
  const { layers, dense } = await chooseLayers(reader);
  return new Set([...layers, ...dense].flatMap(({ name, weight }) => [name, weight.name]));
}
