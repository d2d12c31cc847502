/** The default reporter of mocha. At the end it adds its counts to the tally. */
import Mocha from 'mocha';
import { count } from './tally';

class TallyReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      count({ passed: passes, failed: failures, skipped: pending });
    });
  }
}

export = TallyReporter; // mocha's `--reporter FILE` takes what the file itself is
