import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { profileFor, readProfile } from '../../../../engine/studies/slurm/profile';
import { sbatchArguments } from '../../../../engine/studies/slurm/script';
import { temporaryFolder } from '../../../fixtures';

describe('a Slurm profile', () => {
  const temporary = temporaryFolder();
  const write = (content: object, name = 'x.slurm.json') => {
    writeFileSync(temporary(name), JSON.stringify(content));
    return temporary(name);
  };
  const refused = async (content: object, message: RegExp) => {
    await assert.rejects(readProfile(write(content)), message);
  };

  it('refuses unknown fields and values, each with what is allowed', async () => {
    await refused({ partitoin: 'gpu' }, /Unknown field "partitoin"\. Did you mean "partition"\?/);
    await refused({ cpus: 0 }, /"cpus" must be from 1 to 1024 \(it is 0\)/);
    await refused({ saveSeconds: 5 }, /"saveSeconds" must be from 10 to 3600/);
    await refused({ time: '4 hours' }, /"time" must be a time limit such as "04:00:00" or "1-12" \(it is "4 hours"\)/);
    await refused({ memory: '16 GB' }, /"memory" must be a size such as "16G"/);
    await refused({ partition: 'a b' }, /"partition" must be a text without spaces/);
    await refused({ before: ['a\nb'] }, /"before\.0" must be one line/);
    await refused({ sbatch: ['-x node7'] }, /"sbatch\.0" must be an option such as "--exclude=node7"/);
    await refused({ sbatch: ['--time=5'] }, /"sbatch" cannot have --time.*Use the field "time"/);
    await refused({ sbatch: ['--array=1-5'] }, /"sbatch" cannot have --array.*Remove it/);
    await refused(
      { sbatch: ['--arr=1-5'] },
      /"sbatch" cannot have --arr \(which sbatch reads as --array\), .*Remove it/,
    );
    await refused({ sbatch: ['--dep=afterok:1'] }, /"sbatch" cannot have --dep \(which sbatch reads as --dependency\)/);
    await refused({ sbatch: ['--part=gpu'] }, /"sbatch" cannot have --part .*Use the field "partition"/);
    await readProfile(write({ sbatch: ['--mem-bind=local', '--time-min=5', '--gpus-per-node=1'] }));
  });

  it('gives every field to sbatch', async () => {
    const fields = {
      ...{ partition: 'gpu,big', account: 'lab', qos: 'high', time: '1-12', cpus: 4, gpus: 'a100:1', gres: 'disk:1' },
      ...{ memory: '16G', constraint: 'a100|h100', atOnce: 5, saveSeconds: 120, sbatch: ['--exclude=node7'] },
    };
    const { profile } = await readProfile(write(fields));
    const given = { script: '/s.sh', name: 'a b', folder: '/my data', logs: '/l 100%', indices: [0, 1, 2, 7] };
    const args = sbatchArguments({ ...given, dependency: 'afterok:12_3', profile });
    for (const expected of [
      ...['--partition=gpu,big', '--account=lab', '--qos=high', '--time=1-12', '--cpus-per-task=4', '--gpus=a100:1'],
      ...['--gres=disk:1', '--mem=16G', '--constraint=a100|h100', '--array=0-2,7%5', '--signal=B:USR1@120'],
      ...['--exclude=node7', '--requeue', '--dependency=afterok:12_3', '--kill-on-invalid-dep=yes', '--job-name=a b'],
      ...['--chdir=/my data', '--output=/l 100%%/%A_%a.log', '--open-mode=append', '--parsable'],
    ])
      assert.ok(args.includes(expected), `${expected} in ${args.join(' ')}`);
    assert.equal(args.at(-1), '/s.sh');
    const plain = { ...given, indices: undefined, dependency: undefined, profile: { ...profile, requeue: false } };
    const single = sbatchArguments(plain);
    assert.ok(single.includes('--no-requeue') && single.includes('--output=/l 100%%/%j.log'));
    assert.ok(!single.some((arg) => /^--(array|dependency)/.test(arg)));
  });

  it('is the given one, or the only one beside the study', async () => {
    const study = { file: temporary('s.study.json') };
    assert.equal((await profileFor(study, undefined)).file, undefined);
    assert.deepEqual((await profileFor(study, undefined)).profile.cpus, 1);
    const first = write({ cpus: 2 }, 'first.slurm.json');
    assert.equal((await profileFor(study, undefined)).profile.cpus, 2);
    write({ cpus: 3 }, 'second.slurm.json');
    await assert.rejects(
      profileFor(study, undefined),
      /first\.slurm\.json, second\.slurm\.json\. Name one with --profile/,
    );
    assert.equal((await profileFor(study, first)).file, first);
  });
});
