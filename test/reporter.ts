/** The default reporter of mocha. At the end it adds its counts, and the names of failed tests, to the tally. */
import Mocha from 'mocha';
import { count } from './tally';

class TallyReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const failures: string[] = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test: Mocha.Test, { message }: Error) => {
      failures.push(`${test.titlePath().join(' › ')}: ${message}`);
    });
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, pending } = this.stats;
      count({ passed: passes, failed: this.stats.failures, skipped: pending, failures });
    });
  }
}

export = TallyReporter; // mocha's `--reporter FILE` takes what the file itself is
