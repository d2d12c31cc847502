import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { checkOptions } from '../../../engine/runs/options';
import { provenanceOf, sourcesOf } from '../../../engine/studies/provenance';
import type { RunState } from '../../../engine/studies/states';
import type { DatasetSpec } from '../../../engine/vocabulary/runOptions';

describe('provenanceOf', () => {
  it('says which version wrote the file, which may not be that of the runs', () => {
    process.env['WINNING_SIGN_VERSION'] = '1.2.3';
    try {
      assert.match(sourcesOf([]).join(), /^Written by Winning Sign 1\.2\.3 with Node /);
    } finally {
      delete process.env['WINNING_SIGN_VERSION'];
    }
  });

  const study = { question: 'Why?', options: {}, axes: {}, nodes: {}, results: {} };
  const state = (dataset: DatasetSpec): RunState => {
    const options = checkOptions({ method: 'dense', model: 'mlp', dataset }, 'a.sign.json');
    const run = { name: 'a', node: 'a', kind: 'training', axes: {}, needs: [], sources: [], options } as const;
    return {
      run: { ...run, needs: [], sources: [], settings: { overrides: {}, fields: {} } },
      ...{ directory: 'a', status: 'waiting' },
    };
  };

  it('names the study by its content, and the images that were measured', () => {
    const sentences = provenanceOf({ name: 'gap', study }, [state('sample')]).join(' ');
    const hash = createHash('sha256').update(JSON.stringify(study)).digest('hex');
    assert.ok(sentences.startsWith('Why? Study gap: 0 of 1 runs have ended.') && sentences.includes(hash), sentences);
    assert.match(sentences, /errors were measured on the test images, and/);
    const held: DatasetSpec = { format: 'sample', validation: 100 };
    assert.match(
      provenanceOf({ name: 'gap', study }, [state(held)]).join(' '),
      /on the training images that were held out, and/,
    );
    assert.match(
      provenanceOf({ name: 'gap', study }, [state(held), state('sample')]).join(' '),
      /on the test images, or training images that were held out, and/,
    );
  });
});
