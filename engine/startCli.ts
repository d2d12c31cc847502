#!/usr/bin/env node
/** Entry of the program `winning-sign`. The program itself is `cli.ts`, in a bundle of its own. */
import { loadProgram } from './compileCache';

loadProgram('cliProgram.js');
