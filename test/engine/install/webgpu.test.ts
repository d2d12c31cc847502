import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { installWebGpu, uninstallWebGpu } from '../../../engine/install/webgpu';
import { temporaryFolder } from '../../fixtures';
import { makeFakes, type Fakes } from './fakes';

const before = { ...process.env };

describe('installing WebGPU', function () {
  this.timeout(30_000);
  if (process.platform !== 'linux') return;
  const inFolder = temporaryFolder();
  const home = () => inFolder('home/backends/webgpu');
  let fakes: Fakes;

  beforeEach(() => {
    fakes = makeFakes(inFolder());
    process.env['PATH'] = `${fakes.bin}${path.delimiter}${before['PATH']}`;
    process.env['WINNING_SIGN_HOME'] = inFolder('home');
  });
  afterEach(() => {
    process.env['PATH'] = before['PATH'];
    if (before['WINNING_SIGN_HOME'] === undefined) delete process.env['WINNING_SIGN_HOME'];
    else process.env['WINNING_SIGN_HOME'] = before['WINNING_SIGN_HOME'];
  });

  const install = (changed = {}) =>
    installWebGpu({ download: { ...fakes.packed('webgpu'), ...changed }, onProgress: () => undefined });

  it('installs the library of this platform without running code of the package, and uninstalls it', async () => {
    assert.equal(await install(), home());
    const dist = path.join(home(), 'node_modules/webgpu/dist');
    assert.deepEqual(readdirSync(dist), [`${process.platform}-${process.arch}`]);
    assert.ok(fakes.calls('npm').every((call) => call.includes('--ignore-scripts')));
    assert.equal(await uninstallWebGpu(), home());
    assert.equal(await uninstallWebGpu(), undefined);
  });

  it('refuses a package with a wrong hash and leaves no files', async () => {
    await assert.rejects(install({ hash: 'sha512-other' }), /webgpu .* does not have the published hash/);
    assert.ok(!existsSync(home()));
    assert.deepEqual(readdirSync(path.dirname(home())), []);
  });
});
