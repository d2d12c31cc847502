import { reportBackends } from '../../../engine/backends/report';
import { startBackend } from '../../../engine/backends/startBackend';
import { needsAnyGpu } from '../backends/gpu';
import { computesAsKeras } from './layersModel.suite';

describe('networks of Keras on wasm', function () {
  this.timeout(60_000);
  computesAsKeras(() => startBackend('wasm'));
});

describe('networks of Keras on tensorflow', function () {
  this.timeout(60_000);
  before(async function () {
    const report = (await reportBackends()).find(({ name }) => name === 'tensorflow')!;
    if (report.usable) return;
    console.log(`    skipped: ${report.problem}`);
    this.skip();
  });
  computesAsKeras(() => startBackend('tensorflow'));
});

describe('networks of Keras on webgpu', function () {
  this.timeout(300_000);
  before(needsAnyGpu);
  computesAsKeras(() => startBackend('webgpu'));
});
