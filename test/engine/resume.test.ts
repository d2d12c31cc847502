/** A run killed at any moment goes on from its last saved state and ends in the bytes of a run never interrupted. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { reportBackends } from '../../engine/backends/report';
import { cli, start, writeData, writeRunFile } from './process';
import { temporaryFolder } from '../fixtures';

describe('kill -9 and resume', function () {
  this.timeout(300_000);
  const inFolder = temporaryFolder();

  const ways: { kills: number; method: string; backend?: string; [option: string]: unknown }[] = [
    { kills: 10, method: 'aws' },
    { kills: 10, method: 'imp', rewindStep: 5, optimizer: 'adam', learningRate: 0.003 },
    { kills: 3, method: 'aws', backend: 'tensorflow' },
  ];
  for (const { kills, ...options } of ways)
    it(`ends in equal bytes after each of ${kills} kills (${Object.values(options).join(', ')})`, async function () {
      const report = (await reportBackends()).find(({ name }) => name === options.backend);
      if (report && !report.usable) this.skip();
      await writeData(inFolder());
      writeRunFile(inFolder('run.sign.json'), {
        ...options,
        warmupEpochs: 10,
        epochsPerRound: 6,
        augmentation: { crop: 1, flip: true },
      });
      const began = Date.now();
      const whole = await cli('run', inFolder('run.sign.json'), '--dir', inFolder('whole'));
      assert.equal(whole.code, 0, whole.stderr);
      const length = Date.now() - began;
      let interrupted = 0;
      for (let attempt = 1; interrupted < kills; attempt++) {
        assert.ok(attempt <= 3 * kills, `only ${interrupted} kills met a running process`);
        const directory = inFolder(`killed-${attempt}`);
        const { child, ended } = start(['run', inFolder('run.sign.json'), '--dir', directory], {
          WINNING_SIGN_SAVE_SECONDS: '0.05',
        });
        const timer = setTimeout(() => child.kill('SIGKILL'), Math.random() * length);
        const { code: left } = await ended;
        clearTimeout(timer);
        if (left !== null) continue; // it was faster
        interrupted++;
        // Killed before run.json was there: nothing to resume, nothing lost.
        const again = existsSync(path.join(directory, 'run.json'))
          ? ['resume', directory]
          : ['run', inFolder('run.sign.json'), '--dir', directory];
        const { code, stderr } = await cli(...again);
        assert.equal(code, 0, stderr);
        for (const checkpoint of ['init', 'round-00', 'round-01', 'round-02'])
          assert.ok(
            bytes(directory, checkpoint).equals(bytes(inFolder('whole'), checkpoint)),
            `${checkpoint} after attempt ${attempt}`,
          );
      }
    });

  function bytes(directory: string, checkpoint: string): Buffer {
    return readFileSync(path.join(directory, 'checkpoints', `${checkpoint}.safetensors`));
  }
});
