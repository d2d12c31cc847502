/** Tests the names that `study new` takes, and what it says about names that it does not know. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { temporaryFolder } from '../../fixtures';
import { callIn } from '../reusedProcess';

describe('study new', function () {
  this.timeout(60_000);
  const temporary = temporaryFolder();
  const create = (...args: string[]) => callIn(temporary('.'), 'study', 'new', ...args);

  it('takes a name for the study, or a file, but not both', async () => {
    assert.equal((await create('transfer-gap', 'my name')).code, 0);
    assert.ok(existsSync(temporary('my name.study.json')));
    const { code, stderr } = await create('transfer-gap', 'one', '--out', 'two.study.json');
    assert.equal(code, 2);
    assert.match(stderr, /named twice: "one" and --out two\.study\.json\. Remove one/);
  });

  it('names at most five templates that are similar to an unknown one', async () => {
    const { stderr } = await create('transfergap');
    const [, similar = ''] = /Similar ones are (.*?)\. To list all/.exec(stderr) ?? [];
    assert.equal(similar.split(', ').length, 5, stderr);
    assert.match(stderr, /Did you mean "transfer-gap"\?/);
    assert.match((await create('cifar100')).stderr, /Similar ones are official\/cifar100_/);
  });
});
