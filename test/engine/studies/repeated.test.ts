import assert from 'node:assert/strict';
import { expand } from '../../../engine/studies/expand';
import { parseStudy } from '../../../engine/studies/studyFile';
import { tablesOf, type MeasuredRun } from '../../../engine/studies/table';
import { contentOf } from '../../../engine/studies/templates/templates';
import type { StudyFile, StudyNode } from '../../../engine/vocabulary/study';

/** Returns the cell of a table by column, for the first row. Retrained tickets have the accuracy 90, others 80 + seed, and dense 70 + seed. */
function cellsOf(content: Partial<StudyFile>) {
  const study = parseStudy('a.study.json', JSON.stringify(content));
  const states = expand(study).map((run): MeasuredRun => {
    const { seed = 0 } = run.axes;
    const accuracy = run.settings.fields.variant === 'retrain' ? 90 : Number(seed) + (run.node === 'dense' ? 70 : 80);
    const measured = { accuracy, loss: 1 };
    const sparsity = { prunable: 0.5, all: 0.5 };
    const result = { kind: 'train', sparsity, test: measured, train: measured, checkpoint: 'final' } as const;
    return { run, status: 'done', overview: { rounds: [], ...(run.kind !== 'search' && { result }) } };
  });
  const { columns, rows } = tablesOf(study, states, 'accuracy')[0]!;
  return (column: string) => rows[0]!.cells[columns.indexOf(column)]!;
}

describe('a run that does not use its seed', () => {
  const content = contentOf('connectivity', 'demo');

  it('is counted once, also in the differences', () => {
    const cell = cellsOf(content);
    // dense with seed 2 is 72: the retrained ticket and its repetition with seed 3 have no more than one pair
    assert.deepEqual(cell('retrain'), { mean: 90, n: 1, difference: { mean: 18, n: 1 } });
    assert.equal(cell('signed-mask').n, 3);
    assert.equal(cell('signed-mask').difference?.n, 2);
  });

  const { dense, search, ticket } = content.nodes as Record<string, StudyNode>;
  const accuracy = content.results!['accuracy']!;

  it('is one pair as a baseline', () => {
    const of = (variant: string): StudyNode => ({
      ...ticket!,
      ...{ over: ticket!.over.filter((axis) => axis !== 'variant'), include: [{ dataSeed: 2 }], set: { variant } },
    });
    const cell = cellsOf({
      ...content,
      nodes: { search: search!, retrained: of('retrain'), signed: of('signed-mask') },
      results: { accuracy: { ...accuracy, of: 'signed', baseline: 'retrained', columns: 'dataSeed' } },
    });
    assert.deepEqual(cell('2').difference, { mean: 82.5 - 90, n: 1 });
  });

  it('is counted for each seed if the data have their order from it, or a new classifier is drawn', () => {
    const { include: _, ...all } = ticket!;
    const over = ticket!.over.filter((axis) => axis !== 'dataSeed');
    const retrained = (set: NonNullable<StudyNode['set']>) =>
      cellsOf({
        ...content,
        nodes: { dense: dense!, search: search!, ticket: { ...all, over, set } },
        results: { accuracy },
      })('retrain').n;
    assert.equal(retrained({}), 2);
    assert.equal(retrained({ dataSeed: 5 }), 1);
    assert.equal(retrained({ dataSeed: 5, classifier: 'new' }), 2);
  });
});
