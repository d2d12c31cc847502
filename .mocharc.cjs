const os = require('node:os');

// More jobs than this slow each other down: many tests start processes of their own.
const MOST_JOBS = 4;

module.exports = {
  jobs: Math.min(os.availableParallelism(), MOST_JOBS),
  require: ['out/test/hooks.js'],
  timeout: 20_000,
};
