/** `npm run test:chaos`: kills runs of every kind many times. test/engine/resume.test.ts is a short version. */
import { cli } from '../engine/process';
import { assertEqualDespiteKills, needsBackend, searchJob, type Job } from '../engine/killed';
import { temporaryFolder } from '../fixtures';
import { WITH_SEED } from '../seed';

const KILLS = 10;
const ADAM = { optimizer: 'adam', learningRate: 0.003 };
const SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

describe(`a run that is killed at random moments ${WITH_SEED}`, function () {
  this.timeout(300_000);
  const inFolder = temporaryFolder();

  const searches: { method: string; backend?: string; [option: string]: unknown }[] = [
    { method: 'aws' },
    { method: 'imp', rewindStep: 5, ...ADAM },
    { method: 'lrr' },
    { method: 'dense', finalEpochs: 20 },
    { method: 'aws', backend: 'tensorflow' },
  ];
  for (const options of searches)
    it(`ends with the same bytes (search: ${Object.values(options).join(', ')})`, async function () {
      await needsBackend(this, options.backend);
      await assertEqualDespiteKills(inFolder(), await searchJob(inFolder(), options), { kills: KILLS });
    });

  it('ends with the same bytes if every resume is ended by any signal, too', async () => {
    const job = await searchJob(inFolder(), { method: 'imp', rewindStep: 5 });
    await assertEqualDespiteKills(inFolder(), job, { kills: KILLS, signals: SIGNALS, again: true });
  });

  const derived: { verb: string; job: (search: string) => Job }[] = [
    {
      verb: 'transfer',
      job: (search) => [
        'transfer',
        `${search}/checkpoints/round-01.safetensors`,
        '--seed',
        '7',
        '--set',
        'finalEpochs=20',
      ],
    },
    {
      verb: 'interpolate',
      job: (search) => [
        'interpolate',
        `${search}/checkpoints/round-01.safetensors`,
        `${search}/checkpoints/round-02.safetensors`,
        '--points',
        '41',
      ],
    },
  ];
  for (const { verb, job } of derived)
    it(`ends with the same bytes (${verb})`, async () => {
      const search = inFolder('search');
      await cli(...(await searchJob(inFolder(), { method: 'aws' })), '--dir', search);
      await assertEqualDespiteKills(inFolder(), job(search), { kills: KILLS });
    });
});
