/** Compares the error messages for files that cannot be opened with a reviewed list. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openCheckpoint } from '../../../engine/checkpoints/open';
import { UserError } from '../../../engine/errors';
import { inspect } from '../../../engine/inspection/inspect';
import { fixture, readJson, temporaryFolder } from '../../fixtures';
import { zip } from '../zip';

/** Returns the message without the path of the file. Any error but a UserError is a bug. */
async function sentenceFor(file: string): Promise<string | undefined> {
  try {
    await (await openCheckpoint(file)).close();
    await inspect(file);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.message.replaceAll(file, 'FILE').replaceAll(`${path.dirname(file)}/`, '');
  }
}

describe('the sentence about a hostile file', () => {
  const SENTENCES = fixture('hostile/sentences.json');

  /** Set WINNING_SIGN_UPDATE=1 to write all messages again, then review the changes. */
  it('is the one in hostile/sentences.json', async () => {
    const found: Record<string, string> = {};
    for (const { file } of readJson('hostile/manifest.json') as { file: string }[]) {
      const sentence = await sentenceFor(fixture(`hostile/${file}`));
      if (sentence !== undefined) found[file] = sentence;
    }
    if (process.env['WINNING_SIGN_UPDATE'] === '1' || !existsSync(SENTENCES))
      writeFileSync(SENTENCES, `${JSON.stringify(found, undefined, 2)}\n`);
    assert.deepEqual(found, JSON.parse(readFileSync(SENTENCES, 'utf8')));
  }).timeout(60_000);

  it('is one sentence with a next action, in one line', () => {
    for (const [file, sentence] of Object.entries(readJson('hostile/sentences.json') as Record<string, string>)) {
      assert.match(sentence, /^FILE\b.*\.$/, file);
      assert.ok(sentence.length < 500, file);
    }
  });
});

describe('the sentence about', () => {
  const temporary = temporaryFolder();
  const opened = (name: string, bytes: Uint8Array) => {
    writeFileSync(temporary(name), bytes);
    return sentenceFor(temporary(name));
  };

  describe('a safetensors header', () => {
    const f32 = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
    const cases: [header: unknown, bytes: number, sentence: string][] = [
      [{ w: { shape: [1], data_offsets: [0, 4] } }, 4, 'tensor "w" has no dtype'],
      [{ w: { ...f32, dtype: 'F33' } }, 4, 'tensor "w" has the unknown dtype "F33"; supported are F64, '],
      [{ w: { ...f32, shape: [-1] } }, 4, 'the shape of tensor "w" is not a list of non-negative integers'],
      [{ w: { ...f32, data_offsets: [0] } }, 4, 'the data_offsets of tensor "w" are not of the form [begin, end]'],
      [{ w: { ...f32, shape: [2] } }, 4, 'tensor "w" of shape [2] needs 8 bytes, but its data_offsets give it 4'],
      [{ w: f32 }, 2, 'tensor "w" ends 2 bytes after the end of the file'],
      [{ v: f32, w: f32 }, 4, 'tensor "w" overlaps the tensor before it'],
      [{ w: { ...f32, data_offsets: [4, 8] } }, 8, '4 bytes before tensor "w" belong to no tensor'],
      [{ w: f32 }, 8, 'the last 4 bytes of the file belong to no tensor'],
      [{ w: 1 }, 0, 'the header entry of tensor "w" is not an object'],
      [{ __metadata__: 1 }, 0, 'the value of __metadata__ is not an object'],
      [{ __metadata__: { a: 1 } }, 0, 'the value of __metadata__ "a" is not a string'],
    ];
    for (const [header, bytes, sentence] of cases)
      it(`${JSON.stringify(header)} names the tensor and what is wrong`, async () => {
        const text = Buffer.from(JSON.stringify(header));
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(BigInt(text.length));
        const found = (await opened('a.safetensors', Buffer.concat([length, text, Buffer.alloc(bytes)]))) ?? '';
        assert.ok(found.startsWith(`FILE is not a valid safetensors file: ${sentence}`), found);
        assert.ok(found.endsWith('. Copy or download it again.'), found);
      });

    it('of fewer bytes than it claims says both numbers', async () => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(100n);
      const found = await opened('a.safetensors', Buffer.concat([length, Buffer.from('{}')]));
      assert.match(found ?? '', /the header should have 100 bytes, but the file has only 10\./);
    });
  });

  describe('a pickle', () => {
    const proto = '\x80\x02';
    const cases: [pickle: string, sentence: string][] = [
      [`${proto}\xff.`, 'the pickle has the unknown instruction 0xff'],
      [`${proto}}`, 'the pickle ends too early'],
      [`${proto}X\xff\xff\x00\x00abc`, 'the pickle ends too early'],
      [`${proto}I12`, 'the pickle ends within a line'],
      [`${proto}I1x\n.`, 'the pickle has an invalid integer'],
      [`${proto}.`, 'the pickle takes a value from an empty stack'],
      [`${proto}q\x00.`, 'the pickle takes a value from an empty stack'],
      [`${proto}K\x01t.`, 'the pickle uses a mark that it never set'],
      [`${proto}h\x05.`, 'memo 5'],
      [`${proto}}(K\x01u.`, 'the pickle has a key without a value'],
      ['\x80\x05\x80\x06.', 'the pickle has protocol 6, but only protocols up to 5 are supported'],
    ];
    for (const [pickle, sentence] of cases)
      it(`${JSON.stringify(pickle)} says what is wrong`, async () => {
        const found = await opened('a.pkl', Buffer.from(pickle, 'latin1'));
        assert.ok(found?.startsWith('FILE ') && found.includes(sentence), found);
      });
  });

  describe('a PyTorch archive', () => {
    const storage = (type: string, count: number, key: string) =>
      `(X\x07\x00\x00\x00storagectorch\n${type}\nX\x01\x00\x00\x00${key}X\x03\x00\x00\x00cpuK${String.fromCharCode(count)}tQ`;
    const tensor = (type = 'FloatStorage', { count = 2, size = 2, key = '0' } = {}) =>
      `\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n(${storage(type, count, key)}K\x00(K${String.fromCharCode(size)}t(K\x01t\x89)tRs.`;
    const archive = (pickle: string, more: Record<string, Buffer> = {}) =>
      zip({ 'a/data.pkl': Buffer.from(pickle, 'latin1'), 'a/none': Buffer.alloc(0), ...more });

    it('opens if nothing is wrong with it', async () => {
      assert.equal(await opened('a.pt', archive(tensor(), { 'a/data/0': Buffer.alloc(8) })), undefined);
    });

    const cases: [what: string, bytes: () => Buffer, sentence: string][] = [
      ['without a storage', () => archive(tensor()), 'storage 0 is missing'],
      [
        'with a short storage',
        () => archive(tensor(), { 'a/data/0': Buffer.alloc(4) }),
        'storage 0 needs 8 bytes, but has 4',
      ],
      [
        'with an unknown storage',
        () => archive(tensor('OddStorage'), { 'a/data/0': Buffer.alloc(8) }),
        'a storage has the unknown type "OddStorage"',
      ],
      [
        'with a view beyond its storage',
        () => archive(tensor('FloatStorage', { size: 3 }), { 'a/data/0': Buffer.alloc(8) }),
        'extends beyond its storage of 2 elements',
      ],
      [
        'with an unknown byte order',
        () => archive(tensor(), { 'a/data/0': Buffer.alloc(8), 'a/byteorder': Buffer.from('middle') }),
        'the byte order "middle" is unknown',
      ],
      [
        'with line breaks in its byte order',
        () => archive(tensor(), { 'a/data/0': Buffer.alloc(8), 'a/byteorder': Buffer.from('little\n\n') }),
        'the byte order "little\\n\\n" is unknown',
      ],
      [
        'with a line break as the name of a storage',
        () => archive(tensor('FloatStorage', { key: '\n' })),
        'storage \\u000a is missing',
      ],
      ['without data.pkl', () => zip({ 'a/data/0': Buffer.alloc(8) }), 'is a ZIP archive without data.pkl'],
      ['without tensors', () => archive('\x80\x02}.'), 'has no tensors'],
    ];
    for (const [what, bytes, sentence] of cases)
      it(`${what} says so`, async () => {
        const found = await opened('a.pt', bytes());
        assert.ok(found?.startsWith('FILE ') && found.includes(sentence) && !found.includes('\n'), found);
      });
  });
});
