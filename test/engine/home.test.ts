import assert from 'node:assert/strict';
import path from 'node:path';
import { backendHome } from '../../engine/home';

describe('the folder of installed backends', () => {
  const on = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv) =>
    backendHome('tensorflow', { platform, env, home: '/home/ada' });

  it('is in the folder for data of programs on each system', () => {
    assert.equal(on('linux', {}), '/home/ada/.local/share/winning-sign/backends/tensorflow');
    assert.equal(on('linux', { XDG_DATA_HOME: '/data' }), '/data/winning-sign/backends/tensorflow');
    assert.equal(on('darwin', {}), '/home/ada/Library/Application Support/winning-sign/backends/tensorflow');
    assert.equal(on('win32', { LOCALAPPDATA: '/local' }), '/local/winning-sign/backends/tensorflow');
  });

  it('ignores a relative XDG_DATA_HOME, as the XDG specification requires', () => {
    assert.equal(on('linux', { XDG_DATA_HOME: 'data' }), '/home/ada/.local/share/winning-sign/backends/tensorflow');
  });

  it('is WINNING_SIGN_HOME, if set, on every system', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const)
      assert.equal(on(platform, { WINNING_SIGN_HOME: 'here' }), path.resolve('here/backends/tensorflow'));
  });
});
