import assert from 'node:assert/strict';
import { parseVerb } from '../../../engine/terminal/verb';
import { studyVerbs } from '../../../engine/terminal/studyVerb';
import { refuseIgnored } from '../../../engine/terminal/studyOptions';

const VERB = studyVerbs['study']!;
const refuse = (action: Parameters<typeof refuseIgnored>[0], ...options: string[]) => {
  refuseIgnored(action, parseVerb(VERB, [action, 'x.study.json', ...options]));
};

describe('options of the verb study', () => {
  it('are refused by actions that would ignore them', async () => {
    assert.throws(() => { refuse('status', '--only=dense'); }, /study status has no option --only\. Remove it\. It is an option of study plan, run\./); // prettier-ignore
    assert.throws(() => { refuse('report', '--format=csv'); }, /--format.*option of study table, figure\./); // prettier-ignore
    assert.throws(() => { refuse('plan', '--profile=a.slurm.json'); }, /--profile.*option of study run\./); // prettier-ignore
    assert.throws(() => { refuse('stop', '--force'); }, /--force.*option of study table, figure, report\./); // prettier-ignore
    const args = parseVerb(VERB, ['status', 'absent.study.json', '--only=dense']);
    await assert.rejects(VERB.run(args), /study status has no option --only/);
  });

  it('of this machine are refused with Slurm', () => {
    assert.throws(() => { refuse('run', '--executor=slurm', '--cores=4'); }, /--cores cannot be used with --executor slurm\. Set "cpus" in the Slurm profile/); // prettier-ignore
    assert.throws(() => { refuse('run', '--executor=slurm', '--memory=4'); }, /Set "memory" in the Slurm profile/); // prettier-ignore
  });

  it('are each read by an action', () => {
    const names = [VERB.options, VERB.repeated, VERB.flags].flatMap((options) => Object.keys(options ?? {}));
    const actions = ['new', 'plan', 'run', 'status', 'stop', 'table', 'figure', 'report', 'task'] as const;
    for (const name of names) {
      const given = VERB.flags?.[name] === undefined ? `--${name}=1` : `--${name}`;
      const readers = actions.filter((action) => {
        try {
          refuse(action, given);
          return true;
        } catch {
          return false;
        }
      });
      assert.ok(readers.length > 0, name);
    }
  });
});
