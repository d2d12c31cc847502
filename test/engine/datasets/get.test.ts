import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { Cancelled } from '../../../engine/children';
import { CATALOGUE, type CatalogueEntry } from '../../../engine/vocabulary/datasetCatalogue';
import { getDataset, type GetOptions } from '../../../engine/datasets/get/get';
import { thisProcess } from '../../../engine/processes';
import { temporaryFolder } from '../../fixtures';
import { until } from '../../until';
import { tar } from '../tar';
import { zip } from '../zip';

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

const BIG = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
const ARCHIVE = gzipSync(tar({ 'made/a.bin': BIG, 'made/empty': Buffer.alloc(0), 'made/b.txt': Buffer.from('b') }));

describe('getDataset', () => {
  const temporary = temporaryFolder();
  let server: Server;
  let asked: (string | undefined)[];
  /** Answers a request. Replaced by some tests. */
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  const whole = (bytes: Uint8Array) => (request: IncomingMessage, response: ServerResponse) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = bytes.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length }).end(rest);
  };
  const catalogue = (bytes: Uint8Array, more: Partial<CatalogueEntry> = {}, file = 'made.tar.gz') => ({
    made: {
      title: 'Made',
      home: 'http://localhost/home',
      size: '1 MB',
      files: [{ url: `http://localhost:${(server.address() as AddressInfo).port}/${file}`, md5: md5(bytes) }],
      dataset: { format: 'cifar10' as const, folder: 'made' },
      ...more,
    },
  });
  const get = (entries: GetOptions['catalogue'], more: Partial<GetOptions> = {}) =>
    getDataset('made', { into: temporary('.'), catalogue: entries, waits: [0, 0, 0], ...more });
  const refused = (entries: GetOptions['catalogue'], message: RegExp) =>
    assert.rejects(get(entries), { name: 'UserError', message });

  const arrived = () => {
    const part = temporary('made.unfinished/made.tar.gz.part');
    return until('the first bytes have arrived', () => existsSync(part) && readFileSync(part).length > 0);
  };

  beforeEach(async () => {
    asked = [];
    answer = whole(ARCHIVE);
    server = createServer((request, response) => {
      asked.push(request.headers.range);
      answer(request, response);
    });
    server.listen(0, 'localhost');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('downloads and unpacks, tells the progress and the source, and leaves only the data', async () => {
    const fractions: number[] = [];
    const messages: string[] = [];
    const { dataset } = await get(catalogue(ARCHIVE), {
      onProgress: ({ fraction }) => fractions.push(fraction),
      onMessage: (message) => messages.push(message),
    });
    assert.deepEqual(dataset, { format: 'cifar10', path: temporary('made', 'made') });
    assert.deepEqual(readdirSync(dataset.path), ['a.bin', 'b.txt', 'empty']);
    assert.deepEqual(readFileSync(path.join(dataset.path, 'a.bin')), BIG);
    assert.deepEqual(readdirSync(temporary('.')), ['made']);
    assert.deepEqual(readdirSync(temporary('made')), ['made']);
    assert.equal(fractions.at(-1), 1);
    assert.match(messages[0]!, /^Downloading from localhost:\d+\. Terms of use: http:\/\/localhost\/home$/);
    await get(catalogue(ARCHIVE), { onMessage: (message) => messages.push(message) });
    assert.match(messages.at(-1)!, /made exists already, so nothing is downloaded/);
    assert.equal(asked.length, 1);
  });

  it('continues after a connection that ended, and the next time', async () => {
    const half = ARCHIVE.length >> 1;
    answer = (request, response) => {
      if (request.headers.range !== undefined) {
        whole(ARCHIVE)(request, response);
        return;
      }
      response.writeHead(200, { 'content-length': ARCHIVE.length });
      response.write(ARCHIVE.subarray(0, half));
      void arrived().then(() => response.destroy());
    };
    await get(catalogue(ARCHIVE));
    assert.equal(asked[0], undefined);
    assert.match(asked[1]!, /^bytes=\d+-$/);
    assert.deepEqual(readFileSync(temporary('made/made/a.bin')), BIG);
  });

  it('starts anew if the server cannot continue, and accepts a part that is complete', async () => {
    mkdirSync(temporary('made.unfinished'));
    writeFileSync(temporary('made.unfinished/made.tar.gz.part'), 'something else');
    answer = (_, response) => response.writeHead(200).end(ARCHIVE);
    await get(catalogue(ARCHIVE));
    assert.deepEqual(asked, ['bytes=14-']);
    assert.deepEqual(readFileSync(temporary('made/made/a.bin')), BIG);
  });

  it('refuses data with another checksum and removes them', async () => {
    await refused(
      catalogue(Buffer.from('other')),
      /the download is corrupt or has changed \(its MD5 is not [0-9a-f]{32}\)/,
    );
    assert.deepEqual(readdirSync(temporary('made.unfinished')), []);
    assert.ok(!existsSync(temporary('made')));
  });

  it('says what the server answered, and keeps what has arrived', async () => {
    answer = (_, response) => response.writeHead(404).end();
    await refused(catalogue(ARCHIVE), /made\.tar\.gz: the server answers 404 Not Found\. Try again later/);
    assert.equal(asked.length, 1);
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': ARCHIVE.length });
      response.write(ARCHIVE.subarray(0, 1000), () => response.destroy());
    };
    await refused(catalogue(ARCHIVE), /the connection ended/);
    const entries = catalogue(ARCHIVE);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await refused(entries, /cannot be reached \(.*ECONNREFUSED/);
  });

  it('asks for the file itself, and refuses one that is compressed anyway', async () => {
    answer = (request, response) => {
      if (request.headers['accept-encoding'] === 'identity') whole(ARCHIVE)(request, response);
      else response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(ARCHIVE));
    };
    await get(catalogue(ARCHIVE));
    rmSync(temporary('made'), { recursive: true });
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'x-gzip' }).end(ARCHIVE);
    await refused(
      catalogue(ARCHIVE),
      /the server sends the file with the encoding x-gzip\. .*download the file yourself/,
    );
    assert.equal(asked.length, 2);
  });

  it('waits before another try, also if the server is busy, and can be cancelled then', async () => {
    answer = (_, response) => response.writeHead(asked.length === 1 ? 429 : asked.length === 2 ? 503 : 408).end('x');
    await assert.rejects(get(catalogue(ARCHIVE), { waits: [1, 1] }), /the server answers 408/);
    assert.equal(asked.length, 3);
    const abort = new AbortController();
    const waiting = get(catalogue(ARCHIVE), { waits: [1_000_000], signal: abort.signal });
    await until('the server was asked', () => asked.length === 4);
    setTimeout(() => {
      abort.abort();
    }, 100);
    await assert.rejects(waiting, Cancelled);
  });

  it('downloads to an empty folder, but not over a file or beside another download', async () => {
    mkdirSync(temporary('made'));
    await get(catalogue(ARCHIVE));
    assert.deepEqual(readdirSync(temporary('made')), ['made']);
    rmSync(temporary('made'), { recursive: true });
    writeFileSync(temporary('made'), '');
    await refused(catalogue(ARCHIVE), /made is a file\. Move it away, or choose another folder/);
    rmSync(temporary('made'));
    let first: Promise<unknown> | undefined;
    answer = (request, response) => {
      first ??= refused(catalogue(ARCHIVE), /made\.unfinished\.lock: process \d+ on .* is downloading this dataset/);
      void first.then(() => {
        whole(ARCHIVE)(request, response);
      });
    };
    await get(catalogue(ARCHIVE));
    assert.ok(first);
    await first;
    rmSync(temporary('made'), { recursive: true });
    writeFileSync(temporary('made.unfinished.lock'), JSON.stringify({ ...thisProcess(), pid: 2 ** 30 }));
    await get(catalogue(ARCHIVE));
    assert.deepEqual(readdirSync(temporary('.')), ['made']);
  });

  it('names the folder that cannot be written', async () => {
    writeFileSync(temporary('file'), '');
    const inFile = getDataset('made', { into: temporary('file'), catalogue: catalogue(ARCHIVE) });
    await assert.rejects(inFile, {
      name: 'MachineError',
      message: /file.made cannot be downloaded: a part of this path is a file/,
    });
    mkdirSync(temporary('made.unfinished/made.tar.gz.part'), { recursive: true });
    await assert.rejects(get(catalogue(ARCHIVE)), {
      name: 'MachineError',
      message: /made cannot be downloaded \(EISDIR: .*made\.tar\.gz\.part/,
    });
  });

  it('stops when it is cancelled, and continues the next time', async () => {
    const abort = new AbortController();
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': ARCHIVE.length });
      response.write(ARCHIVE.subarray(0, 1000));
    };
    const stopped = get(catalogue(ARCHIVE), { signal: abort.signal });
    await arrived();
    abort.abort();
    await assert.rejects(stopped, Cancelled);
    answer = whole(ARCHIVE);
    await get(catalogue(ARCHIVE));
    assert.match(asked[1]!, /^bytes=\d+-$/);
  });

  it('unpacks the parts of a ZIP archive that have a place', async () => {
    const bytes = zip({
      'gzip/emnist-letters-train-labels-idx1-ubyte.gz': Buffer.from('x'),
      'gzip/readme': Buffer.from('y'),
    });
    answer = whole(bytes);
    const { place, dataset } = CATALOGUE['emnist']!;
    await get(catalogue(bytes, { place, dataset }, 'gzip.zip'));
    assert.deepEqual(readdirSync(temporary('made')), ['letters']);
    assert.deepEqual(readdirSync(temporary('made/letters')), ['emnist-letters-train-labels-idx1-ubyte.gz']);
  });

  it('refuses archives that are truncated, corrupt, or lead out of the folder', async () => {
    const corrupt = tar({ 'a.bin': BIG });
    corrupt[0]! ^= 1;
    const cases: [Buffer, RegExp][] = [
      [gzipSync(tar({ 'a.bin': BIG }).subarray(0, 5000)), /made\.tar\.gz cannot be unpacked \(it is truncated\)/],
      [ARCHIVE.subarray(0, 500), /made\.tar\.gz cannot be unpacked/],
      [gzipSync(corrupt), /one of its headers is corrupt/],
      [gzipSync(tar({ '../out.bin': BIG })), /its entry \.\.\/out\.bin leads out of the folder/],
    ];
    for (const [bytes, message] of cases) {
      answer = whole(bytes);
      await refused(catalogue(bytes), message);
    }
    assert.ok(!existsSync(temporary('out.bin')));
  });
});
