/** Loaded before a program (`--require`): lets Node.js 20 execute relaxed vector instructions. Later versions always do. */
import v8 from 'node:v8';

v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
