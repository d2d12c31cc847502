const os = require('node:os');

// With more jobs, tests slow each other down, because many tests start other processes.
const MOST_JOBS = 4;

module.exports = {
  jobs: Math.min(os.availableParallelism(), MOST_JOBS),
  require: ['out/test/hooks.js'],
  timeout: 20_000,
};
