import { equal } from '../assert';
import { FakeHost } from '../fakeHost';
import { frames } from '../panel';
import { answersOf, study } from '../world/world';
import type { Region } from '../../../engine/protocol';
import { tilesFor } from '../../../webview/charts/tiling';
import { Host } from '../../../webview/host';
import type { Tile } from '../../../webview/protocol';
import { readTheme } from '../../../webview/theme';
import type { PictureSource } from '../../../webview/views/picture/source';
import { TileStore } from '../../../webview/views/picture/tileStore';

const SIDE = 8192;
const WHOLE: Region = { x: 0, y: 0, width: SIDE, height: SIDE };
const source: PictureSource = {
  ...{ file: 'a', mode: 'mask', againstName: 'init', largest: 1 },
  layer: {
    ...{ name: 'a', shape: [SIDE, SIDE], count: SIDE ** 2, maskRule: 'mask', layout: 'OI' },
    ...{ rows: SIDE, columns: SIDE, axes: '' },
  },
};

function emptyTile(region: Region): Tile {
  return { region, width: 1, height: 1, planes: [{ name: 'kept', type: 'u8' }], bytes: new ArrayBuffer(1) };
}

describe('the tiles of a picture', () => {
  let channel: FakeHost;
  let host: Host;
  let store: TileStore;

  beforeEach(async () => {
    const answers = {
      ...answersOf(study()),
      'checkpoint/picture': ({ region }: { region: Region }) => emptyTile(region),
    };
    channel = new FakeHost({ view: 'checkpoint', file: 'a' }, answers);
    host = new Host(channel);
    store = new TileStore(host, source, () => undefined);
    await store.first;
    channel.hold.add('checkpoint/picture');
  });
  afterEach(() => {
    store.dispose();
    host.dispose();
  });

  const asked = () => channel.requests.slice(1).map(({ params }) => (params as { region: Region }).region);
  const answered = async () => {
    channel.answerHeld();
    while (channel.busy) await frames();
    await frames();
  };
  const view = (x: number, y: number, scale: number) => {
    const visible = { x, y, width: 1000 / scale, height: 1000 / scale };
    const regions = tilesFor(visible, scale, { rows: SIDE, columns: SIDE });
    store.want(regions, visible);
    return regions;
  };

  it('are requested four at a time, from the centre of the view', async () => {
    const regions = view(0, 0, 0.25);
    equal(regions.length, 4);
    view(100, 100, 0.4);
    equal(asked().length, 4);
    await answered();
    equal(asked().length, 5);
  });

  it('are not requested if the view has moved before their turn', async () => {
    const first = view(0, 0, 0.3);
    equal(first.length > 4, true);
    const second = view(4096, 4096, 1);
    equal(asked().length, 4);
    await answered();
    const last = asked().at(-1)!;
    equal(
      second.some((region) => JSON.stringify(region) === JSON.stringify(last)),
      true,
    );
  });

  it('hide the coarse picture when they cover the view', async () => {
    const colors = { theme: readTheme(), mode: 'mask', largest: 1 } as const;
    const visible = { x: 0, y: 0, width: 100, height: 100 };
    const regions = tilesFor(visible, 1, { rows: SIDE, columns: SIDE });
    store.want(regions, visible);
    equal(
      store.painted(regions, colors).map(({ region }) => region),
      [WHOLE],
    );
    await answered();
    equal(
      store.painted(regions, colors).map(({ region }) => region),
      regions,
    );
  });
});
