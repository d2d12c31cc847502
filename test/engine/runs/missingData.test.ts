import assert from 'node:assert/strict';
import path from 'node:path';
import { downloadOf } from '../../../engine/runs/missingData';
import { checkOptions } from '../../../engine/runs/options';
import { DATA } from '../../../engine/studies/templates/scales';

describe('advice on missing data', () => {
  const advice = (format: string, given: string) => downloadOf(format, path.resolve(given));

  it('names the dataset and the folder that the path is in', () => {
    assert.equal(advice('cifar10', DATA.cifar10), 'winning-sign dataset get cifar10 --into data');
    assert.equal(advice('cifar100', DATA.cifar100), 'winning-sign dataset get cifar100 --into data');
    assert.equal(advice('folder', DATA.tiny), 'winning-sign dataset get tiny-imagenet --into data');
    assert.equal(advice('idx', 'kmnist'), 'winning-sign dataset get kmnist');
  });

  it('names the dataset of a format that only one has, wherever it is', () => {
    assert.equal(advice('cifar10', 'elsewhere'), 'winning-sign dataset get cifar10');
    for (const [format, given] of [
      ['folder', 'imagenet'],
      ['idx', 'digits'],
      ['npz', 'cifar10'],
    ] as const)
      assert.equal(advice(format, given), undefined, format);
  });

  it('names the folder of a path that the command does not make', () => {
    assert.equal(advice('cifar10', 'mine/pictures'), 'winning-sign dataset get cifar10 --into mine');
    const outside = path.resolve('/elsewhere');
    assert.equal(
      advice('cifar10', path.join(outside, 'pictures')),
      `winning-sign dataset get cifar10 --into ${outside}`,
    );
  });

  it('is in the message', () => {
    const options = { method: 'lrr', model: 'mlp', dataset: { format: 'cifar10', path: DATA.cifar10 } };
    assert.throws(
      () => checkOptions(options, 'x.sign.json'),
      /which does not exist\. Correct the path\. To download the data, run “winning-sign dataset get cifar10 --into data”\./,
    );
  });
});
