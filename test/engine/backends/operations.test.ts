import { startBackend } from '../../../engine/backends/startBackend';
import { reportBackends } from '../../../engine/backends/report';
import { needsAnyGpu } from './gpu';
import { computesAsDefined } from './operations.suite';

describe('operations on wasm', function () {
  this.timeout(30_000);
  computesAsDefined(() => startBackend('wasm'));
});

describe('operations on tensorflow', () => {
  before(async function () {
    const report = (await reportBackends()).find(({ name }) => name === 'tensorflow')!;
    if (report.usable) return;
    console.log(`    skipped: ${report.problem}`);
    this.skip();
  });

  computesAsDefined(() => startBackend('tensorflow'));
});

describe('operations on webgpu', function () {
  this.timeout(300_000);
  before(needsAnyGpu);
  computesAsDefined(() => startBackend('webgpu'));
});
