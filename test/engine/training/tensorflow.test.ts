import { chooseBackend } from '../../../engine/backends/choose';
import { reportBackends } from '../../../engine/backends/report';
import { trainsAsOfficial } from './official.suite';

describe('training on tensorflow', () => {
  before(async function () {
    const report = (await reportBackends()).find(({ name }) => name === 'tensorflow')!;
    if (report.usable) return;
    console.log(`    skipped: ${report.problem}`);
    this.skip();
  });

  trainsAsOfficial(() => chooseBackend('tensorflow'));
});
