import assert from 'node:assert/strict';
import { makeSparse } from '../bench/figures/files';
import { temporaryFolder } from '../fixtures';
import { skipPart } from '../tally';
import { firstPicture, settled } from './drive';
import { missingBrowser, openPanelPage, type PanelPage, type Traffic } from './panelPage';

const MOST_BYTES = 1_000_000;

/** Requests that answer with tiles, or with names and aggregates. */
const ALLOWED = ['checkpoint/open', 'checkpoint/picture', 'checkpoint/marginals', 'checkpoint/statistics'];

describe('the panel of a checkpoint, over the wire', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  let panel: PanelPage | undefined;

  before(async function () {
    const missing = missingBrowser();
    if (missing) {
      assert.equal(skipPart('the bytes between panel, extension and engine', missing), 0, missing);
      this.skip();
    }
    panel = await openPanelPage();
  });
  after(() => panel?.close());

  for (const [size, bytes] of [
    ['4 MB', 4e6],
    ['10 GB', 10e9],
  ] as const)
    it(`sends at most 1 MB up to the first picture of ${size}, in tiles and aggregates`, async () => {
      const { page, traffic } = panel!;
      const file = await makeSparse({ folder: inFolder('.') }, 'sparse', bytes);
      await panel!.open({ view: 'checkpoint', file });
      await firstPicture(page);
      const first = traffic.slice(0, 1 + traffic.findIndex(({ method }) => method === 'checkpoint/picture'));
      assert.deepEqual(
        first.map(({ method }) => method),
        ['checkpoint/open', 'checkpoint/picture'],
      );
      assert.ok(sum(first, ({ toExtension, toPanel }) => toExtension + toPanel) <= MOST_BYTES, 'panel and extension');
      assert.ok(sum(first, ({ engine }) => engine) <= MOST_BYTES, 'extension and engine');
      if (bytes > 1e9) return; // the statistics of 10 GB take seconds
      await settled(page);
      for (const { method, toPanel } of traffic) {
        assert.ok(ALLOWED.includes(method), method);
        assert.ok(toPanel < 1.2e6, `${method}: ${toPanel} bytes`); // a tile has at most 512 × 512 cells
      }
    });
});

function sum(traffic: readonly Traffic[], bytes: (each: Traffic) => number): number {
  return traffic.reduce((total, each) => total + bytes(each), 0);
}
