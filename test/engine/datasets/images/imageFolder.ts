/** Makes a folder of images before each test, and loads it. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BatchMaker } from '../../../../engine/datasets/ahead';
import type { Dataset } from '../../../../engine/datasets/dataset';
import { nameOf } from '../../../../engine/datasets/images/names';
import { loadDataset } from '../../../../engine/datasets/load';
import type { FileDataset } from '../../../../engine/protocol';
import { fixture, temporaryFolder } from '../../../fixtures';
import { assertRefused } from '../assert';

type Spec = Partial<FileDataset>;

export function imageFolder() {
  const temporary = temporaryFolder();
  const put = (name: string, image = 'color.jpg') => {
    mkdirSync(path.dirname(temporary(name)), { recursive: true });
    copyFileSync(fixture(`images/${image}`), temporary(name));
  };
  const load = (spec: Spec = {}) => loadDataset({ format: 'folder', path: '.', ...spec }, temporary('.'));
  const refused = (message: RegExp, spec: Spec = {}) => assertRefused(load(spec), message);
  /** Returns the names and labels of a split. */
  const files = (dataset: Dataset, split: 'train' | 'test') => {
    const chosen = dataset[split];
    assert('files' in chosen);
    return Array.from(chosen.labels, (label, i) => [nameOf(chosen.files, chosen.rows[i]!), label]);
  };
  const batches = async (dataset: Dataset, use: (maker: BatchMaker) => Promise<void>) => {
    const maker = new BatchMaker(dataset);
    try {
      await use(maker);
    } finally {
      await maker.dispose();
    }
  };
  let home: string | undefined;

  beforeEach(() => {
    home = process.env['WINNING_SIGN_HOME'];
    process.env['WINNING_SIGN_HOME'] = temporary('.home');
    put('train/cat/1.jpg');
    put('train/cat/0.JPEG', 'progressive.JPEG');
    put('train/ant/x/9.png', 'color.png');
    put('val/cat/a.jpg', 'gray.jpg');
    put('val/ant/b.jpg');
    writeFileSync(temporary('train/cat/notes.txt'), 'not an image');
  });
  afterEach(() => {
    if (home === undefined) delete process.env['WINNING_SIGN_HOME'];
    else process.env['WINNING_SIGN_HOME'] = home;
  });
  return { temporary, put, load, refused, files, batches };
}
