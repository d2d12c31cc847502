/** Tests that a killed run resumes from its last saved state, and ends with the same bytes as a run that was never interrupted. */
import { temporaryFolder } from '../fixtures';
import { WITH_SEED } from '../seed';
import { assertEqualDespiteKills, searchJob } from './killed';

describe(`kill -9 and resume ${WITH_SEED}`, function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();

  it('gives the same bytes after each of three kills', async () => {
    await assertEqualDespiteKills(inFolder(), await searchJob(inFolder(), { method: 'aws' }), { kills: 3 });
  });
});
