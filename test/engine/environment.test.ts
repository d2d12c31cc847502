import assert from 'node:assert/strict';
import { choiceFrom } from '../../engine/environment';
import { KERNEL_SETS } from '../../engine/vocabulary/runEvents';
import { cli, start } from './process';

describe('a value in an environment variable', function () {
  this.timeout(20_000);

  const wrong: [string, string, RegExp][] = [
    ['WINNING_SIGN_SAVE_SECONDS', 'x', /WINNING_SIGN_SAVE_SECONDS is "x". Set it to a number from 0 to 86400, or/],
    ['WINNING_SIGN_THREADS', '0', /WINNING_SIGN_THREADS is "0". Set it to a whole number from 1 to 1024, or/],
    ['WINNING_SIGN_KERNELS', 'sse', /WINNING_SIGN_KERNELS is "sse". Set it to "simd" or "relaxed" or .*, or unset it/],
    [
      'WINNING_SIGN_OPERATIONS',
      'sse',
      /WINNING_SIGN_OPERATIONS is "sse". Set it to "none" or "avx2" or "avx512" or "neon", or/,
    ],
    ['WINNING_SIGN_LOCK_SECONDS', '-1', /WINNING_SIGN_LOCK_SECONDS is "-1". Set it to a number from 1 to 86400, or/],
  ];
  for (const [name, value, message] of wrong)
    it(`is refused before a run starts: ${name}=${value}`, async () => {
      const { code, stderr } = await start(['runs'], { [name]: value }).ended;
      assert.equal(code, 2);
      assert.match(stderr, message);
    });

  it('may name a set of kernels as it is displayed, and without spaces', () => {
    const chosen = (text: string) => choiceFrom('WINNING_SIGN_KERNELS', { WINNING_SIGN_KERNELS: text });
    for (const displayed of KERNEL_SETS) {
      const expected = displayed.replace(', fused', '');
      assert.equal(chosen(displayed), expected);
      assert.equal(chosen(displayed.replaceAll(' ', '')), expected);
    }
    for (const wrong of ['fused', 'simd, fused', 'relaxed, fused, gelu32', 'winograd, relaxed'])
      assert.throws(() => chosen(wrong), /^UserError: WINNING_SIGN_KERNELS is "/);
  });

  it('counts as unset if it is empty', async () => {
    assert.equal((await start(['runs'], { WINNING_SIGN_SAVE_SECONDS: '' }).ended).code, 0);
    assert.equal((await cli('runs')).code, 0);
  });
});
