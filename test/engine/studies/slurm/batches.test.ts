import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { expand, type StudyRun } from '../../../../engine/studies/expand';
import { batchesOf, type Batch } from '../../../../engine/studies/slurm/batches';
import { readStudy } from '../../../../engine/studies/studyFile';
import { contentOf } from '../../../../engine/studies/templates/templates';
import { temporaryFolder } from '../../../fixtures';

/** A run with this name that needs these. */
function run(name: string, ...needs: string[]): StudyRun {
  return { name, needs, node: name } as StudyRun;
}

function shown(batches: readonly Batch[]) {
  return batches.map(({ tasks, after }) => ({
    tasks: Object.fromEntries([...tasks].map(([index, { name }]) => [index, name])),
    ...(after && { after }),
  }));
}

const all = { arraySize: 1000, isOpen: () => true };

describe('batches of a study', () => {
  const temporary = temporaryFolder();

  it('makes an array of the runs that need the same runs, and divides it at the limit of the cluster', () => {
    const runs = [run('a'), run('b'), run('c'), run('x', 'a'), run('y', 'a')];
    assert.deepEqual(shown(batchesOf(runs, { ...all, arraySize: 2 })), [
      { tasks: { 0: 'a', 1: 'b' } },
      { tasks: { 0: 'c' } },
      { tasks: { 0: 'x', 1: 'y' }, after: { each: ['a'] } },
    ]);
  });

  it('matches task with task if each run needs another run', () => {
    const runs = [run('a'), run('b'), run('c'), run('ax', 'a'), run('cx', 'c'), run('bx', 'b'), run('cy', 'c')];
    assert.deepEqual(shown(batchesOf(runs, all)), [
      { tasks: { 0: 'a', 1: 'b', 2: 'c' } },
      { tasks: { 0: 'ax', 1: 'bx' }, after: { same: 0 } },
      { tasks: { 0: 'cx', 1: 'cy' }, after: { each: ['c'] } },
    ]);
  });

  it('submits job by job if runs need several others', () => {
    const runs = [run('a'), run('b'), run('c'), run('ab', 'a', 'b'), run('bc', 'b', 'c')];
    assert.deepEqual(shown(batchesOf(runs, all)).slice(1), [
      { tasks: { 0: 'ab' }, after: { each: ['a', 'b'] } },
      { tasks: { 0: 'bc' }, after: { each: ['b', 'c'] } },
    ]);
  });

  it('does not wait for what has ended, and waits for jobs that exist already', () => {
    const isOpen = (name: string) => name !== 'done';
    assert.deepEqual(shown(batchesOf([run('x', 'done'), run('y', 'done', 'other')], { ...all, isOpen })), [
      { tasks: { 0: 'x' } },
      { tasks: { 0: 'y' }, after: { each: ['other'] } },
    ]);
  });

  it('keeps the dependencies of every run of the largest template, with few arrays', async () => {
    const content = contentOf('transfer-gap', 'demo');
    const file = temporary('transfer-gap.study.json');
    writeFileSync(file, JSON.stringify(content));
    const runs = expand(await readStudy(file));
    const batches = batchesOf(runs, { ...all, arraySize: 100 });
    const placed = new Map<string, { batch: number; index: number }>();
    batches.forEach(({ tasks, after }, batch) => {
      assert.ok(tasks.size <= 100);
      for (const [index, { name, needs }] of tasks) {
        assert.ok(index < 100 && !placed.has(name));
        if (after && 'same' in after)
          assert.deepEqual(needs.map((need) => placed.get(need)), [{ batch: after.same, index }]); // prettier-ignore
        else assert.deepEqual(after?.each ?? [], needs);
        for (const need of needs) assert.ok(placed.has(need));
      }
      for (const [index, { name }] of tasks) placed.set(name, { batch, index });
    });
    assert.equal(placed.size, runs.length);
    assert.ok(batches.length <= runs.length / 5, `${batches.length} submissions for ${runs.length} runs`);
  });
});
