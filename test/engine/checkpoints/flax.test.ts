/** Tests MessagePack files of Flax: which tensors belong to the model, and the errors of damaged files. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { openCheckpoint, withCheckpoint } from '../../../engine/checkpoints/open';
import { readValues, tensorOf } from '../../../engine/checkpoints/reader';
import { inspect } from '../../../engine/inspection/inspect';
import { fixture, temporaryFolder } from '../../fixtures';

describe('a Flax checkpoint', () => {
  const temporary = temporaryFolder();

  it('distinguishes the optimizer and the statistics from the parameters', async () => {
    for (const [file, others] of Object.entries({ train_state: ['opt_state'], variables: ['batch_stats'] }))
      await withCheckpoint(fixture(`flax/${file}.msgpack`), ({ tensors }) => {
        const collection = new Set(tensors.flatMap((tensor) => tensor.collection ?? []));
        assert.deepEqual(
          [...collection].filter((name) => name !== 'step'),
          others,
        );
        const parameters = tensors.filter((tensor) => tensor.collection === undefined).map(({ name }) => name);
        const names = ['conv/bias', 'conv/kernel', 'head/bias', 'head/kernel', 'hidden/bias', 'hidden/kernel'];
        assert.deepEqual(parameters.sort(), [...names, 'norm/bias', 'norm/scale']);
        return Promise.resolve();
      });
    const { sparsity, layers } = await inspect(fixture('flax/train_state.msgpack'));
    const pruned = layers.reduce((sum, { count, kept }) => sum + count - kept, 0);
    assert.equal(sparsity.all, pruned / (4 * 18 + 4 + 4 + 4 + 64 * 6 + 6 + 18 + 3));
  });

  it('reads any range of an array in chunks', () =>
    withCheckpoint(fixture('flax/kinds.msgpack'), async (reader) => {
      const tensor = tensorOf(reader, 'chunked')!;
      const all = [...(await readValues(reader, tensor))];
      for (let from = 0; from < all.length; from += 3)
        for (let to = from; to <= all.length; to += 4)
          assert.deepEqual([...(await readValues(reader, tensor, { from, to }))], all.slice(from, to));
    }));

  it('keeps the names of two networks that have parameters each', async () => {
    const array = Buffer.from('\xc7\x11\x01\x93\x91\x01\xa7float32\xc4\x04\0\0\x80?', 'latin1');
    const network = Buffer.concat([Buffer.from('\x81\xa6params\x81\xa1w', 'latin1'), array]);
    const file = Buffer.concat([Buffer.from('\x82\xa1a', 'latin1'), network, Buffer.from('\xa1b', 'latin1'), network]);
    writeFileSync(temporary('two.msgpack'), file);
    const { tensors } = await inspect(temporary('two.msgpack'));
    assert.deepEqual(
      tensors.map(({ name, mean }) => [name, mean]),
      [
        ['a/params/w', 1],
        ['b/params/w', 1],
      ],
    );
  });

  const whole = readFileSync(fixture('flax/variables.msgpack'));
  const latin1 = (text: string) => Buffer.from(text, 'latin1');
  const DAMAGES: Record<string, [Buffer, RegExp]> = {
    'is cut': [whole.subarray(0, whole.length - 5), /it ends at byte \d+, where \d+ more bytes should follow/],
    'has bytes after its end': [Buffer.concat([whole, latin1('x')]), /the last 1 bytes of the file belong to no value/],
    'is nested too deeply': [latin1('\x81\xa1a'.repeat(100_000)), /nested more than 64 levels deep/],
    'claims many entries': [latin1('\xdf\xff\xff\xff\xff\xa1a\x01'), /it ends at byte 8/],
    'has too many values': [
      Buffer.concat([latin1('\x81\xa1a\xdd\0\x04\0\0'), Buffer.alloc(2 ** 18)]),
      /the file has more than 262144 values/,
    ],
    'has a key twice': [latin1('\x82\xa1a\x01\xa1a\x01'), /the key "a" twice/],
    'has an unknown tag': [latin1('\x81\xa1a\xc1'), /no value begins at byte 3/],
    'has an array of another size': [
      latin1('\x81\xa1a\xc7\x11\x01\x93\x91\x02\xa7float32\xc4\x04\0\0\x80?'),
      /tensor "a" needs 8 bytes, but has 4/,
    ],
    'has an array of another length': [
      latin1('\x81\xa1a\xc7\x12\x01\x93\x91\x01\xa7float32\xc4\x04\0\0\x80?\0'),
      /the array at byte \d+ does not have the size of its extension/,
    ],
    'has an array of something else': [latin1('\x81\xa1a\xd4\x01\x92'), /the array at byte \d+ is not/],
    'has no array': [latin1('\x81\xa4step\x01'), /has no tensors\. Choose a file/],
  };
  for (const [what, [bytes, sentence]] of Object.entries(DAMAGES))
    it(`is refused if it ${what}`, async () => {
      writeFileSync(temporary('x.msgpack'), bytes);
      await assert.rejects(openCheckpoint(temporary('x.msgpack')), { name: 'UserError', message: sentence });
    });
});
