import { ok } from './assert';
describe('smoke', () => {
  it('x', () => {
    ok(true, 'x');
  });
});
