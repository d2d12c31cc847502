/** Loaded into a program that is measured: at its end it writes to file descriptor 3 what it used, in milliseconds and bytes. */
import { writeSync } from 'node:fs';
import { usageOfThisProcess } from '../usage';

process.on('exit', () => {
  writeSync(3, JSON.stringify(usageOfThisProcess()));
});
