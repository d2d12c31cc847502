import assert from 'node:assert/strict';
import { entryOf } from '../../../engine/datasets/get/get';
import { CATALOGUE } from '../../../engine/vocabulary/datasetCatalogue';

describe('the datasets that can be downloaded', () => {
  it('are listed if a name is unknown, and a message says how to get ImageNet', () => {
    assert.throws(() => entryOf('cifar'), /unknown\. The datasets are mnist, .*tiny-imagenet\./);
    assert.throws(() => entryOf('imagenet'), /ImageNet needs an account\. Download it from https:\/\/image-net\.org/);
    for (const { files } of Object.values(CATALOGUE))
      for (const { url, md5: sum } of files) assert.ok(URL.canParse(url) && /^[0-9a-f]{32}$/.test(sum), url);
  });
});
