import assert from 'node:assert/strict';
import { emptyMethodNotes } from '../../../engine/studies/emptyMethods';
import { expand } from '../../../engine/studies/expand';
import { parseStudy } from '../../../engine/studies/studyFile';
import { contentOf, type TemplateName } from '../../../engine/studies/templates/templates';

const LENET = { model: 'lenet' as const, options: { batchNorm: false } };

describe('emptyMethodNotes', () => {
  const notesOf = (name: TemplateName) =>
    emptyMethodNotes(expand(parseStudy('x.study.json', JSON.stringify(contentOf(name, 'demo')))));

  it('names the networks in which AWS has nothing to interpolate', () => {
    const notes = notesOf('without-normalization');
    assert.equal(notes.length, 2);
    for (const note of notes)
      assert.match(
        note,
        /^(convnet|lenet) has no normalization layers in search-.*none.*, so AWS has nothing to interp/,
      );
  });

  it('says nothing of networks with batch norm or layer norm, and of LRR', () => {
    for (const name of ['transfer-gap', 'layer-norm', 'epoch-matched'] as const) assert.deepEqual(notesOf(name), []);
    const lrr = { name: 'a', kind: 'search' as const, options: { method: 'lrr' as const, model: LENET } };
    assert.deepEqual(emptyMethodNotes([lrr]), []);
    assert.equal(emptyMethodNotes([{ ...lrr, options: { ...lrr.options, method: 'aws' } }]).length, 1);
  });
});
