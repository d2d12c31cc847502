import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fingerprint } from '../../../../engine/datasets/fingerprint';
import { listImages } from '../../../../engine/datasets/images/listing';
import { imageFolder } from './imageFolder';

describe('the list of an image folder', () => {
  const { temporary, load, refused, batches } = imageFolder();

  it('refuses an image whose size has changed since it was listed, and lists the folder again', async () => {
    const dataset = await load({ size: 16 });
    const old = fingerprint(dataset);
    appendFileSync(temporary('val/cat/a.jpg'), 'x');
    await batches(dataset, (maker) =>
      assert.rejects(
        async () => {
          for await (const { size } of maker.evaluation('test', 4)) assert.fail(`made a batch of ${size}`);
        },
        { name: 'UserError', message: /a\.jpg has changed: it has \d+ bytes, but had \d+ when the folder was listed/ },
      ),
    );
    assert.notEqual(fingerprint(await load({ size: 16 })), old);
  });

  it('refuses links to folders above and to missing files', async () => {
    symlinkSync(temporary('train'), temporary('train/cat/loop'));
    await refused(/train.cat.loop is a link to a folder above it\. Remove the link/);
    rmSync(temporary('train/cat/loop'));
    symlinkSync(temporary('gone.jpg'), temporary('train/cat/2.jpg'));
    await refused(/train.cat.2\.jpg is a link to a file that cannot be reached \(ENOENT\)/);
    rmSync(temporary('train/cat/2.jpg'));
    symlinkSync(temporary('val/ant'), temporary('train/bee'));
    assert.equal((await load()).classes, 3);
  });

  it('is listed again only if a folder or the size of a compared file has changed', async () => {
    const cache = temporary('.cache');
    const old = new Date(Date.now() - 60_000);
    const age = () => {
      for (const folder of ['.', 'train', 'train/ant', 'train/ant/x', 'train/cat', 'val', 'val/ant', 'val/cat'])
        utimesSync(temporary(folder), old, old);
    };
    mkdirSync(cache);
    age();
    const first = await listImages(temporary('.'), { cache });
    const again = () => listImages(temporary('.'), { cache });
    assert.deepEqual(await again(), first);
    appendFileSync(temporary('val/cat/a.jpg'), 'more');
    const changed = await again();
    assert.notEqual(changed.begun, first.begun);
    age();
    const third = await again();
    rmSync(temporary('train/cat/1.jpg'));
    assert.notDeepEqual((await again()).folders, third.folders);
    for (const broken of ['{', 'null', '{"version":1}', '{"version":2}']) {
      writeFileSync(path.join(cache, readdirSync(cache)[0]!), broken);
      assert.equal((await again()).folders.length, 8);
    }
  });
});
