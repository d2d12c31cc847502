import { chooseBackend } from '../../../engine/backends/choose';
import { reportBackends } from '../../../engine/backends/report';
import { needsAnyGpu } from './gpu';
import { computesAsDefined } from './operations.suite';

describe('operations on wasm', function () {
  this.timeout(30_000);
  computesAsDefined(() => chooseBackend('wasm'));
});

describe('operations on tensorflow', () => {
  before(async function () {
    const report = (await reportBackends()).find(({ name }) => name === 'tensorflow')!;
    if (report.usable) return;
    console.log(`    skipped: ${report.problem}`);
    this.skip();
  });

  computesAsDefined(() => chooseBackend('tensorflow'));
});

describe('operations on webgpu', function () {
  this.timeout(300_000);
  before(needsAnyGpu);
  computesAsDefined(() => chooseBackend('webgpu'));
});
