import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { imageFolder } from './imageFolder';

describe('the text files of an image folder', () => {
  const { temporary, put, load, refused, files } = imageFolder();

  it('reads the validation images of Tiny-ImageNet by their annotations', async () => {
    rmSync(temporary('val'), { recursive: true });
    put('val/images/val_0.JPEG');
    put('val/images/val_1.JPEG');
    put('test/images/test_0.JPEG');
    writeFileSync(temporary('val/val_annotations.txt'), 'val_0.JPEG\tcat\t0\t0\t9\t9\nval_1.JPEG\tant\t0\t0\t9\t9\n');
    assert.deepEqual(files(await load(), 'test'), [
      ['val/images/val_0.JPEG', 1],
      ['val/images/val_1.JPEG', 0],
    ]);
    writeFileSync(temporary('val/val_annotations.txt'), 'val_0.JPEG\tcat\n');
    await refused(/val.images.val_1\.JPEG has no line in val.val_annotations\.txt/);
    rmSync(temporary('val/val_annotations.txt'));
    mkdirSync(temporary('val/val_annotations.txt'));
    await refused(/val_annotations\.txt cannot be read \(EISDIR\)\. Correct its permissions, or copy it again/);
    rmSync(temporary('val/val_annotations.txt'), { recursive: true });
    writeFileSync(temporary('val/val_annotations.txt'), 'val_0.JPEG cat\n');
    await refused(/val_annotations\.txt has no file name and class in line 1/);
  });

  it('reads the flat validation images of ImageNet by the file of Kaggle, unless they are in class folders', async () => {
    const solution = 'ImageId,PredictionString\nILSVRC_1,cat 1 2 3 4 cat 5 6 7 8 \nILSVRC_2,ant 1 2 3 4 \n';
    writeFileSync(temporary('LOC_val_solution.csv'), solution.replaceAll('ILSVRC', 'other'));
    assert.equal((await load()).test.count, 2);
    rmSync(temporary('val'), { recursive: true });
    put('val/ILSVRC_1.JPEG');
    put('val/ILSVRC_2.JPEG');
    await refused(/val.ILSVRC_1\.JPEG has no line in LOC_val_solution\.csv/);
    rmSync(temporary('LOC_val_solution.csv'));
    await refused(/val must have a folder .* for each class, or val_annotations\.txt or LOC_val_solution\.csv with/);
    writeFileSync(temporary('val/LOC_val_solution.csv'), solution);
    assert.deepEqual(files(await load(), 'test'), [
      ['val/ILSVRC_1.JPEG', 1],
      ['val/ILSVRC_2.JPEG', 0],
    ]);
  });

  it('has the names of classes from words.txt or LOC_synset_mapping.txt', async () => {
    const names = async () => (await load()).classNames;
    writeFileSync(temporary('words.txt'), 'bee\tbee\ncat\thouse cat, Felis catus\r\n');
    assert.deepEqual(await names(), ['ant', 'house cat']);
    writeFileSync(temporary('words.txt'), 'ant\tcrane\ncat\tcrane\n');
    assert.deepEqual(await names(), ['crane (ant)', 'crane (cat)']);
    rmSync(temporary('words.txt'));
    writeFileSync(temporary('LOC_synset_mapping.txt'), 'ant emmet, pismire\n');
    assert.deepEqual(await names(), ['emmet', 'cat']);
  });
});
