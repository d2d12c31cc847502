/** `npm run test:host`: the extension in a real VS Code; in the browser host where there is a Chromium, else in a desktop VS Code. */
import path from 'node:path';
import { chooseHost } from './host/choose';
import { runInHost } from './host/inHost';
import { runTestsOf } from './host/mocha';
import { skipPart } from '../tally';

const extension = path.resolve(__dirname, '../../..');

/** Gives the exit code. */
async function main(): Promise<number> {
  const host = await chooseHost();
  if (host.kind === 'none') return skipPart('the tests in a real VS Code', host.reason);
  console.log(`Inside the extension host of ${host.name}:`);
  const inside = await runInHost(extension, host);
  if (host.kind === 'desktop') {
    skipPart('the tests that drive the window', `They need the browser host. ${host.reason}`);
    return inside;
  }
  console.log(`Driving the window of ${host.name}:`);
  process.env['WINNING_SIGN_EXTENSION'] = extension;
  const failures = await runTestsOf(path.join(__dirname, 'driven'));
  return failures > 0 ? 1 : inside;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
