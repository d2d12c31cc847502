import { reportBackends } from '../../../engine/backends/report';
import { startBackend } from '../../../engine/backends/startBackend';
import { needsAnyGpu, needsRealGpu } from '../backends/gpu';
import { QUICK, trainsNetworksAsWasm } from './networks.suite';

describe('every network on tensorflow', function () {
  this.timeout(120_000);
  before(async function () {
    const report = (await reportBackends()).find(({ name }) => name === 'tensorflow')!;
    if (report.usable) return;
    console.log(`    skipped: ${report.problem}`);
    this.skip();
  });
  trainsNetworksAsWasm(() => startBackend('tensorflow'));
});

describe('some networks on webgpu', function () {
  this.timeout(300_000);
  before(needsAnyGpu);
  trainsNetworksAsWasm(() => startBackend('webgpu'), QUICK);
});

describe('every network on webgpu', function () {
  this.timeout(300_000);
  before(needsRealGpu);
  trainsNetworksAsWasm(() => startBackend('webgpu'));
});
