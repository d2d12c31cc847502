/** Tests GGUF files. Zeros of quantized weights are not counted as pruned, and invalid sizes in a header are rejected. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { openCheckpoint, withCheckpoint } from '../../../engine/checkpoints/open';
import { readValues, tensorOf } from '../../../engine/checkpoints/reader';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { inspect } from '../../../engine/inspection/inspect';
import { formatInspection } from '../../../engine/terminal/formatCheckpoint';
import { fixture, temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';

const QUANTIZED = fixture('gguf/quantized.gguf');

describe('a GGUF file', () => {
  const temporary = temporaryFolder();

  it('does not count zeros of quantized weights as pruned, and says so', async () => {
    const inspection = await inspect(QUANTIZED);
    checkOutput('inspection', inspection);
    assert.deepEqual(
      inspection.tensors.map(({ dtype, quantization }) => [dtype, quantization]),
      [
        ['float32', 'Q8_0'],
        ['float32', 'Q4_0'],
        ['float32', 'Q4_K'],
      ],
    );
    const [first] = inspection.layers;
    assert.equal(first!.maskRule, 'quantized');
    assert.equal(first!.kept, first!.count);
    assert.ok(first!.positive + first!.negative < first!.count / 2 + 40);
    const text = formatInspection(inspection);
    assert.match(text, /sparsity unknown, because all layers are quantized/);
    assert.match(text, /quantized \(Q8_0, Q4_0, Q4_K\): \d+\.\d+ % of the numbers are 0\. Quantization rounds/);
    assert.match(text, /not counted: "?q6_k\.weight"?, which is Q6_K: its blocks are not decoded/);
  });

  it('keeps zeros of quantized weights in a comparison', async () => {
    const { total } = await compareCheckpoints(QUANTIZED, QUANTIZED);
    assert.deepEqual([total.keptBoth, total.neither, total.sameSign], [total.count, 0, total.count]);
  });

  it('reads any range of a quantized tensor', () =>
    withCheckpoint(QUANTIZED, async (reader) => {
      const tensor = tensorOf(reader, 'blk.2.attn_q.weight')!;
      const all = [...(await readValues(reader, tensor))];
      for (const [from, to] of [
        [0, 1],
        [255, 257],
        [100, 700],
        [1535, 1536],
        [256, 512],
        [5, 5],
      ] as const)
        assert.deepEqual([...(await readValues(reader, tensor, { from, to }))], all.slice(from, to));
    }));

  it('has short values of its header as metadata', () =>
    withCheckpoint(fixture('gguf/plain.gguf'), ({ metadata }) => {
      assert.equal(metadata['general.name'], 'a test');
      assert.equal(metadata['tests.number'], '0.5');
      assert.equal(metadata['tokenizer.ggml.tokens'], undefined);
      return Promise.resolve();
    }));

  const whole = readFileSync(fixture('gguf/plain.gguf'));
  const changed = (at: number, bytes: number[]) => {
    const copy = Buffer.from(whole);
    copy.set(bytes, at);
    return copy;
  };
  const line = whole.indexOf('numbers') + 'numbers'.length; // dimensions, sizes, type, offset
  const huge = [0, 0, 0, 0, 0, 0, 0, 0x10];
  const DAMAGES: Record<string, [Buffer, RegExp]> = {
    version: [
      changed(4, [1]),
      /its version is 1; versions 2 and 3 can be read\. Convert the model again to version 3\./,
    ],
    'byte order': [changed(4, [0, 0, 0, 3]), /the file is big-endian\. Convert the model again as little-endian\./],
    'number of tensors': [changed(8, huge), /the header claims 1152921504606846976 tensors/],
    'number of pairs': [changed(16, huge), /the header claims 1152921504606846976 key-value pairs/],
    'length of a key': [changed(24, huge), /a name has 1152921504606847000 bytes/],
    dimensions: [changed(line, [200]), /tensor "numbers" has 200 dimensions/],
    size: [changed(line + 4, huge), /tensor "numbers" .* (dimension beyond|ends at byte)/],
    type: [changed(line + 12, [99]), /tensor "numbers" has the unknown type 99\. Convert/],
    blocks: [changed(line + 12, [8]), /tensor "numbers" has rows of 7 numbers, which is not a multiple of 32/],
    offset: [changed(line + 16, [0, 0, 0, 1]), /tensor "numbers" ends at byte \d+, but the file has only/],
    end: [whole.subarray(0, whole.length - 40), /ends at byte \d+, but the file has only/],
    head: [whole.subarray(0, 20), /it ends at byte 20/],
  };
  for (const [what, [bytes, sentence]] of Object.entries(DAMAGES))
    it(`is refused for its ${what}`, async () => {
      writeFileSync(temporary('x.gguf'), bytes);
      await assert.rejects(openCheckpoint(temporary('x.gguf')), { name: 'UserError', message: sentence });
    });
});
