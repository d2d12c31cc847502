/** Blocks of mobile networks, arranged in stages. */
import { UserError } from '../errors';

export interface Stage {
  /** Hidden channels of a block, as a multiple of its inputs. */
  expansion: number;
  /** Output channels. */
  width: number;
  /** Stride of the first block. */
  stride: number;
}

export interface Block {
  inputs: number;
  hidden: number;
  outputs: number;
  stride: number;
}

/** Returns the blocks of all stages, each with the fields of its stage. Only the first block of a stage has its stride. */
export function arrangeBlocks<S extends Stage>(
  stages: readonly S[],
  counts: readonly number[],
  first: number,
): (Block & Omit<S, keyof Stage>)[] {
  let inputs = first;
  return stages.flatMap(({ expansion, width, stride, ...rest }, stage) =>
    Array.from({ length: counts[stage]! }, (_, i) => {
      const block = { ...rest, inputs, hidden: inputs * expansion, outputs: width, stride: i === 0 ? stride : 1 };
      inputs = width;
      return block;
    }),
  );
}

/** Throws UserError if the option `blocks` does not have one number for each stage. */
export function checkStages(blocks: readonly number[], stages: number): void {
  if (blocks.length !== stages)
    throw new UserError(
      `model.options.blocks has ${blocks.length} entries, but this network has ${stages} stages. Give one number for each.`,
      { field: 'model.options.blocks' },
    );
}
