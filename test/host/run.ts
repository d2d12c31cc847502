/** `npm run test:host`: the extension in a real VS Code; in the browser host where there is a Chromium, else in a desktop VS Code. */
import path from 'node:path';
import { runDriven } from './driven/index';
import { chooseHost } from './host/choose';
import { runInHost } from './host/inHost';

const extension = path.resolve(__dirname, '../../..');

/** Gives the exit code. */
async function main(): Promise<number> {
  const host = await chooseHost();
  if (host.kind === 'none') {
    console.log(`Skipped: the tests in a real VS Code. ${host.reason}`);
    return process.env['CI'] === 'true' ? 1 : 0;
  }
  console.log(`Inside the extension host of ${host.name}:`);
  const inside = await runInHost(extension, host);
  if (host.kind === 'desktop') {
    console.log(`Skipped: the tests that drive the window, which need the browser host. ${host.reason}`);
    return inside;
  }
  console.log(`Driving the window of ${host.name}:`);
  return (await runDriven(extension)) || inside;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
