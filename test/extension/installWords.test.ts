import assert from 'node:assert/strict';
import type { InstallPlan } from '../../engine/protocol';
import { planWords } from '../../extension/installWords';

const PLAN: InstallPlan = {
  home: '/home/ada/.local/share/winning-sign/backends/tensorflow',
  gpu: false,
  python: { path: '/usr/bin/python3', version: '3.12.3', pip: '24.0' },
  tensorflow: { version: '2.21.0' },
  downloads: [
    {
      name: 'tensorflow-cpu',
      version: '2.21.0',
      url: 'https://files.example.org/a.whl',
      bytes: 273829956,
      hash: 'sha256:1',
    },
    { name: 'node-api-headers', version: '1.9.0', url: 'npm', bytes: 16974, hash: 'sha512-2' },
  ],
  compiler: 'c++',
};

describe('the question before TensorFlow is downloaded', () => {
  it('lists the downloads with their sources and sizes, and the folder of the installation', () => {
    const words = planWords(PLAN);
    assert.ok(words.includes('Downloads 274 MB:'));
    assert.ok(words.includes('• tensorflow-cpu 2.21.0 (274 MB, files.example.org)'));
    assert.ok(words.includes('• node-api-headers 1.9.0 (17 kB, npm)'));
    assert.ok(words.includes('in the version that the pip of /usr/bin/python3 chooses'));
    assert.ok(words.includes(PLAN.home));
    assert.ok(!words.includes('replaced'));
  });

  it('names unknown sizes, a TensorFlow that is used in place, and one that is replaced', () => {
    const [, headers] = PLAN.downloads;
    const unknown = { ...PLAN.downloads[0]!, bytes: undefined };
    assert.ok(
      planWords({ ...PLAN, downloads: [unknown] }).includes('Downloads files of unknown size (some hundred MB):'),
    );
    assert.ok(planWords({ ...PLAN, downloads: [unknown, headers!] }).includes('17 kB and files of unknown size'));
    const words = planWords({
      ...PLAN,
      tensorflow: { version: '2.17.0', inPlace: '/site/tensorflow' },
      replaces: '2.16.1',
    });
    assert.ok(words.includes('TensorFlow 2.17.0 is already in /usr/bin/python3 and is used from there.'));
    assert.ok(words.includes('The installed TensorFlow 2.16.1 is replaced'));
    assert.ok(planWords({ ...PLAN, gpu: true }).includes('CUDA'));
  });
});
