import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { FileError } from '../../../engine/errors';
import { expand } from '../../../engine/studies/expand';
import { readStudy } from '../../../engine/studies/studyFile';
import { temporaryFolder } from '../../fixtures';

const OPTIONS = { model: 'mlp', dataset: 'sample', rounds: 3, pruningFraction: 0.5, backend: 'wasm' };
const GAP = {
  options: OPTIONS,
  axes: {
    method: ['lrr', 'aws'],
    round: 'all',
    variant: ['retrain', 'signed-mask'],
    seed: [2, 3],
  },
  nodes: {
    dense: { run: 'training', over: ['seed'] },
    search: { run: 'search', over: ['method'], set: { seed: 1 } },
    ticket: { run: 'transfer', over: ['method', 'round', 'variant', 'seed'], from: 'search#round' },
    basin: {
      run: 'connectivity',
      over: ['method', 'round', 'seed'],
      a: { node: 'ticket', where: { variant: 'signed-mask' } },
      b: { node: 'ticket', where: { variant: 'retrain' } },
      set: { points: 5 },
    },
  },
};

describe('expand', () => {
  const temporary = temporaryFolder();
  const expanded = async (study: object) => {
    const file = temporary('gap.study.json');
    writeFileSync(file, JSON.stringify(study, undefined, 2));
    return expand(await readStudy(file));
  };
  const refused = (study: object, message: RegExp) =>
    assert.rejects(expanded(study), (error: Error) => error.name === 'UserError' && message.test(error.message));

  it('names the place of a wrong value itself, and what was probably meant', async () => {
    /** Returns the messages, each with the text in the file at its place. */
    const problemsOf = async (study: object) => {
      const file = temporary('gap.study.json');
      const text = JSON.stringify(study, undefined, 2);
      writeFileSync(file, text);
      const error: unknown = await readStudy(file)
        .then(expand)
        .catch((one: unknown) => one);
      assert.ok(error instanceof FileError);
      return error.problems.map(({ message, range }) => [text.split('\n')[range!.line - 1]!.trim(), message] as const);
    };
    const { nodes, axes } = GAP;
    const lower = { name: 'a', set: { momentum: 2 } };
    const cases: [object, line: string, message: RegExp][] = [
      [{ ...GAP, axes: { ...axes, method: ['lr', 'aws'] } }, '"lr",', /Did you mean "lrr"\?/],
      [{ ...GAP, axes: { ...axes, variant: ['retrian', 'signed-mask'] } }, '"retrian",', /Did you mean "retrain"\?/],
      [
        { ...GAP, axes: { ...axes, w: [lower] }, nodes: { search: { ...nodes.search, over: ['method', 'w'] } } },
        '"momentum": 2',
        /"momentum" must be/,
      ],
      [
        {
          ...GAP,
          axes: { ...axes, kind: ['retrian'] },
          nodes: {
            ...nodes,
            ticket: { ...nodes.ticket, over: ['method', 'round', 'kind', 'seed'], set: { variant: '$kind' } },
            basin: undefined,
          },
        },
        '"retrian"',
        /Did you mean "retrain"\?/,
      ],
      [
        { ...GAP, axes: { ...axes, round: 'al' } },
        '"round": "al",',
        /must be "all", a list such as \[1, 2\], or \{ "kept": .*Did you mean "all"\?/,
      ],
      [{ ...GAP, axes: { ...axes, seed: 3 } }, '"seed": 3', /"axes\.seed" must be a list of its values \(it is 3\)/],
      [
        { ...GAP, nodes: { ...nodes, basin: { ...nodes.basin, points: 5 } } },
        '"points": 5',
        /"points" is a value of the runs of node "basin"\. Put it into the "set"/,
      ],
      [
        { ...GAP, nodes: { ...nodes, ticket: { ...nodes.ticket, variant: 'retrain' } } },
        '"variant": "retrain"',
        /Put it into the "set" of the node: "set": \{ "variant": … \}/,
      ],
    ];
    for (const [study, line, message] of cases) {
      const found = await problemsOf(study);
      assert.ok(
        found.some(([at, text]) => at === line && message.test(text)),
        JSON.stringify(found),
      );
    }
  });

  it('gives a run for each combination, after the runs that it needs, with the same names every time', async () => {
    const runs = await expanded(GAP);
    assert.deepEqual(
      runs.map(({ name }) => name),
      (await expanded(GAP)).map(({ name }) => name),
    );
    const count = (node: string) => runs.filter((run) => run.node === node).length;
    assert.deepEqual(['dense', 'search', 'ticket', 'basin'].map(count), [2, 2, 24, 12]);
    const seen = new Set<string>();
    for (const { name, needs } of runs) {
      assert.ok(
        needs.every((need) => seen.has(need)),
        name,
      );
      seen.add(name);
    }
    assert.deepEqual(
      runs
        .filter(({ node }) => node === 'ticket')
        .slice(0, 5)
        .map(({ name }) => name),
      [
        'ticket-lrr-r01-retrain-seed2',
        'ticket-lrr-r01-retrain-seed3',
        'ticket-lrr-r01-signed-mask-seed2',
        'ticket-lrr-r01-signed-mask-seed3',
        'ticket-lrr-r02-retrain-seed2',
      ],
    );
  });

  it('gives the options and the sources of each run', async () => {
    const runs = await expanded(GAP);
    const run = (name: string) => runs.find((one) => one.name === name)!;
    assert.deepEqual([run('dense-seed3').options.method, run('dense-seed3').options.seed], ['dense', 3]);
    assert.deepEqual([run('search-aws').options.method, run('search-aws').options.seed], ['aws', 1]);
    const ticket = run('ticket-aws-r02-signed-mask-seed3');
    assert.deepEqual(ticket.sources, [{ run: 'search-aws', checkpoint: 'checkpoints/round-02.safetensors' }]);
    assert.deepEqual(ticket.settings, { fields: { variant: 'signed-mask' }, overrides: { seed: 3 } });
    const { sources, settings } = run('basin-aws-r02-seed3');
    assert.deepEqual(
      sources.map((source) => source.run),
      ['ticket-aws-r02-signed-mask-seed3', 'ticket-aws-r02-retrain-seed3'],
    );
    assert.deepEqual(settings.fields, { points: 5 });
  });

  it('gives a training no method of pruning, also if the searches get theirs from the same options', async () => {
    const nodes = { dense: GAP.nodes.dense, search: { run: 'search' } };
    const runs = await expanded({ options: { ...OPTIONS, method: 'lrr' }, axes: { seed: [2] }, nodes });
    assert.deepEqual(
      runs.map(({ node, options: { method } }) => [node, method]),
      [
        ['dense', 'dense'],
        ['search', 'lrr'],
      ],
    );
  });

  it('leaves out combinations, and takes values that set several options', async () => {
    const alpha = [
      { name: 'full', set: {} },
      { name: 'half', set: { 'normalizationInterpolation.high': 0.5 } },
    ];
    const runs = await expanded({
      options: { ...OPTIONS, method: 'aws' },
      axes: { alpha, round: { kept: [0.5, 0.12] }, seed: [1, 2] },
      nodes: {
        search: { run: 'search', over: ['alpha', 'seed'], exclude: [{ alpha: 'half', seed: 2 }] },
        ticket: {
          run: 'transfer',
          over: ['alpha', 'seed', 'round'],
          include: [{ seed: 1 }],
          from: 'search#round',
          set: { variant: 'signed-mask', seed: 7, dataSeed: '$seed' },
        },
      },
    });
    assert.deepEqual(
      runs.map(({ name }) => name),
      [
        ...['search-full-seed1', 'search-full-seed2', 'search-half-seed1'],
        ...['ticket-full-seed1-r01', 'ticket-full-seed1-r03', 'ticket-half-seed1-r01', 'ticket-half-seed1-r03'],
      ],
    );
    assert.deepEqual(
      runs.slice(0, 3).map(({ options }) => options.normalizationInterpolation.high),
      [1, 1, 0.5],
    );
    assert.deepEqual(runs.at(-1)!.settings.overrides, { seed: 7, dataSeed: 1 });
  });

  it('names each mistake with its place', async () => {
    const { nodes, axes } = GAP;
    await refused(
      { ...GAP, nodes: { ...nodes, dense: { run: 'training', over: ['sed'] } } },
      /:\d+:\d+: .*no axis "sed"/,
    );
    await refused({ ...GAP, nodes: { ticket: nodes.ticket } }, /there is no node "search"/);
    await refused({ ...GAP, nodes: { ...nodes, ticket: { ...nodes.ticket, from: undefined } } }, /needs "from"/);
    await refused({ ...GAP, axes: { ...axes, seed: [2, 2] } }, /"2" appears twice/);
    await refused({ ...GAP, axes: { ...axes, round: [4] } }, /search-lrr has no round 4: its last round is 3/);
    await refused(
      { ...GAP, options: { ...OPTIONS, rounds: 0 } },
      /^\S+:\d+:\d+: "rounds" must be from 1 to 200 \(it is 0\)\.$/,
    );
    const ghost = { ...GAP, axes: { ...axes, learningrate: [1, 2] } };
    const dense = { run: 'training', over: ['seed', 'learningrate'] };
    await refused(
      { ...ghost, nodes: { ...nodes, dense } },
      /"learningrate" changes nothing: .* Did you mean "learningRate"\?/,
    );
    const named = { ...axes, seed: [{ name: 'a', set: { sed: 1 } }] };
    await refused({ ...GAP, axes: named }, /:\d+:\d+: no node over "seed" takes "sed"\. Did you mean "seed"\?/);
    const b = { node: 'ticket', where: { varian: 'retrain' } };
    await refused(
      { ...GAP, nodes: { ...nodes, basin: { ...nodes.basin, b } } },
      /no axis "varian"\. Did you mean "variant"/,
    );
    const exclude = [{ variant: 'retrian' }];
    await refused(
      { ...GAP, nodes: { ...nodes, ticket: { ...nodes.ticket, exclude } } },
      /"variant" has no value "retrian"/,
    );
    const measured = { of: 'ticket', measure: 'barrier', rows: [] };
    await refused({ ...GAP, results: { measured } }, /a transfer \(node "ticket"\) has no barrier/);
    const rescale = { ...nodes.ticket, set: { rescale: 'layer' } };
    await refused({ ...GAP, nodes: { ...nodes, ticket: rescale } }, /node "ticket" cannot be run: Rescaling/);
    await refused({ method: 'lrr', ...OPTIONS }, /This is a run file, not a study\. Run it with: /);
    const circle = { a: { run: 'transfer', from: 'b' }, b: { run: 'transfer', from: 'a' } };
    await refused({ ...GAP, nodes: circle }, /node "a" would need its own result/);
    await refused({ ...GAP, nodes: circle }, /^(?![^]*changes nothing)/);
    const search = { ...GAP.nodes.search, set: { seed: '$metod' } };
    await refused(
      { ...GAP, nodes: { search } },
      /"seed" is "\$metod": there is no axis "metod"\. Did you mean "method"\?/,
    );
    await refused([], /A study file must be an object/);
    const set = { variant: 'signed' };
    const over = ['method', 'round', 'seed'];
    await refused(
      { ...GAP, nodes: { search: nodes.search, ticket: { ...nodes.ticket, over } } },
      /"ticket" has no variant/,
    );
    const wrong = { ...nodes.ticket, over, set };
    const basin = { ...nodes.basin, set: { points: 1 } };
    await refused(
      { ...GAP, nodes: { ...nodes, basin } },
      /wrong "points": it is 1, but must be a whole number from 2 to 1001/,
    );
    await refused(
      { ...GAP, nodes: { search: nodes.search, ticket: wrong } },
      /wrong "variant": it is "signed", but must be/,
    );
    const unsaid = { ...nodes.ticket, over: ['round', 'variant', 'seed'] };
    await refused({ ...GAP, nodes: { search: nodes.search, ticket: unsaid } }, /runs over "method", so say which/);
  });

  it('refuses names that files of the study or other runs have, on any file system, with their place', async () => {
    const training = { run: 'training' };
    const own = ['.slurm', '.ended.json', 'study.lock', 'Study.Log', 'run.json', 'node_modules', '.hidden'];
    for (const name of [...own, 'dense-before-retry-1', 'study.lock.0f']) {
      const message = new RegExp(
        `:\\d+:5: a run would have the name "${name.replaceAll('.', '\\.')}", but .* Rename the`,
      );
      await refused({ ...GAP, nodes: { [name]: training } }, message);
    }
    for (const name of ['con', 'LPT1.a', 'console', 'study-lock', 'a.slurm', 'dense-before-retry-one'])
      assert.equal((await expanded({ ...GAP, nodes: { [name]: training } })).length, 1, name);
    await refused({ ...GAP, nodes: { dense: training, Dense: training } }, /names dense and Dense, which are the same/);
    await refused({ ...GAP, nodes: { 'a/b': training, 'a:b': training } }, /two runs would have the name a-b/);
    await refused({ ...GAP, nodes: { 'n\u00e9': training, 'ne\u0301': training } }, /are the same folder/);
  });

  it('expands 10,000 runs in less than 5 s', async () => {
    const seed = Array.from({ length: 833 }, (_, i) => i);
    const began = performance.now();
    const runs = await expanded({
      ...GAP,
      axes: { ...GAP.axes, seed },
      nodes: { search: GAP.nodes.search, ticket: GAP.nodes.ticket },
    });
    const seconds = (performance.now() - began) / 1000;
    assert.equal(runs.length, 2 + 12 * 833);
    assert.ok(seconds < 5, `took ${seconds} s`);
  });
});
